"""`lstm` on Helium: the four gates of a unit at a time, sixteen products an instruction."""

from __future__ import annotations

from lapel.ir import Call
from lapel.variants.sums import pack_mve, specialize_lstm
from lapel.variants.variant import Variant


class LstmMve:
    def specialize(self, call: Call) -> Call | str:
        return specialize_lstm(call, "lstm_mve", pack_mve)


VARIANT: Variant = LstmMve()
