"""Deltas of blobs: small, decoded alike in Python and C, in little RAM, and harmless whatever they are."""

from __future__ import annotations

import re
import struct
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from deltacarrier import PROGRAM, compiled, decoded, measured
from lapel.codegen.blob import Link, blob
from lapel.codegen.kernelset import kernel_set
from lapel.errors import FormatError
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.runtime.source import FOLDER, include_flags
from lapel.targets import load_target
from lapel.updates.delta import HEADER, apply, make
from lapel.wish import Wish

RUNS = 200_000
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("deltas"))


def kws(shared: Path) -> Graph:
    return lapel.load(shared / "models/mlperf-tiny/kws_int8.tflite")


def changed(graph: Graph, names: list[str], change: Change) -> Graph:
    """The graph with other constants."""
    rng, tensors = np.random.default_rng(0), dict(graph.tensors)
    for name in names:
        old = tensors[name].data
        assert old is not None
        tensors[name] = replace(tensors[name], data=change(old, rng).astype(old.dtype))
    return replace(graph, tensors=tensors)


def as_blobs(*graphs: Graph, links: tuple[Link, ...] = (Link(), Link())) -> list[bytes]:
    target = load_target("cortex-m4")
    plans = [make_plan(g, target, Wish(shared=True, whole_input=True)) for g in graphs]
    kernels = kernel_set("kernels", target, {c.kernel for plan in plans for s in plan.steps for c in s.calls})
    return [blob(plan, kernels, link) for plan, link in zip(plans, links, strict=True)]


