"""Maximum over windows on Armv7E-M and Armv8-M: SSUB8 compares four channels, SEL takes the greater ones."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class MaxPoolDsp:
    """The kernel `maxpool_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        channels = call.params["channels"]
        assert isinstance(channels, int)
        if channels < 4:
            return f"{channels} channels, expected 4 or more"
        # Channels are read before they are written, but the last of a pixel are done twice where blocks overlap.
        block = 8 if channels >= 8 else 4
        return replace(call, kernel="maxpool_dsp", ahead=0 if channels % block == 0 else 1)


VARIANT = MaxPoolDsp()
