"""`logbank` of magnitudes for Helium: roots of four bins at a time, sums of four products."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class LogbankMve:
    """The kernel `logbank_mve`."""

    def specialize(self, call: Call) -> Call | str:
        if call.params["power"] != 1:
            return "powers are summed up, which have 64 bits"
        return replace(call, kernel="logbank_mve")


VARIANT = LogbankMve()
