"""Hostile blobs that a fuzzer finds by what they reach, and hostile blobs on a core with nothing else in its memory."""

from __future__ import annotations

import re
import resource
import struct
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from blobcarrier import carrier
from blobmutations import mutate
from guarded import Harm, Machine
from hostileblobs import DATA, HOLES, SETS, Seeds, networks, on_host, opened, seeds_of
from lapel.codegen.blob import blob
from lapel.codegen.interpreted import interpreter_files
from lapel.codegen.kernelfamilies import every_kernel
from lapel.codegen.kernelset import kernel_set
from lapel.planning import make_plan
from lapel.targets import load_target

HOSTILE = Path(__file__).with_name("hostile.c")
COMPILER = (
    "clang-19", "-g1", "-O1", "-w", "-std=gnu99", "-fsanitize=fuzzer,address,undefined",
    "-fno-sanitize=signed-integer-overflow", "-fno-sanitize-recover=all", "-DLAPEL_FUZZER", "-DLAPEL_MVE_TWIN",
    "-Dmemcpy=memmove", "-I.",
)  # fmt: skip
"""As of the other hostile blobs, with libFuzzer."""
RUNS = {"host": 1_000_000, "cortex-m0": 200_000, "cortex-m4": 200_000, "cortex-m55": 200_000}
HOLE_SECONDS = 600
"""CPU time in which each planted hole has to be found."""
MOST_ARENA = 1 << 16


def fuzzer(seeds: Seeds, folder: Path, where: str = "", condition: str = "") -> list[str]:
    """The command that fuzzes from these blobs a program without a condition."""
    kernels, good = seeds
    for name, text in interpreter_files(kernels).items():
        (folder / name).write_text(opened(name, text, where, condition, kernels))
    for k, data in enumerate(good):
        (folder / "seeds" / f"{k:03}").parent.mkdir(exist_ok=True)
        (folder / "seeds" / f"{k:03}").write_bytes(data)
    (folder / "corpus").mkdir()
    sources = [str(HOSTILE), "lapel_interpreter.c", "kernels.c"]
    subprocess.run([*COMPILER, *sources, "-o", "fuzzer"], cwd=folder, check=True)
    # A run takes milliseconds: one of a minute would never end.
    return [str(folder / "fuzzer"), "corpus", "seeds", "-timeout=60", "-seed=1", "-max_len=65536"]


@pytest.fixture(scope="module")
def seeds() -> Seeds:
    return seeds_of(on_host("host"))


@pytest.mark.long
@pytest.mark.parametrize("core", SETS)
def test_what_a_fuzzer_makes_of_blobs_stays_inside(core: str, tmp_path: Path) -> None:
    command = fuzzer(seeds_of(on_host(core)), tmp_path)
    done = subprocess.run([*command, f"-runs={RUNS[core]}"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    counters, covered = (re.findall(p, done.stderr)[-1] for p in (r"\((\d+) inline 8-bit counters", r"cov: (\d+)"))
    print(f"{RUNS[core]} runs, {covered} of {counters} edges")
    assert f"Done {RUNS[core]} runs" in done.stderr


@pytest.mark.long
@pytest.mark.parametrize(("where", "condition"), HOLES)
def test_a_fuzzer_finds_a_hole(where: str, condition: str, seeds: Seeds, tmp_path: Path) -> None:
    command = fuzzer(seeds, tmp_path, where, condition)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*command, "-max_total_time=3600"], cwd=tmp_path, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{seconds:.1f} s: {(re.findall('SUMMARY: (.*)', done.stderr) or ['nothing'])[0]}")
    assert done.returncode != 0, f"{seconds:.0f} s of CPU time did no harm without {condition}"
    assert seconds <= HOLE_SECONDS


def on_the_core(seeds: Seeds, count: int, folder: Path) -> Counter[int]:
    """How often the loader said what, of blobs and of `count` hostile ones. Raises Harm."""
    kernels, good = seeds
    firmware, machines = carrier(kernels, folder), dict[tuple[int, int], Machine]()

    def tried(data: bytes) -> int:
        need = min(struct.unpack_from("<I", data, 28)[0], MOST_ARENA) if len(data) >= 32 else 0
        if (len(data), need) not in machines:
            machines[len(data), need] = Machine(firmware, kernels, len(data), need)
        return machines[len(data), need].run(data)

    assert {tried(data) for data in good} == {0}
    rng, found = np.random.default_rng(0), Counter[int]()
    for k in range(count):
        data = good[int(rng.integers(len(good)))]
        # One in fifty is cut off, or noise behind a header.
        head = data[: int(rng.integers(len(data) + 1))]
        other = (head, data[:104] + rng.bytes(len(data) - 104))[k // 50 % 2]
        found[tried(other if k % 50 == 0 else mutate(data, kernels, rng))] += 1
    return found


def test_the_core_touches_nothing_else(tmp_path: Path) -> None:
    target = load_target("cortex-m4")
    plans = [make_plan(graph, target, DATA) for graph in networks()]
    kernels = kernel_set("kernels", target, {c.kernel for plan in plans for s in plan.steps for c in s.calls})
    found = on_the_core((kernels, [blob(plan, kernels) for plan in plans]), 300, tmp_path)
    assert 30 < found[0] < 200 and {1, 8, 9, 11} <= set(found), found


@pytest.mark.long
def test_the_core_touches_nothing_else_with_any_kernel(tmp_path: Path) -> None:
    target = load_target("cortex-m4")
    seeds = seeds_of(target)
    assert {k for k in every_kernel(target) if "_" in k} <= set(seeds[0].kernels)
    found = on_the_core(seeds, 10_000, tmp_path)
    assert {*range(1, 14)} - {2, 3, 4, 5} <= set(found), found


@pytest.mark.parametrize("count", [2000])
def test_guards_see_what_a_hole_lets_through(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = load_target("cortex-m4")
    plans = [make_plan(graph, target, DATA) for graph in networks()[:3]]
    kernels = kernel_set("kernels", target, {c.kernel for plan in plans for s in plan.steps for c in s.calls})

    def files(of: object) -> dict[str, str]:
        texts = interpreter_files(kernels)
        return {name: opened(name, text, *HOLES[-2], kernels) for name, text in texts.items()}

    monkeypatch.setattr("blobcarrier.interpreter_files", files)
    with pytest.raises(Harm):
        on_the_core((kernels, [blob(plan, kernels) for plan in plans]), count, tmp_path)
