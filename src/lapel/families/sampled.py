"""Table operators that LiteRT samples in float32: each of the 256 inputs as a real, through a function, and back.

    r = s_x · (x - z_x);   y = sat(z_y + round(f(r) · (1 / s_y)))

Every operation is rounded to float32, round takes halves away from zero. Source: LiteRT, LUTPopulate; docs/SPEC.md §5.
"""

from __future__ import annotations

import numpy as np

from lapel.families.table import TableOp
from lapel.ir.graph import DTYPES, Instance


class SampledOp(TableOp):
    """Subclasses say what `curve` is."""

    def curve(self, inst: Instance, r: np.ndarray) -> np.ndarray:
        """The real function, float64 of float64; `function` rounds its results to float32."""
        raise NotImplementedError

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        x, y = inst.x(), inst.y()
        with np.errstate(all="ignore"):
            r = np.float32(x.scale) * (q - x.zero).astype(np.float32)
            curve = self.curve(inst, r.astype(np.float64)).astype(np.float32)
            rescaled = curve * (np.float32(1) / np.float32(y.scale))
            moved = round_away(rescaled) + np.float32(y.zero)
        info = np.iinfo(DTYPES[y.dtype])
        # Infinite results saturate, NaN is the least: TFLite Micro leaves both conversions undefined.
        limited = np.clip(np.where(np.isnan(moved), np.float32(info.min), moved), info.min, info.max)
        return limited.astype(np.int64)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        with np.errstate(all="ignore"):
            return (self.curve(inst, arrays[0].astype(np.float64)).astype(np.float32),)


def round_away(x: np.ndarray) -> np.ndarray:
    """float32 rounded to the nearest integer, halves away from zero (C `roundf`)."""
    whole = np.trunc(x)
    return whole + np.sign(x) * (np.abs(x - whole) >= 0.5)
