"""Clamps on Armv7E-M and Armv8-M: SSUB8 compares four elements, SEL takes the element or the limit."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class LimitDsp:
    """The kernel `limit_dsp`, which takes every call."""

    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="limit_dsp")


VARIANT = LimitDsp()
