"""Arrays in files: what is read, what is refused and with which words, and that nothing is half-written."""

from __future__ import annotations

import io
import os
import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapel.arrays import MAX_UNPACKED_BYTES, check_output, join_batch, read_array, read_arrays, write_arrays
from lapel.errors import InputError, OutputError


def npy_bytes(array: np.ndarray, **options: bool) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@pytest.mark.parametrize("dtype", ["int8", ">i4", "<f4", ">f8", "float16", "uint8", "bool"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_reads_an_npy_file(tmp_path: Path, dtype: str, order: str) -> None:
    array = np.array(np.arange(24).reshape(2, 3, 4), dtype=dtype, order=order)
    np.save(tmp_path / "x.npy", array)
    found = read_arrays(tmp_path / "x.npy")
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.dtype(dtype).newbyteorder("=") and found.dtype.isnative
    assert np.array_equal(found, array)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_reads_an_npz_file(tmp_path: Path, save: object) -> None:
    save(tmp_path / "x.npz", a=np.arange(3), **{"b/c": np.float32(2)})  # type: ignore[operator]
    found = read_arrays(tmp_path / "x.npz")
    assert isinstance(found, dict) and list(found) == ["a", "b/c"]
    assert found["a"].tolist() == [0, 1, 2] and found["b/c"].shape == ()


def test_reads_a_scalar_and_an_empty_array(tmp_path: Path) -> None:
    for array in (np.float64(1.5), np.zeros((0, 4), np.int8)):
        np.save(tmp_path / "x.npy", array)
        assert np.shape(read_arrays(tmp_path / "x.npy")) == np.shape(array)


def test_an_npy_file_is_mapped_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    with path.open("wb") as file:  # two gigabytes that take no room on the disk
        np.lib.format.write_array_header_1_0(file, {"descr": "|i1", "fortran_order": False, "shape": (2000, 10**6)})
        file.truncate(file.tell() + 2000 * 10**6)
    tracemalloc.start()
    try:
        found = read_arrays(path)
        assert isinstance(found, np.ndarray) and found[1999, -1] == 0 and not found.flags.writeable
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_an_npz_file_that_unpacks_to_much_more_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    header = {"descr": "|i1", "fortran_order": False, "shape": (MAX_UNPACKED_BYTES,)}
    packed = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed as archive, archive.open("x.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(16):
            member.write(bytes(MAX_UNPACKED_BYTES // 16))
    assert path.stat().st_size < 3 << 20
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"x.npz holds 268,435,584 bytes unpacked, expected at most 268,435,456"):
            read_arrays(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_member_that_is_shorter_than_the_archive_says(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, x=np.arange(1000))
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10**6).to_bytes(4, "little")  # its unpacked size in the archive's directory
    path.write_bytes(content.replace(b"(1000,)", b"(9999,)"))
    with pytest.raises(InputError, match="truncated or corrupt"):
        read_arrays(path)


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("evil",)


def hostile() -> dict[str, tuple[bytes, str]]:
    good = npy_bytes(np.arange(100, dtype=np.int32))
    objects = npy_bytes(np.array([Evil()], dtype=object), allow_pickle=True)
    huge = good.replace(b"(100,), }   ", b"(999999,), }")
    packed = io.BytesIO()
    np.savez(packed, x=np.arange(1000))
    damaged = bytearray(packed.getvalue())
    damaged[300] ^= 0xFF
    npz_objects = io.BytesIO()
    with zipfile.ZipFile(npz_objects, "w") as archive:
        archive.writestr("x.npy", objects)
    return {
        "empty": (b"", "neither"),
        "text": (b"1 2 3\n", "neither"),
        "pickle": (pickle.dumps(Evil()), "neither"),
        "truncated": (good[:-1], "truncated or corrupt"),
        "header only": (good[:9], "truncated or corrupt"),
        "larger than it is": (huge, "truncated or corrupt"),
        "version": (good[:6] + b"\x09\x00" + good[8:], "truncated or corrupt"),
        "Python objects": (objects, "Python objects"),
        "Python objects in npz": (npz_objects.getvalue(), "Python objects"),
        "text values": (
            npy_bytes(np.array(["a", "b"])),
            "values of type <U1, expected integers or floats: convert it, or give words as a column of a .csv",
        ),
        "complex": (npy_bytes(np.array([1j])), "values of type complex128"),
        "records": (npy_bytes(np.zeros(2, dtype=[("a", "i4"), ("b", "f4")])), "values of type"),
        "npz truncated": (packed.getvalue()[:-30], "truncated or corrupt"),
        "npz damaged": (bytes(damaged), "truncated or corrupt"),
        "npz without arrays": (b"PK\x05\x06" + bytes(18), "no arrays"),
    }


@pytest.mark.parametrize("name", hostile())
def test_refuses(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content, said = hostile()[name]
    Path("x.npy").write_bytes(content)
    with pytest.raises(InputError, match=said) as e:
        read_arrays("x.npy")
    assert "x.npy" in e.value.message and "\n" not in e.value.message
    assert not Path("evil").exists()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 200), st.integers(1, 255), st.booleans())
def test_damaged_files_are_read_or_refused(tmp_path_factory, tail, at, flip, packed) -> None:
    stream = io.BytesIO()
    np.savez(stream, x=np.arange(3)) if packed else np.save(stream, np.arange(3))
    content = bytearray(stream.getvalue() + tail)
    content[at % len(content)] ^= flip
    path = tmp_path_factory.mktemp("damaged") / "x"
    path.write_bytes(content)
    try:
        read_arrays(path)
    except InputError as e:
        assert "\n" not in e.message


def test_says_what_a_path_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_arrays(tmp_path / "none.npy")
    with pytest.raises(InputError, match="is a folder or device"):
        read_arrays(tmp_path)
    with pytest.raises(InputError, match="is a folder or device"):
        read_arrays("/dev/null")


def test_one_array_is_expected(tmp_path: Path) -> None:
    np.savez(tmp_path / "y.npz", a=np.arange(2))
    assert read_array(tmp_path / "y.npz").tolist() == [0, 1]
    np.savez(tmp_path / "y.npz", a=np.arange(2), b=np.arange(2))
    with pytest.raises(InputError, match=r"2 arrays \(a, b\), expected one"):
        read_array(tmp_path / "y.npz")


def test_writes_what_it_reads(tmp_path: Path) -> None:
    y = np.arange(6, dtype=np.int8).reshape(2, 3)
    write_arrays(tmp_path / "y.npy", {"y": y})
    write_arrays(tmp_path / "y.npz", {"file": y, "a/b": y + 1})
    assert np.array_equal(np.load(tmp_path / "y.npy"), y)
    with np.load(tmp_path / "y.npz") as found:
        assert set(found) == {"file", "a/b"} and np.array_equal(found["a/b"], y + 1)
    assert (tmp_path / "y.npy").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_refuses_to_write(tmp_path: Path) -> None:
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "link.npy").symlink_to(tmp_path / "elsewhere.npy")
    for name, count, said in [
        ("y.txt", 1, "ends in '.txt'"),
        ("y", 1, "ends in 'nothing'"),
        ("y.npy", 2, "use y.npz"),
        ("none/y.npy", 1, "there is no folder"),
        ("folder.npy", 1, "not a regular file"),
        ("link.npy", 1, "not a regular file"),
    ]:
        with pytest.raises(OutputError, match=said):
            check_output(tmp_path / name, count)


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "y.npy"
    path.write_bytes(b"old")

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_arrays(path, {"y": np.arange(3)})
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["y.npy"]


def test_the_samples_take_the_place_of_the_models_batch() -> None:
    shapes = {"a": (5, 1, 10), "b": (5, 2, 10), "c": (5,), "d": (5, 1)}
    found = join_batch({name: np.zeros(shape) for name, shape in shapes.items()})
    assert {n: y.shape for n, y in found.items()} == {"a": (5, 10), "b": (5, 2, 10), "c": (5,), "d": (5,)}
