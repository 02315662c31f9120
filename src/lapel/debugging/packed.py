"""What a layer's firmware sums up for one element, by running it, of a kernel that packs its constants.

As `accumulator.py`, but constants are packed by the variant itself: the portable kernel's params, with another
multiplier and bias of the element's channel, become tables that take the place of those in the image. Such kernels take
no multiplier of 1, so an output says the sum only roughly, and how it was rounded is not known either. Of all sums near
the expected one and all roundings, each run leaves those that give its output, until all that are left are one sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from lapel.debugging.image import Held, Image
from lapel.families.elements import MULTIPLIER, ROUNDINGS, SHIFT, WHOLE
from lapel.ir import Call
from lapel.variants import variants

SHIFTS = (-1, -2, -3, -4)
"""Of which every kernel takes some."""
MULTIPLIERS = (1 << 30, 3 << 29, 5 << 28, 7 << 28)
"""Roundings are told apart by multipliers that are no powers of two."""
NEAR = 48
"""Counts by which a sum may be off from what it should be."""
MOST_BIAS = 12
"""By so much the bias is changed from run to run, to either side."""
MOST_RUNS = 24


@dataclass(frozen=True, eq=False)
class Packed:
    """A kernel call, and the portable one that it was made of. channel: of the element; expected: its accumulator."""

    call: Call
    portable: Call
    channel: int
    expected: int

    def with_bias(self, shift: int, multiplier: int, less: int) -> Call | None:
        """The call whose channel has this multiplier and shift, and a bias that is less by so much; None: none."""
        p = self.portable.params
        if not {"bias", "mul", "shift", "lo", "hi", "per_channel"} <= set(p):
            return None
        bias, mul, shifts = (np.array(p[k], copy=True) for k in ("bias", "mul", "shift"))
        at = self.channel if p["per_channel"] else 0
        bias[self.channel], mul[at], shifts[at] = int(bias[self.channel]) - less, multiplier, shift
        given: dict[str, Any] = {**p, "bias": bias, "mul": mul, "shift": shifts, "lo": -128, "hi": 127, "y_zero": 0}
        if "plain" in p:
            given["plain"] = int(shifts.max() <= -2)
        found = variants()[self.call.kernel].specialize(replace(self.portable, params=given, ahead=None))
        return None if isinstance(found, str) or not _alike(found, self.call) else found


def _alike(a: Call, b: Call) -> bool:
    """Whether the params of one call can take the place of another's."""
    if a.kernel != b.kernel or set(a.params) != set(b.params):
        return False
    tables = [(v, b.params[k]) for k, v in a.params.items() if isinstance(v, np.ndarray)]
    return all(isinstance(w, np.ndarray) and v.nbytes == w.nbytes for v, w in tables)


def packed_accumulator(image: Image, held: Mapping[str, Held], of: Packed, run: Callable[[], int | None]) -> int | None:
    """The accumulator, bias and all, as the firmware makes it; None if that cannot be seen. The image is put back."""
    if of.call.kernel not in variants() or of.call.kernel == of.portable.kernel:
        return None
    before = bytes(image.content)
    try:
        shift = next((k for k in SHIFTS if all(of.with_bias(k, m, of.expected) for m in MULTIPLIERS)), None)
        if shift is None:
            return None

        def output(multiplier: int, more: int) -> int | None:
            call = of.with_bias(shift, multiplier, of.expected - more)
            return None if call is None else _output(image, held, call, run)

        off = narrowed(shift, output)
        return None if off is None else of.expected + off
    finally:
        image.content[:] = before
        image.save()


def narrowed(shift: int, output: Callable[[int, int], int | None]) -> int | None:
    """The sum, less what is expected, by outputs for a multiplier and more bias; None where several are left, or none.

    Each question is the one after whose answer the fewest are left at worst.
    """
    left = [(name, off) for name in ROUNDINGS for off in range(-NEAR, NEAR + 1)]
    asked = list(product(MULTIPLIERS, range(-MOST_BIAS, MOST_BIAS + 1)))
    for _ in range(MOST_RUNS):
        if len({off for _, off in left}) < 2:
            break
        parts = {q: Counter(_rounded(name, shift, q[0], off + q[1]) for name, off in left) for q in asked}
        best = min(asked, key=lambda q: max(parts[q].values()))
        if len(parts[best]) < 2:
            return None
        y = output(*best)
        left = [(name, off) for name, off in left if _rounded(name, shift, best[0], off + best[1]) == y]
    sums = {off for _, off in left}
    return sums.pop() if len(sums) == 1 else None


@cache
def _rounded(name: str, shift: int, multiplier: int, acc: int) -> int:
    return ROUNDINGS[name]({WHOLE: acc, MULTIPLIER: multiplier, SHIFT: shift})


def _output(image: Image, held: Mapping[str, Held], call: Call, run: Callable[[], int | None]) -> int | None:
    for name, h in held.items():
        value = call.params[name]
        data = np.asarray(value).reshape(-1)
        raw = data.tobytes() if h.table else data.astype(h.value.dtype).tobytes()
        at = image.place(h.address, len(raw))
        if at is None:
            return None
        image.content[at : at + len(raw)] = raw
    image.save()
    return run()
