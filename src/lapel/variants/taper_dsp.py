"""`taper` with pre-emphasis on the DSP extension: a sample and the one before it are multiplied by one instruction."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class TaperDsp:
    """The kernel `taper_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        if not call.params["lean"]:
            return "there is no pre-emphasis, expected samples that count with the one before them"
        return replace(call, kernel="taper_dsp")


VARIANT = TaperDsp()
