"""What is in the flash of a firmware: bytes by layer and kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class FlashPart:
    """Bytes of one kind: constants of a layer, or code of all.

    layer: the step whose constants they are, as tables show it; of equal ones, which stand in flash once, the first
    step's; "" for what is no layer's. kind: one of `lapel.runtime.roles`; "decoder": code of kernels that decode their
    weights, and of decoders; "code": other code; "other": constants of the compiler's own, and gaps between objects.
    Where an interpreter runs a blob: "interpreter", "checks" (of params, before the first step), "kernels", "tables"
    (theirs, and constants that are no model's) and "blob".
    """

    layer: str
    kind: str
    bytes: int


def bytes_by_kind(parts: Iterable[FlashPart]) -> dict[str, int]:
    """The sum of each kind."""
    found: dict[str, int] = {}
    for part in parts:
        found[part.kind] = found.get(part.kind, 0) + part.bytes
    return found
