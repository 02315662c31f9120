"""Hostile blobs: whatever is in them, nothing is read or written outside, and nothing runs for ever."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from blobmutations import mutate
from hostileblobs import HOLES, SETS, Seeds, on_host, opened, seeds_of
from lapel.codegen.interpreted import interpreter_files
from lapel.codegen.kernelset import KernelSet

HOSTILE = Path(__file__).with_name("hostile.c")
COMPILER = (
    "gcc", "-g1", "-O1", "-w", "-std=gnu99", "-fsanitize=address,undefined", "-fno-sanitize=signed-integer-overflow",
    "-fno-sanitize-recover=all", "-DLAPEL_MVE_TWIN", "-Dmemcpy=memmove",
)  # fmt: skip
"""Sums of hostile biases wrap, on every core alike; all else that is undefined ends the run. Kernels of other cores are
C that does the same, access by access. Operands that should not overlap may, and are copied, whichever function does
it."""


@pytest.fixture(scope="module")
def every_seed() -> Mapping[str, Seeds]:
    """By core."""
    return {core: seeds_of(on_host(core)) for core in SETS}


@pytest.fixture(scope="module")
def seeds(every_seed: Mapping[str, Seeds]) -> Seeds:
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
def test_mutated_blobs_stay_inside(count: int, core: str, every_seed: Mapping[str, Seeds], tmp_path: Path) -> None:
    kernels, good = every_seed[core]
    rng = np.random.default_rng(0)
    program = compiled(kernels, tmp_path)
    assert tried(program, good).stdout.split() == [str(len(good)).encode()] * 2, "none that is right is refused"
    blobs = [mutate(good[int(rng.integers(len(good)))], kernels, rng) for _ in range(count)]
    done = tried(program, blobs)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    every, run = map(int, done.stdout.split())
    # Some changes are of no harm; most are refused.
    assert every == len(blobs) and 0 < run < every / 2


def test_cut_off_and_random_bytes_are_refused(seeds: Seeds, tmp_path: Path) -> None:
    kernels, good = seeds
    rng = np.random.default_rng(1)
    blobs = [good[0][:n] for n in range(0, len(good[0]), 7)]
    blobs += [good[0][:104] + rng.bytes(int(rng.integers(400))) for _ in range(200)]
    done = tried(compiled(kernels, tmp_path), blobs)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert done.stdout.split() == [str(len(blobs)).encode(), b"0"]


MOST, AT_ONCE = 60_000, 3000


@pytest.mark.long
@pytest.mark.parametrize(("where", "condition"), HOLES)
def test_a_hole_is_found(where: str, condition: str, seeds: Seeds, tmp_path: Path) -> None:
    """Without any one of these conditions the same blobs do harm: so these tests would see it."""
    kernels, good = seeds
    program = compiled(kernels, tmp_path, where, condition)
    rng = np.random.default_rng(0)
    for _ in range(0, MOST, AT_ONCE):
        blobs = [mutate(good[int(rng.integers(len(good)))], kernels, rng) for _ in range(AT_ONCE)]
        if tried(program, blobs).returncode != 0:
            return
    pytest.fail(f"{MOST} blobs did no harm without {condition}")
