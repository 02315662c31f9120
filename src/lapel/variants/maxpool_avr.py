"""Maximum over windows on 8-bit AVR cores: channel by channel, in registers."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call
from lapel.variants.avrpools import check_windows
from lapel.variants.variant import Variant


class MaxPoolAvr:
    def specialize(self, call: Call) -> Call | str:
        return check_windows(call) or replace(call, kernel="maxpool_avr", ahead=0)


VARIANT: Variant = MaxPoolAvr()
