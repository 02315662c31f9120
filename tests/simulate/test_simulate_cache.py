"""The cache of compiled files, and the output stream's decoder on streams that no firmware would write."""

import errno
import os
import pwd
import struct
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lapel.errors import OutputError, SimulationError
from lapel.simulate import build_firmware, run_firmware, stream
from lapel.simulate.cache import cache_folder, cached
from lapel.simulate.machine import read_marks
from lapel.simulate.unoimage import without_skipped_returns
from lapel.simulate.workspace import workspace
from lapel.targets import load_target


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


@pytest.mark.parametrize("damage", [b"", b"half", b"another"])
def test_what_is_not_whole_is_made_again(damage: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that was full, a computer that was switched off."""
    monkeypatch.setenv("LAPEL_CACHE", str(tmp_path))
    made = cached("thing", ".o", ["a"], lambda path: path.write_bytes(b"half of it") and None)
    made.write_bytes(damage)
    again = cached("thing", ".o", ["a"], lambda path: path.write_bytes(b"all") and None)
    assert again == made and again.read_bytes() == b"all"
    digest = made.with_name(f"{made.name}.sha256")
    digest.unlink()
    cached("thing", ".o", ["a"], lambda path: path.write_bytes(b"new") and None)
    assert made.read_bytes() == b"new" and digest.is_file()


def test_a_firmware_is_built_from_a_damaged_cache(toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPEL_CACHE", str(tmp_path / "cache"))
    host = load_target("host")
    build_firmware(toy.sources, host, tmp_path / "o")
    objects = list((tmp_path / "cache").glob("*.o"))
    for path in objects:
        path.write_bytes(b"")
    build_firmware(toy.sources, host, tmp_path / "o")
    assert objects and all(path.stat().st_size for path in objects)


def test_many_may_make_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPEL_CACHE", str(tmp_path / "cache"))

    def get(k: int) -> bytes:
        return cached("thing", ".o", [f"{k % 3}"], lambda path: path.write_bytes(b"%d" % (k % 3)) and None).read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(get, range(60))) == [b"%d" % (k % 3) for k in range(60)]
    names = [path.name for path in (tmp_path / "cache").iterdir()]
    assert len(names) == 6 and all(name.startswith("thing_") for name in names)


def test_a_relative_folder_is_that_of_the_process(toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compilers run in other folders."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAPEL_CACHE", "cache")
    assert cache_folder() == tmp_path / "cache"
    firmware = build_firmware(toy.sources, load_target("host"), tmp_path / "o")
    assert np.array_equal(run_firmware(firmware, toy.samples, 16).outputs, toy.wanted)
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("cache", "o")] == []


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAPEL_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")

    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(OutputError, match="there is no home folder for the cache: set LAPEL_CACHE to a folder"):
        cache_folder()


def test_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with workspace() as folder:
        (folder / "x").write_text("")
    assert list(tmp_path.iterdir()) == []
    said = r"temporary files in .*lapel-\w+ cannot be written: No space left on device: set TMPDIR to a folder"
    with pytest.raises(OutputError, match=said), workspace():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OSError, match="else"), workspace():
        raise OSError(errno.EIO, "something else")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(OutputError, match="temporary files cannot be written: No such file or directory: set TMPDIR"):
        workspace().__enter__()


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
