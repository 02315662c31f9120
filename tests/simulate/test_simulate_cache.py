"""The cache of compiled files, and the output stream's decoder on streams that no firmware would write."""

import struct
from pathlib import Path

import pytest

from lapel.errors import OutputError, SimulationError
from lapel.simulate import stream
from lapel.simulate.cache import cache_folder, cached
from lapel.simulate.machine import read_marks
from lapel.simulate.unoimage import without_skipped_returns


def test_made_once_per_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPEL_CACHE", str(tmp_path / "cache"))
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("x")

    first = cached("thing", ".o", ["a", b"b"], make)
    assert cached("thing", ".o", ["a", b"b"], make) == first and first.read_text() == "x" and len(made) == 1
    assert cached("thing", ".o", ["ab", b""], make) != first
    assert {path.name for path in (tmp_path / "cache").iterdir()} >= {first.name} and len(made) == 2


def test_the_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAPEL_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "lapel"


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LAPEL_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(OutputError, match=r"file/cache cannot be made: .*: set LAPEL_CACHE to a folder"):
        cached("thing", ".o", [], lambda path: None)


def test_the_log_of_a_crashed_emulator(tmp_path: Path) -> None:
    assert read_marks(tmp_path / "none").shape == (0, 2)
    (tmp_path / "short").write_bytes(struct.pack("<3Q", 1, 2, 3) + b"xyz")
    assert read_marks(tmp_path / "short").tolist() == [[1, 2]]


def test_a_skipped_return_becomes_a_jump_to_another() -> None:
    sbrs, ret, nop = 0xFFB7, 0x9508, 0x0000
    image = struct.pack("<7H", ret, sbrs, ret, sbrs, nop, nop, ret)
    assert without_skipped_returns(image, [(0, 14)]) == image[:4] + b"\x03\xc0" + image[6:]
    assert without_skipped_returns(image, [(2, 4)]) == image  # no other RET in that piece of code


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (b"", "ends after 0 of 1 samples"),
        (b"Oab", r"ends after 1 of 1 samples \(3 bytes\)"),
        (b"?", "has b'\\?' at byte 0"),
        (b"R" + bytes(20), "where a record starts"),
        (b"Oab" + b"R" + bytes(20), "end mark"),
    ],
)
def test_broken_streams(said: bytes, message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        stream.decode(said, 1, 2)
