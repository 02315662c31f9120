"""Updates in a flash whose power is cut at every operation, and again while it recovers: there is always a model."""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

import pytest

from lapel.updates import delta
from updating import Firmware, compiled, firmware

POWERCUT = Path(__file__).with_name("powercut.c")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(firmware(), POWERCUT, tmp_path_factory.mktemp("powercut"))


def run(
    program: Path, mode: str, unit: int, sector: int, chains: int, seed: int = 1
) -> subprocess.CompletedProcess[str]:
    blobs = firmware().blobs
    deltas = [delta.make(a, b) if mode == "delta" else b"" for a, b in zip(blobs, (*blobs[1:], blobs[0]), strict=True)]
    parts = [part for pair in zip(blobs, deltas, strict=True) for part in pair]
    data = b"".join(struct.pack("<I", len(part)) + part for part in parts)
    words = [str(program), mode, *map(str, (unit, sector, seed, chains))]
    done = subprocess.run(words, input=data, capture_output=True, timeout=600)
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode()[-2000:])


@pytest.mark.parametrize("mode", ["whole", "delta"])
@pytest.mark.parametrize(
    ("unit", "sector", "chains"),
    [(8, 512, 10), (4, 256, 3), (32, 1024, 3), pytest.param(8, 512, 1500, marks=pytest.mark.long)],
)
def test_there_is_always_a_model(mode: str, unit: int, sector: int, chains: int, program: Path) -> None:
    done = run(program, mode, unit, sector, chains)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) cuts, (\d+) boots: (\d+) the old, (\d+) the new", done.stdout)
    assert found and min(map(int, found.groups())) > 500
    # 100 updates: each slot 50 times, and a third of four states.
    wear = re.search(r"a slot's sector was erased (\d+) times, a state's (\d+), counted (\d+)", done.stdout)
    assert wear and tuple(map(int, wear.groups())) == (50, 134, 100)


HOLES = {
    "a state is sealed before it is whole": ("found = other != 0 ?", "found = 1 ?"),
    "the newest state is written over": ("if (counts < least) {", "if (least == UINT64_MAX || counts > least) {"),
    "any state holds": ("if (counts > most) {", "if (counts != 0) {"),
    "no CRC of a state": ("state->current > 1 ||\n        state->crc != ", "state->current > 1 ||\n        0 & "),
}
"""What of the state machine is left out, and what that is."""


@pytest.mark.long
@pytest.mark.parametrize("hole", HOLES)
def test_a_hole_is_found(hole: str, tmp_path: Path) -> None:
    made, (there, instead) = firmware(), HOLES[hole]
    text = made.sources["lapel_update.c"]
    assert there in text
    holed = Firmware({**made.sources, "lapel_update.c": text.replace(there, instead)}, made.blobs)
    program = compiled(holed, POWERCUT, tmp_path, flags=("-O1", "-w", "-funsigned-char"))
    assert any(run(program, "whole", 8, 512, 300, seed).returncode for seed in (1, 2, 3)), hole