def redrawn(old: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Nothing in common with what was there: a retrained layer is nearer."""
    if old.dtype == np.int8:
        return np.clip(np.rint(rng.normal(0, 42, old.shape)), -127, 127)
    return np.rint(rng.normal(0, 1000, old.shape))


def nudged(old: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(old + np.rint(rng.normal(0, 1, old.shape)), -127, 127)


def weights(graph: Graph) -> list[str]:
    return [n for n, t in graph.tensors.items() if t.data is not None and t.data.dtype == np.int8]


def test_a_retrained_layer_takes_little(shared: Path, tmp_path: Path) -> None:
    graph = kws(shared)
    last = [n for n in graph.nodes if n.op == "dense"][-1]
    old, new = as_blobs(graph, changed(graph, list(last.inputs[1:]), redrawn))
    patch = make(old, new)
    assert apply(old, patch) == new
    assert len(patch) <= 0.04 * len(new)
    for core, flash in (("cortex-m4", 1400), ("cortex-m0", 1500)):
        found = measured(core, tmp_path / core, [(old, patch)])
        assert found.answers[0].status == 0 and found.answers[0].new == new
        assert found.ram_bytes <= 600 and found.flash_bytes <= flash
        assert found.instructions[0] <= 300 * len(new)


def test_other_weights_everywhere_take_a_third(shared: Path) -> None:
    graph = kws(shared)
    old, new = as_blobs(graph, changed(graph, weights(graph), nudged))
    patch = make(old, new)
    assert apply(old, patch) == new and len(patch) <= 0.3 * len(new)


def test_another_slot_takes_next_to_nothing(shared: Path) -> None:
    links = (Link(0x8040000, 0x20000100), Link(0x8060000, 0x20000180))
    old, new = as_blobs(kws(shared), kws(shared), links=links)
    patch = make(old, new)
    assert old != new and apply(old, patch) == new and len(patch) < 150


def pairs(count: int, rng: np.random.Generator) -> list[tuple[bytes, bytes]]:
    """Old and new bytes: nothing, noise, and the same with bytes that came, went, moved and changed."""
    found = [(b"", b""), (b"", b"abc"), (b"abc", b""), (b"abc", b"abc"), (b"\xff" * 300, b"\x80" * 299)]
    while len(found) < count:
        old = rng.normal(0, float(rng.integers(1, 90)), int(rng.integers(0, 900))).astype(np.int8).tobytes()
        new = old
        for _ in range(int(rng.integers(0, 5))):
            a, b = sorted(rng.integers(0, len(new) + 1, 2).tolist())
            piece = np.frombuffer(new[a:b], np.uint8) + rng.integers(0, 3, b - a).astype(np.uint8)
            noise = rng.bytes(int(rng.integers(0, 60)))
            moved, other = new[b:] + new[:b], new[:a] + piece.tobytes() + new[b:]
            new = (new[:a] + new[b:], new[:a] + noise + new[a:], moved, other)[int(rng.integers(4))]
        found.append((old, new))
    return found


def test_any_bytes_in_pieces_of_any_size(program: Path) -> None:
    rng = np.random.default_rng(0)
    cases = [(old, new, make(old, new)) for old, new in pairs(60, rng)]
    for old, new, patch in cases:
        assert apply(old, patch) == new
    sizes = [(1, 7, 64, 1 << 20)[k % 4] for k in range(len(cases))]
    answers = decoded(program, [(old, patch, n) for (old, _, patch), n in zip(cases, sizes, strict=True)])
    for (_, new, patch), answer in zip(cases, answers, strict=True):
        assert (answer.status, answer.offset, answer.new) == (0, len(patch), new)


def refitted(patch: bytes, old: bytes) -> bytes:
    """The patch with the checksum of its old bytes."""
    if len(patch) < HEADER.size:
        return patch
    count = struct.unpack_from("<I", patch, 8)[0]
    return patch[:12] + struct.pack("<I", zlib.crc32(old[:count])) + patch[16:]


def mutated(patch: bytes, rng: np.random.Generator) -> bytes:
    """A few other bytes, some cut off or added; of the sizes only such as keep what comes out short."""
    data = bytearray(patch)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(data)))
        if at in (8, 16):
            data[at] = int(rng.integers(256))
        elif at < HEADER.size and rng.integers(4):
            continue
        elif at not in range(9, 20):
            data[at] ^= 1 << int(rng.integers(8))
    kind = int(rng.integers(8))
    return bytes(data[: int(rng.integers(len(data)))] if kind == 0 else data + rng.bytes(kind == 1))


def test_hostile_patches_are_refused_where_the_reference_refuses_them(program: Path) -> None:
    rng = np.random.default_rng(1)
    cases = []
    for old, new in pairs(40, rng):
        good = make(old, new)
        cases += [(old, refitted(mutated(good, rng), old), int(rng.integers(1, 40))) for _ in range(25)]
    seen: dict[int, int] = {}
    for (old, patch, _), answer in zip(cases, decoded(program, cases), strict=True):
        try:
            new = apply(old, patch)
        except FormatError as error:
            offset = re.match(r"delta, byte (\d+): ", error.message)
            assert offset is not None and answer.status != 0, (error.message, answer)
            assert answer.offset == int(offset[1]), (error.message, answer)
        else:
            assert (answer.status, answer.new) == (0, new)
        seen[answer.status] = seen.get(answer.status, 0) + 1
    assert {1, 2, 4, 5, 6, 7, 8} <= set(seen), seen


def patched(patch: bytes, at: int, form: str, value: int) -> bytes:
    return patch[:at] + struct.pack(form, value) + patch[at + struct.calcsize(form) :]


def test_what_a_patch_is_refused_for(program: Path) -> None:
    old, new = bytes(range(200)), bytes(range(50, 250))
    good = make(old, new)
    wrong = {
        "the patch ends within its header of 24 bytes": (old, good[:20], 7, 20),
        "begins with b'XPLD', expected b'LPLD'": (old, b"X" + good[1:], 1, 0),
        "has version 2, this Lapel knows 1": (old, patched(good, 4, "<H", 2), 2, 4),
        "is for 200 old bytes, there are 100": (old[:100], good, 3, 8),
        "their CRC-32 is another one": (old[::-1], good, 3, 12),
        "ends after 0 of 200 new bytes": (old, good[:24], 7, 24),
        "it ended before": (old, good + b"\0", 6, len(good)),
        "another CRC-32 than the patch says": (old, patched(good, 20, "<I", 1), 8, 20),
    }
    answers = decoded(program, [(o, p, 9) for o, p, _, _ in wrong.values()])
    for (said, (base, patch, status, offset)), answer in zip(wrong.items(), answers, strict=True):
        with pytest.raises(FormatError, match=f"^delta, byte {offset}: .*{re.escape(said)}"):
            apply(base, patch)
        assert (answer.status, answer.offset) == (status, offset), said


@pytest.mark.parametrize("file", ["crc.c", "delta.c"])
def test_the_decoder_compiles_for_the_avr(file: str, tmp_path: Path) -> None:
    flags = ["-mmcu=atmega328p", "-std=gnu99", "-Os", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-c"]
    source = str(FOLDER / "update" / file)
    subprocess.run(["avr-gcc", *flags, *include_flags(), source, "-o", "object.o"], cwd=tmp_path, check=True)


@pytest.mark.long
def test_what_a_fuzzer_makes_of_patches_ends_inside(tmp_path: Path) -> None:
    """Their checksums of old bytes are made right, for those are not guessed."""
    (tmp_path / "corpus").mkdir()
    for k, (old, new) in enumerate(pairs(40, np.random.default_rng(3))):
        (tmp_path / "corpus" / str(k)).write_bytes(struct.pack("<H", len(old)) + old + make(old, new))
    flags = ["-std=c99", "-w", "-O1", "-g1", "-DLAPEL_FUZZER", "-fsanitize=fuzzer,address,undefined"]
    sources = [str(PROGRAM), *(str(FOLDER / "update" / f) for f in ("delta.c", "crc.c"))]
    command = ["clang-19", *flags, "-fno-sanitize-recover=all", *include_flags(), *sources, "-o", "fuzzer"]
    subprocess.run(command, cwd=tmp_path, check=True)
    options = ["corpus", f"-runs={RUNS}", "-max_len=4096", "-timeout=60", "-seed=1"]
    done = subprocess.run(["./fuzzer", *options], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and f"Done {RUNS} runs" in done.stderr, done.stderr[-3000:]
