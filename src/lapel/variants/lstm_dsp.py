"""`lstm` on the DSP extension: the four gates of a unit at a time, sixteen multiplications in sixteen instructions."""

from __future__ import annotations

from lapel.ir import Call
from lapel.variants.sums import pack_dsp, specialize_lstm
from lapel.variants.variant import Variant


class LstmDsp:
    def specialize(self, call: Call) -> Call | str:
        return specialize_lstm(call, "lstm_dsp", pack_dsp)


VARIANT: Variant = LstmDsp()
