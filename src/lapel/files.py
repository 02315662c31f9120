"""Files of users, written so that nothing of theirs is lost. At any moment each file is the old or the new one.

A file is written into a hidden folder beside its place and renamed over it. The folder that it is for is never moved,
emptied or replaced, and of what is in it only files that Lapel wrote, and nobody changed since, are replaced: those
whose SHA-256 stands in the folder's manifest, a JSON file that is written with them, last of all. Until then it lies
complete in the hidden folder, so that files which a killed process has already renamed are known to the next one.

Processes that write into one folder wait for each other (flock on the folder). Where a file system has no such locks,
the files are read again at the end, and a mixture of two writers is an error.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from lapel.errors import OutputError
from lapel.interrupts import held

LEDGER = "written"
"""In a manifest: SHA-256 by file name; the manifest's own is that of its other entries."""
LOCK_WAIT_S = 60.0
CONTENT = "content"
"""A single file's name in its hidden folder."""
_STAGE = re.compile(r"\.lapel-[0-9a-f]{16}")
_ELSEWHERE = "choose another folder"
_ADVICE = "move it away, or choose another output folder"


@contextlib.contextmanager
def replacing(path: Path, advice: str = _ELSEWHERE) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` in one step at the end, or not at all.

    Raises OutputError, with the advice, if it cannot be written.
    """
    try:
        with _stage(path.parent) as stage:
            with open(stage / CONTENT, "xb") as file:
                yield file
                _settle(file)
            os.replace(stage / CONTENT, path)
    except OSError as e:
        raise OutputError(f"{path} cannot be written: {reason(e)}: {advice}") from None


def write_file(path: Path, content: bytes) -> None:
    """Write one file as `replacing` does; it keeps its time if nothing in it changes."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    with replacing(path) as file:
        file.write(content)


def check_file(path: Path, inputs: Sequence[Path] = ()) -> Path:
    """Check that a file can be written, before any work is done for it; an existing one will be replaced.

    Raises OutputError: a folder that does not exist or cannot be written, a path that is no regular file, or one of
    `inputs`.
    """
    if not os.path.isdir(path.parent):
        raise OutputError(f"{path}: there is no folder {path.parent}: make it first")
    _check_place(path)
    for other in inputs:
        if os.path.exists(path) and os.path.exists(other) and os.path.samefile(path, other):
            raise OutputError(f"{path} is an input of this run, and would be lost: choose another name")
    return path


def _check_place(path: Path) -> None:
    try:
        regular = stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        regular = True
    except (OSError, ValueError) as e:
        raise OutputError(f"{path} cannot be written: {reason(e)}: choose another name") from None
    if not regular:
        raise OutputError(f"{path} is not a regular file: choose another name")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError(f"{path} cannot be written: {path.parent} is read-only for this user: {_ELSEWHERE}")


def reason(e: OSError | ValueError) -> str:
    """Why a path cannot be used, for a message; a ValueError is that of a name no file system takes."""
    return getattr(e, "strerror", None) or str(e)


def check_writable(folder: Path) -> bool:
    """Whether a folder is there. Raises OutputError: it is no folder, or cannot be written, or made where it is not."""
    try:
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            raise OutputError(f"{folder} is not a folder: choose another output folder")
    except FileNotFoundError:
        _check_parent(folder)
        return False
    except (OSError, ValueError) as e:
        raise OutputError(f"{folder} cannot be made: {reason(e)}: {_ELSEWHERE}") from None
    _check_access(folder, folder, "written")
    return True


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are missing. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as e:
        raise OutputError(f"{folder} cannot be made: {reason(e)}: {_ELSEWHERE}") from None


def check_folder(folder: Path, names: Sequence[str], manifest: str) -> None:
    """Check that files of these names can be written into a folder, before any work is done for them.

    Raises OutputError: it is no folder, cannot be made or written, or has such a file that Lapel did not write or that
    was changed since. Other files in it are nobody's concern.
    """
    if check_writable(folder):
        with _locked(folder):
            _inspect(folder, (*names, manifest), manifest)


def write_folder(folder: Path, contents: Mapping[str, bytes], manifest: str, record: Mapping[str, Any]) -> None:
    """Write files into a folder, made if it is missing, and with them the manifest: a record, and what was written.

    Files that do not change keep their times. Raises OutputError where `check_folder` does, or if something cannot be
    written; then all files are as they were.
    """
    make_folder(folder)
    try:
        with _locked(folder) as alone:
            old = _inspect(folder, (*contents, manifest), manifest)
            ledger = _kept(folder, manifest) | {name: _digest(content) for name, content in contents.items()}
            fresh = {manifest: _manifest(record, ledger, manifest), **contents}
            with _stage(folder, manifest) as stage:
                _replace(folder, stage, {name: c for name, c in fresh.items() if old.get(name) != _Found(c)}, old)
            if not alone:
                _check_written(folder, fresh)
    except OSError as e:
        raise OutputError(f"{folder} cannot be written: {reason(e)}: {_ELSEWHERE}") from None


@dataclass(frozen=True)
class _Found:
    """A file that is there, and its state, for the case that it has to be put back."""

    content: bytes
    state: os.stat_result | None = field(default=None, compare=False)


def _check_parent(folder: Path) -> None:
    """The nearest folder above that exists is one in which others can be made."""
    above = next((p for p in folder.parents if os.path.lexists(p)), Path("/"))
    if os.path.lexists(folder) or not above.is_dir():
        raise OutputError(f"{folder} cannot be made: Not a directory: {_ELSEWHERE}")
    _check_access(above, folder, "made")


def _check_access(place: Path, folder: Path, done: str) -> None:
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(f"{folder} cannot be {done}: {place} is read-only for this user: {_ELSEWHERE}")


def _inspect(folder: Path, names: Sequence[str], manifest: str) -> dict[str, _Found]:
    """The files of these names that are there; raises OutputError if one is not Lapel's to replace."""
    found = {name: file for name in names if (file := _read(folder / name)) is not None}
    known = _known(folder, manifest)  # after the files: whoever renamed one has said so before
    for name, file in found.items():
        if name not in known:
            raise OutputError(f"{folder / name} is there, and nothing says that lapel wrote it: {_ADVICE}")
        digest = _manifest_digest(file.content) if name == manifest else _digest(file.content)
        if digest not in known[name]:
            raise OutputError(f"{folder / name} was changed since lapel wrote it, and would be lost: {_ADVICE}")
    return found


def _read(path: Path) -> _Found | None:
    """A regular file; None where there is nothing."""
    try:
        state = os.lstat(path)
        if not stat.S_ISREG(state.st_mode):
            raise OutputError(f"{path} is a link, folder or device, which lapel did not write: {_ADVICE}")
        return _Found(path.read_bytes(), state)
    except FileNotFoundError:
        return None
    except OSError as e:
        raise OutputError(f"{path} cannot be read: {reason(e)}: {_ADVICE}") from None


def _known(folder: Path, manifest: str) -> dict[str, set[str]]:
    """Digests by name of what Lapel wrote, also of what a killed process was about to write."""
    found: dict[str, set[str]] = {}
    for place in (folder, *_stages(folder)):
        with contextlib.suppress(OSError, ValueError):
            record = json.loads((place / manifest).read_bytes())
            ledger = record.get(LEDGER) if isinstance(record, dict) else None
            for name, digest in (ledger if isinstance(ledger, dict) else {}).items():
                found.setdefault(name, set()).add(str(digest))
    return found


def _kept(folder: Path, manifest: str) -> dict[str, str]:
    """Of what the manifest knows: files that are still as they were written, such as those of another model."""
    kept = {}
    for name, digests in _known(folder, manifest).items():
        path = folder / name
        if name == manifest or path.name != name or not os.path.isfile(path):
            continue
        with contextlib.suppress(OSError):
            digest = _digest(path.read_bytes())
            if digest in digests:
                kept[name] = digest
    return kept


def _manifest(record: Mapping[str, Any], ledger: Mapping[str, str], manifest: str) -> bytes:
    plain = json.loads(json.dumps(record))
    known = {**ledger, manifest: _record_digest(plain)}
    return (json.dumps({**plain, LEDGER: dict(sorted(known.items()))}, indent=2) + "\n").encode()


def _manifest_digest(content: bytes) -> str:
    try:
        record = json.loads(content)
        return _record_digest({k: v for k, v in record.items() if k != LEDGER})
    except (ValueError, AttributeError):
        return ""


def _record_digest(record: Mapping[str, Any]) -> str:
    return _digest(json.dumps(record, sort_keys=True).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(folder: Path, stage: Path, fresh: Mapping[str, bytes], old: Mapping[str, _Found]) -> None:
    """Put files in place, the first one (the manifest) last; should one fail, put the others back."""
    for name, content in fresh.items():
        _write(stage / name, content, old.get(name))
    done: list[str] = []
    with held():
        try:
            for name in reversed(list(fresh)):
                os.replace(stage / name, folder / name)
                done.append(name)
        except BaseException:
            for name in done:
                _put_back(folder / name, stage / name, old.get(name))
            raise


def _put_back(path: Path, staged: Path, old: _Found | None) -> None:
    if old is None:
        path.unlink()
        return
    assert old.state is not None
    _write(staged, old.content, old)
    os.utime(staged, ns=(old.state.st_atime_ns, old.state.st_mtime_ns))
    os.replace(staged, path)


def _write(path: Path, content: bytes, old: _Found | None) -> None:
    """With the permissions of the file whose place it will take."""
    with open(path, "xb") as file:
        file.write(content)
        if old is not None and old.state is not None:
            mode = stat.S_IMODE(old.state.st_mode)
            if mode != stat.S_IMODE(os.fstat(file.fileno()).st_mode):
                os.fchmod(file.fileno(), mode)
        _settle(file)


def _settle(file: IO[bytes]) -> None:
    """On the disk, so that the name never stands for less than the content."""
    file.flush()
    os.fsync(file.fileno())


def _check_written(folder: Path, fresh: Mapping[str, bytes]) -> None:
    """Where nobody can wait: of all that wrote at the same time, the last one at least sees a mixture."""
    for name, content in fresh.items():
        if (folder / name).read_bytes() != content:
            raise OutputError(f"{folder / name} was written by another process at the same time: build again, alone")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Be the only one in a folder; False where its file system has no locks, or it cannot be opened for one."""
    end_s = time.monotonic() + LOCK_WAIT_S
    while True:
        handle = _open(folder)
        try:
            got = handle is not None and _lock(handle, end_s, folder)
            if not got or handle is None or _is(handle, folder):
                yield got
                return
        finally:
            if handle is not None:
                os.close(handle)


def _open(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:  # it may be written into, but not listed
        return None


def _lock(handle: int, end_s: float, folder: Path) -> bool:
    """Whether the lock was got; raises OutputError if another has it for too long."""
    while (taken := _try_lock(handle)) is False:
        if time.monotonic() > end_s:
            raise OutputError(f"{folder} is in use by another lapel for {LOCK_WAIT_S:g} s: end it, or {_ELSEWHERE}")
        time.sleep(0.005)
    return taken is True


def _try_lock(handle: int) -> bool | None:
    """None where there are no locks, as on most NFS."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    except OSError:
        return None


def _is(handle: int, folder: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), os.stat(folder))
    return False


@contextlib.contextmanager
def _stage(folder: Path, manifest: str = CONTENT) -> Iterator[Path]:
    """A hidden folder in `folder`, locked as long as its process lives; what dead ones have left goes with it."""
    with held() as hold:
        stage, handle = _make_stage(folder)
        try:
            hold.release()
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)
            if handle is not None:
                os.close(handle)
    _sweep(folder, manifest)


def _make_stage(folder: Path) -> tuple[Path, int | None]:
    while True:
        stage = folder / f".lapel-{secrets.token_hex(8)}"
        os.mkdir(stage, 0o700)
        with contextlib.suppress(FileNotFoundError):  # another process took it for a dead one's before it was locked
            handle = os.open(stage, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if _try_lock(handle) is not False and _is(handle, stage):
                return stage, handle
            os.close(handle)


def _stages(folder: Path) -> list[Path]:
    """Hidden folders of this and other processes."""
    try:
        return [folder / name for name in sorted(os.listdir(folder)) if _STAGE.fullmatch(name)]
    except OSError:  # it may not be listed
        return []


def _sweep(folder: Path, manifest: str) -> None:
    """Remove what killed processes left: hidden folders of ours that nobody has locked.

    Not those with another manifest, which says what lies in `folder` until that manifest is written again.
    """
    for stage in _stages(folder):
        with contextlib.suppress(OSError):
            handle = os.open(stage, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                there = set(os.listdir(stage))
                if (manifest in there or there <= {CONTENT}) and _try_lock(handle):
                    shutil.rmtree(stage, ignore_errors=True)
            finally:
                os.close(handle)
