"""Arrays in files: inputs, labels and outputs as .npy (one array) or .npz (arrays by name), never unpickled."""

from __future__ import annotations

import io
import math
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from lapel.errors import InputError, OutputError
from lapel.files import check_file, replacing

SUFFIXES = (".npy", ".npz")
MAX_BYTES = 1 << 31
"""Larger arrays are refused unread: a header of a few bytes may claim any size."""
MAX_UNPACKED_BYTES = 1 << 28
"""All arrays of an .npz file, which are unpacked into memory; a megabyte of it may hold a gigabyte of zeros."""
CHUNK_BYTES = 1 << 20
"""Read at a time."""


def read_arrays(path: Path | str) -> np.ndarray | dict[str, np.ndarray]:
    """The array of an .npy file, or the arrays of an .npz file by name, in this computer's byte order.

    An .npy file in this byte order is not read but mapped, read-only: its pages come as they are used.
    Raises InputError: no such file, not of these formats, truncated, Python objects or text instead of numbers.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is a folder or device: give an .npy or .npz file")
        with path.open("rb") as file:
            start = file.read(6)
            file.seek(0)
            if start == npy.MAGIC_PREFIX:
                return _map(path, file)
            if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
                return _read_all(path, file)
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror or e}; give an .npy or .npz file") from None
    except InputError:
        raise
    except Exception as e:  # numpy, ast, tokenize, zipfile and zlib have many ways to say that a file is corrupt
        raise InputError(f"{path} is truncated or corrupt ({_first_line(e)}): write it again with numpy") from None
    raise InputError(f"{path} is neither an .npy nor an .npz file: write it with numpy.save or numpy.savez")


def read_array(path: Path | str) -> np.ndarray:
    """The only array of a file; raises InputError where `read_arrays` does, or if there are several."""
    found = read_arrays(path)
    if isinstance(found, np.ndarray):
        return found
    if len(found) != 1:
        raise InputError(f"{path} has {len(found)} arrays ({', '.join(found)}), expected one: use an .npy file")
    return next(iter(found.values()))


def _read_all(path: Path, file: IO[bytes]) -> dict[str, np.ndarray]:
    found = {}
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        unpacked_bytes = sum(info.file_size for info in members)
        if unpacked_bytes > MAX_UNPACKED_BYTES:
            raise InputError(
                f"{path} holds {unpacked_bytes:,} bytes unpacked, expected at most {MAX_UNPACKED_BYTES:,}: save each "
                "array as .npy, which is not read as a whole, or split the samples"
            )
        for info in members:
            name = info.filename.removesuffix(".npy")
            with archive.open(info) as member:
                found[name] = _read_one(Path(f"{path}[{name}]"), member, info.file_size)
    if not found:
        raise InputError(f"{path} has no arrays: write it with numpy.savez")
    return found


def _map(path: Path, file: IO[bytes]) -> np.ndarray:
    """The array of an .npy file as a view of the file; a copy where the bytes have another order, or are none."""
    shape, fortran, dtype = _read_header(path, file, os.fstat(file.fileno()).st_size)
    if not math.prod(shape):
        return np.zeros(shape, dtype.newbyteorder("="))
    array = np.memmap(file, dtype, "r", file.tell(), shape, "F" if fortran else "C")
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))


def _read_one(where: Path, file: IO[bytes], size_bytes: int) -> np.ndarray:
    """Read an array whose header and content are together `size_bytes` long."""
    shape, fortran, dtype = _read_header(where, file, size_bytes)
    need_bytes = math.prod(shape) * dtype.itemsize
    data = bytearray(need_bytes)
    for at in range(0, need_bytes, CHUNK_BYTES):
        chunk = file.read(min(CHUNK_BYTES, need_bytes - at))
        if len(chunk) != min(CHUNK_BYTES, need_bytes - at):
            raise ValueError(f"{at + len(chunk)} of {need_bytes} bytes")
        data[at : at + len(chunk)] = chunk
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return np.ascontiguousarray(array, dtype.newbyteorder("=")).reshape(shape)


def _read_header(where: Path, file: IO[bytes], size_bytes: int) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether it is in Fortran's order, and dtype, all checked; the file is then at the content's start."""
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"format version {version[0]}.{version[1]}")
    shape, fortran, dtype = npy.read_array_header_1_0(file) if version == (1, 0) else npy.read_array_header_2_0(file)
    if dtype.hasobject or dtype.kind not in "biuf":
        words = ", or give words as a column of a .csv file" if dtype.kind in "OSU" else ""
        raise InputError(f"{where} holds {_kind(dtype)}, expected integers or floats: convert it{words}")
    need_bytes = math.prod(shape) * dtype.itemsize
    if need_bytes > MAX_BYTES:
        raise InputError(f"{where} holds {need_bytes} bytes, expected at most {MAX_BYTES}: split the samples")
    if min(shape, default=0) < 0 or size_bytes - file.tell() < need_bytes:
        raise ValueError(f"{list(shape)} needs {need_bytes} bytes, {size_bytes - file.tell()} are there")
    return shape, fortran, dtype


def _kind(dtype: np.dtype) -> str:
    return "Python objects" if dtype.hasobject else f"values of type {dtype}"


def _first_line(e: BaseException) -> str:
    lines = str(e).splitlines()
    return lines[0] if lines else type(e).__name__


def check_output(path: Path | str, count: int, inputs: Sequence[Path] = ()) -> Path:
    """Check that `count` arrays can be written to `path`, before any work is done for them.

    An existing .npy or .npz file is replaced, if it is none of `inputs`. Raises OutputError: another suffix, an .npy
    for several arrays, a folder that does not exist or cannot be written, a path that is no regular file.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise OutputError(f"{path} ends in {path.suffix or 'nothing'!r}, expected .npy or .npz")
    if count != 1 and path.suffix == ".npy":
        raise OutputError(f"{path} is for one array, the model has {count} outputs: use {path.stem}.npz")
    return check_file(path, inputs)


def write_arrays(path: Path | str, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays to an .npy or .npz file: all or nothing. Raises OutputError where `check_output` does."""
    path = check_output(path, len(arrays))
    with replacing(path) as file:
        if path.suffix == ".npz":
            # Not savez(**arrays): tensors may be called "file".
            with zipfile.ZipFile(file, "w") as archive:
                for key, array in arrays.items():
                    with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                        npy.write_array(member, array, allow_pickle=False)
        else:
            npy.write_array(file, next(iter(arrays.values())), allow_pickle=False)


def npy_bytes(array: np.ndarray) -> bytes:
    """The content of an .npy file."""
    stream = io.BytesIO()
    npy.write_array(stream, array, allow_pickle=False)
    return stream.getvalue()


def join_batch(outputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """(N, 1, …) -> (N, …): the samples of a run take the place of the model's own batch axis of one."""
    return {
        name: y.reshape(len(y), *y.shape[2:]) if y.ndim > 1 and y.shape[1] == 1 else y for name, y in outputs.items()
    }
