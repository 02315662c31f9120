"""Elementwise maxima on Armv7E-M and Armv8-M: SSUB8 compares four elements, SEL takes the greater ones."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class MaximumDsp:
    """The kernel `maximum_dsp`, which takes every call."""

    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="maximum_dsp")


VARIANT = MaximumDsp()
