"""Hostile blobs: whatever is in them, nothing is read or written outside, and nothing runs for ever."""

from __future__ import annotations

import ast
import struct
import subprocess
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from blobmutations import mutate
from depthwise_cases import DEPTHWISE_CASES
from images import draw_image_net
from lapel import zoo
from lapel.codegen.blob import blob
from lapel.codegen.facts import compiled as compiled_facts
from lapel.codegen.interpreted import interpreter_files
from lapel.codegen.kernelset import KernelSet, abi, facts_text, kernel_set
from lapel.ir import Graph
from lapel.ops import registry
from lapel.planning import Plan, make_plan
from lapel.proving.blob import every_kernel
from lapel.runtime.contracts import Fact
from lapel.targets import load_target
from lapel.wish import Wish
from large_windows import LARGE_CASES
from nets import Net
from shallow import SHALLOW_CASES

HOSTILE = Path(__file__).with_name("hostile.c")
HOST = load_target("host")
NETS = 12
COMPILER = (
    "gcc", "-g1", "-O1", "-w", "-std=gnu99", "-fsanitize=address,undefined", "-fno-sanitize=signed-integer-overflow",
    "-fno-sanitize-recover=all", "-DLAPEL_MVE_TWIN",
)  # fmt: skip
"""Sums of hostile biases wrap, on every core alike; all else that is undefined ends the run. Kernels of other cores are
C that does the same, access by access."""
SETS = {t: load_target(t).kernels for t in ("host", "cortex-m55")}
"""Forms of kernels, by the cores that prefer them."""
DATA = Wish(shared=True, whole_input=True)
EACH = 3
"""Layers of a kernel, at least."""
MORE = (*SHALLOW_CASES, *LARGE_CASES, *DEPTHWISE_CASES)
Seeds = Mapping[str, tuple[KernelSet, list[bytes]]]


