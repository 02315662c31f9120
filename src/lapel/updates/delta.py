"""Deltas of blobs: `make` a patch of an old and a new one, `apply` it (the reference of `runtime/update/delta.c`)."""

from __future__ import annotations


def make(old: bytes, new: bytes) -> bytes:
    """A patch that makes `new` of `old`: docs/SPEC.md, "Deltas". Any bytes; blobs alone become small."""
    raise NotImplementedError


def apply(old: bytes, patch: bytes) -> bytes:
    """The new bytes. Raises FormatError, with the offset, for whatever `lapel_delta_push` refuses."""
    raise NotImplementedError
