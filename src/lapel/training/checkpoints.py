"""Checkpoints: all that a training needs to go on as if it had never stopped, written in one step or not at all."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lapel.errors import InputError, OutputError
from lapel.files import reason, replacing

VERSION = 1
ADVICE = "the checkpoint before is still there; make room, then train again to go on from it"


def write_checkpoint(path: Path, digest: str, state: Mapping[str, Any]) -> None:
    """digest: of what is trained with what. Raises OutputError; the checkpoint that was there is then as it was."""
    content = io.BytesIO()
    torch.save({"version": VERSION, "digest": digest, **state}, content)
    with replacing(path, ADVICE) as file:
        file.write(content.getbuffer())


def read_checkpoint(path: Path, digest: str) -> dict[str, Any] | None:
    """The state; None where there is no file. Raises InputError: not a checkpoint, or one of another training."""
    if not path.exists():
        return None
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as e:
        raise InputError(f"{path} cannot be read: {reason(e)}") from None
    except Exception as e:  # torch, pickle and zipfile have many ways to say that a file is none of theirs
        raise InputError(f"{path} is no checkpoint ({type(e).__name__}): remove it, or choose another") from None
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise InputError(f"{path} is no checkpoint of this version of Lapel: remove it, or choose another")
    if found["digest"] != digest:
        raise InputError(
            f"{path} is the checkpoint of another training (network, data or options differ): remove it, or "
            "choose another"
        )
    return found


def check_place(path: Path) -> None:
    """Raise OutputError if a checkpoint cannot be written here, before any work is done for it."""
    if not path.parent.is_dir():
        raise OutputError(f"{path} cannot be written: {path.parent} is no folder: make it, or choose another")
