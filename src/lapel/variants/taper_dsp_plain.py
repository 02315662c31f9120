"""`taper` of the samples as they are on the DSP extension, whose magnitudes are found two at a time."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class TaperDspPlain:
    """The kernel `taper_dsp_plain`."""

    def specialize(self, call: Call) -> Call | str:
        gain, lean = call.params["gain"], call.params["lean"]
        if (gain, lean) != (1, 0):
            return f"samples are multiplied by {gain}, those before them by {lean}, expected 1 and 0"
        return replace(call, kernel="taper_dsp_plain")


VARIANT = TaperDspPlain()
