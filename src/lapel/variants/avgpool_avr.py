"""Mean of windows on 8-bit AVR cores: sums of 16 bits, and a division of eight steps."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.avrpools import check_windows
from lapel.variants.variant import Variant


class AvgPoolAvr:
    def specialize(self, call: Call) -> Call | str:
        return check_windows(call) or replace(call, kernel="avgpool_avr", ahead=0)


VARIANT: Variant = AvgPoolAvr()