def draws() -> np.ndarray:
    return np.random.default_rng(2).normal(size=(8, 8, 8, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def every_seed() -> Seeds:
    """By core: blobs of small networks and of layers that take all of its kernels, and the kernels of all of them."""
    perceptron = lapel.quantize(zoo.make("mlp", input=(8, 8, 1), outputs=10, hidden=(8,)), draws()).graph
    networks = [*map(draw_image_net, range(NETS)), perceptron]
    found = {}
    for core, forms in SETS.items():
        host = replace(HOST, kernels=forms)
        known = set(every_kernel(host))
        plans = [make_plan(graph, host, DATA) for graph in networks]
        plans.append(make_plan(streamed(), host, Wish("ram", shared=True, kernels=tuple(known))))
        seen = Counter[str]()
        for plan in (make_plan(graph, host, DATA) for graph in layers()):
            called = kernels_of(plan)
            if called <= known and any(seen[k] < EACH for k in called):
                plans.append(plan)
                seen.update(called)
        kernels = kernel_set("kernels", host, set[str]().union(*map(kernels_of, plans)))
        missing = {k for k in known if core == "host" or "_" in k} - set(kernels.kernels)
        assert not missing, f"no layer takes {missing}: add a case to MORE"
        found[core] = kernels, [blob(plan, kernels) for plan in plans]
    return found


def streamed() -> Graph:
    """Its input is read in bands, of which rows are kept."""
    net = Net("streamed", (1, 16, 8, 3), seed=5)
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pool = net.node("maxpool", (t,), (1, 2, 2, 4), kernel=(8, 4), stride=(8, 4), pad=(0,) * 4, activation="none")
    return net.graph(net.dense(net.reshape(pool, (1, 16)), 4))


def kernels_of(plan: Plan) -> set[str]:
    return {c.kernel for s in plan.steps for c in s.calls}


def layers() -> Iterator[Graph]:
    """Of every operator's cases, and of those for which cores have kernels."""
    cases = [(op.name, case) for op in registry().values() for case in op.cases()]
    for name, case in [*cases, *(("more", case) for case in MORE)]:
        for k in range(EACH):
            yield case.draw(np.random.default_rng((zlib.crc32(f"{name}/{case.name}".encode()), k)))


@pytest.fixture(scope="module")
def seeds(every_seed: Seeds) -> tuple[KernelSet, list[bytes]]:
    return every_seed["host"]


def compiled(kernels: KernelSet, folder: Path, where: str = "", condition: str = "") -> Path:
    """The program that tries blobs, without a condition."""
    for name, text in interpreter_files(kernels).items():
        (folder / name).write_text(opened(name, text, where, condition, kernels))
    sources = [str(HOSTILE), "lapel_interpreter.c", "kernels.c"]
    subprocess.run([*COMPILER, "-I.", *sources, "-o", "hostile"], cwd=folder, check=True)
    return folder / "hostile"


def tried(program: Path, blobs: list[bytes]) -> subprocess.CompletedProcess[bytes]:
    data = b"".join(struct.pack("<I", len(b)) + b for b in blobs)
    return subprocess.run([str(program)], input=data, capture_output=True, timeout=600)


@pytest.mark.parametrize("core", SETS)
@pytest.mark.parametrize("count", [2000, pytest.param(200_000, marks=pytest.mark.long)])
def test_mutated_blobs_stay_inside(count: int, core: str, every_seed: Seeds, tmp_path: Path) -> None:
    kernels, good = every_seed[core]
    rng = np.random.default_rng(0)
    blobs = [*good, *(mutate(good[int(rng.integers(len(good)))], kernels, rng) for _ in range(count))]
    done = tried(compiled(kernels, tmp_path), blobs)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    every, run = map(int, done.stdout.split())
    # Some changes are of no harm; most are refused.
    assert every == len(blobs) and len(good) <= run < every / 2


def test_cut_off_and_random_bytes_are_refused(seeds: tuple[KernelSet, list[bytes]], tmp_path: Path) -> None:
    kernels, good = seeds
    rng = np.random.default_rng(1)
    blobs = [good[0][:n] for n in range(0, len(good[0]), 7)]
    blobs += [good[0][:104] + rng.bytes(int(rng.integers(400))) for _ in range(200)]
    done = tried(compiled(kernels, tmp_path), blobs)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert done.stdout.split() == [str(len(blobs)).encode(), b"0"]


HOLES = (
    ("facts", "bias of [out_c]"),
    ("facts", "in_c == groups * group_in"),
    ("facts", "table of [256]"),
    ("facts", "kernel_h > pad_top"),
    ("facts", "mul of [out_c if per_channel else 1]"),
    ("facts", "kernel_w > pad_left"),
    ("lapel_interpreter.c", "step->kernel >= model->kernels->count"),
    ("lapel_interpreter.c", "step->params % entry->params_align != 0"),
    ("lapel_interpreter.c", "!lapel_within(step->params, entry->params_bytes, h->bytes)"),
    ("lapel_interpreter.c", "!lapel_within(port->place, port->bytes, h->arena_bytes)"),
)
"""Tests of the loader, each of which is left out: of kernels' headers, or of a file."""
MOST, AT_ONCE = 60_000, 3000


def said(fact: Fact) -> str:
    """A fact as HOLES name it."""
    text = ast.unparse(fact.test)
    return f"{fact.subject} of [{text}]" if fact.kind in ("table", "operand", "elements") else text


def opened(name: str, text: str, where: str, condition: str, kernels: KernelSet) -> str:
    """The source without one of its conditions."""
    if name == where:
        assert condition in text, condition
        return text.replace(condition, "(0)")
    if where == "facts" and name == "kernels.c":
        core, before = abi(kernels.target), text
        for kernel in kernels.kernels:
            whole, less = compiled_facts(kernel, core), compiled_facts(kernel, core, lambda f: said(f) == condition)
            text = text.replace(facts_text(kernel, whole), facts_text(kernel, less))
        assert text != before, condition
    return text


@pytest.mark.long
@pytest.mark.parametrize(("where", "condition"), HOLES)
def test_a_hole_is_found(where: str, condition: str, seeds: tuple[KernelSet, list[bytes]], tmp_path: Path) -> None:
    """Without any one of these conditions the same blobs do harm: so these tests would see it."""
    kernels, good = seeds
    program = compiled(kernels, tmp_path, where, condition)
    rng = np.random.default_rng(0)
    for _ in range(0, MOST, AT_ONCE):
        blobs = [mutate(good[int(rng.integers(len(good)))], kernels, rng) for _ in range(AT_ONCE)]
        if tried(program, blobs).returncode != 0:
            return
    pytest.fail(f"{MOST} blobs did no harm without {condition}")
