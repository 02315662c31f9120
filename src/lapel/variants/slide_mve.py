"""Copies within the arena on Helium, 16 bytes at a time."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class SlideMve:
    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="slide_mve", ahead=0)  # in either direction, whatever overlaps


VARIANT = SlideMve()
