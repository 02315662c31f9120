"""`logbank` of magnitudes on the DSP extension: roots by multiplications of 64 bits, without a division."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class LogbankDsp:
    """The kernel `logbank_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        if call.params["power"] != 1:
            return "powers are summed up, which need no roots"
        return replace(call, kernel="logbank_dsp")


VARIANT = LogbankDsp()
