"""`windowed16_mve` of a window that is its own mirror: each vector of its first half is for sixteen samples."""

from __future__ import annotations

from lapel.variants.mirrored import Mirrored

VARIANT = Mirrored("windowed16_mve_mirrored", 16)
