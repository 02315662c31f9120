"""`windowed16_dsp` of a window that is its own mirror: of its first half each pair is loaded once for four samples."""

from __future__ import annotations

from lapel.variants.mirrored import Mirrored

VARIANT = Mirrored("windowed16_dsp_mirrored", 4)
