"""Windows that are their own mirror, but perhaps for one weight that was rounded to the other side: half a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param


@dataclass(frozen=True)
class Mirrored:
    """A form of `windowed16` for rows of a multiple of `group` samples."""

    kernel: str
    group: int

    def specialize(self, call: Call) -> Call | str:
        window = call.params["window"]
        assert isinstance(window, np.ndarray)
        length = len(window)
        if length % self.group:
            return f"the window has {length} samples, expected a multiple of {self.group}"
        half = length // 2
        odd = half + np.flatnonzero(window[half:] != window[:half][::-1])
        if len(odd) > 1:
            return f"{len(odd)} weights are not their mirror's, expected one at most"
        at = int(odd[0]) if len(odd) else length - 1
        table: dict[str, Param] = {"window": window[:half], "odd": at, "odd_weight": int(window[at])}
        return replace(call, kernel=self.kernel, params={**call.params, **table})
