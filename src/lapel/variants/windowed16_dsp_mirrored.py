"""`windowed16_dsp` of a window that is its own mirror: of its first half each pair is loaded once for four samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call

GROUP = 4
"""Samples at a time."""


class Windowed16DspMirrored:
    """The kernel `windowed16_dsp_mirrored`."""

    def specialize(self, call: Call) -> Call | str:
        window = call.params["window"]
        assert isinstance(window, np.ndarray)
        if len(window) % GROUP or (window != window[::-1]).any():
            return f"the window is not its own mirror, or its length {len(window)} no multiple of {GROUP}"
        params = {**call.params, "window": window[: len(window) // 2]}
        return replace(call, kernel="windowed16_dsp_mirrored", params=params)


VARIANT = Windowed16DspMirrored()
