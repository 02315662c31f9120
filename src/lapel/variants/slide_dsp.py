"""Copies within the arena for cores with LDM, 32 bytes at a time."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class SlideDsp:
    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="slide_dsp", ahead=0)  # in either direction, whatever overlaps


VARIANT = SlideDsp()
