"""Checkpoints: all that a training needs to go on as if it had never stopped, written in one step or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from lapel.errors import InputError, OutputError
from lapel.files import check_writable, make_folder, reason, replacing
from lapel.records import TrainingOptions

VERSION = 1
ADVICE = "the checkpoint before is still there; make room, then train again to go on from it"


def places(path: Path, options: TrainingOptions) -> dict[int, Path]:
    """The checkpoint of each seed."""
    if options.seeds == 1:
        return {options.seed: path}
    seeds = range(options.seed, options.seed + options.seeds)
    return {seed: path.with_name(f"{path.stem}-{seed}{path.suffix}") for seed in seeds}


def write_checkpoint(path: Path, digest: str, state: Mapping[str, Any]) -> None:
    """Write it, into a folder that is made if it is missing. digest: of what is trained with what.

    Raises OutputError; the checkpoint that was there is then as it was.
    """
    make_folder(path.parent)
    content = io.BytesIO()
    torch.save({"version": VERSION, "digest": digest, **state}, content)
    with replacing(path, ADVICE) as file:
        file.write(content.getbuffer())


def read_checkpoint(path: Path, digest: str) -> dict[str, Any] | None:
    """The state; None where there is no file. Raises InputError: not a checkpoint, or one of another training."""
    if not path.exists():
        return None
    found = _content(path)
    if found.get("version") != VERSION:
        raise InputError(f"{path} is no checkpoint of this version of Lapel: remove it, or choose another")
    if found["digest"] != digest:
        raise InputError(
            f"{path} is the checkpoint of another training (network, data or options differ): remove it, as "
            "lapel train --fresh does, or choose another"
        )
    return found


def check_place(path: Path) -> None:
    """Raise OutputError if a checkpoint cannot be written here, before any work is done for it."""
    check_writable(path.parent)


def discard(paths: Iterable[Path]) -> None:
    """Remove checkpoints, those that there are. Raises InputError if one of them is no checkpoint of Lapel's, and
    OutputError if it cannot be removed; in the first case all are still there."""
    there = [path for path in paths if path.exists()]
    for path in there:
        _content(path)
    for path in there:
        try:
            path.unlink(missing_ok=True)
        except OSError as e:
            raise OutputError(f"{path} cannot be removed: {reason(e)}: choose another folder") from None


def _content(path: Path) -> dict[str, Any]:
    """What a checkpoint of any version has. Raises InputError: not readable, or a file that Lapel did not write."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as e:
        raise InputError(f"{path} cannot be read: {reason(e)}") from None
    except Exception as e:  # torch, pickle and zipfile have many ways to say that a file is none of theirs
        raise InputError(f"{path} is no checkpoint ({type(e).__name__}): remove it, or choose another") from None
    if not isinstance(found, dict) or not {"version", "digest", "module"} <= found.keys():
        raise InputError(f"{path} is no checkpoint that Lapel wrote: move it away, or choose another")
    return found
