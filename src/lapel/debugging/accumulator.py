"""What a layer's firmware sums up for one element, by running it: on the emulated core, with other constants.

The machine code stays. In the image the element's channel gets a multiplier that changes nothing, and a bias that is
less by what the sum should be; then the output is how far the sum is off. Where it leaves the range of the output, the
bias goes after it, in steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lapel.debugging.image import Held, Image
from lapel.ir.terms import Term

UNIT_MUL, UNIT_SHIFT = 1 << 30, 1
"""accumulator · 2 · 2^30 / 2^31: the accumulator itself, by either rounding, while it is below 2^30."""
STEPS = 24
"""Runs at most: while the output is at one end, the bias goes twice as far each time."""
CONTROL = 3
"""By so much the bias is changed in a last run, and the output must follow."""


@dataclass(frozen=True)
class Constants:
    """Terms of an element that a kernel's params hold, by what they are in requantization."""

    bias: tuple[Held, int]
    mul: tuple[Held, int]
    shift: tuple[Held, int]
    scalars: Mapping[str, Held]


def constants(terms: tuple[Term, ...], held: Mapping[str, Held]) -> Constants | None:
    """Where bias, multiplier and shift of an element are, if all of them lie in the image as terms say."""
    places = {}
    for t in terms:
        if t.field in ("bias", "mul", "shift") and t.at is not None and t.field in held:
            places[t.field] = (held[t.field], t.at)
    if set(places) != {"bias", "mul", "shift"} or not {"lo", "hi"} <= set(held):
        return None
    scalars = {n: held[n] for n in ("lo", "hi", "y_zero", "plain") if n in held}
    return Constants(places["bias"], places["mul"], places["shift"], scalars)


def accumulated(image: Image, where: Constants, expected: int, run: Callable[[], int | None]) -> int | None:
    """The accumulator, bias and all, as the firmware makes it; None if that cannot be seen.

    expected: what it should be, in which the search begins. run: saves nothing; it executes the image as it is and
    returns the output's element, or None if that did not come about as before.
    """
    before = bytes(image.content)
    try:
        return _searched(image, where, expected, run)
    finally:
        image.content[:] = before
        image.save()


def _searched(image: Image, where: Constants, expected: int, run: Callable[[], int | None]) -> int | None:
    lo, hi = _open(image, where)
    (held, at), taken, reach, last = where.bias, expected, hi, 0
    bias = int(held.value[at])
    for _ in range(STEPS):
        found = _with_bias(image, held, at, bias - taken, run)
        if found is None:
            return None
        if lo < found < hi:
            control = _with_bias(image, held, at, bias - taken + CONTROL, run)
            follows = control == found + CONTROL or (control == hi and found + CONTROL > hi)
            return taken + found if follows else None
        towards = 1 if found == hi else -1
        reach = max(reach // 4, hi) if towards == -last else reach
        taken, reach, last = taken + towards * reach, 2 * reach, towards
    return None


def _open(image: Image, where: Constants) -> tuple[int, int]:
    """Set what comes after the accumulator to change nothing; the ends of the output."""
    info = np.iinfo(where.scalars["lo"].value.dtype)
    wanted = {"lo": info.min, "hi": info.max, "y_zero": 0, "plain": 0}
    for name, h in where.scalars.items():
        image.write(h.address, h.dtype, wanted[name])
    for (h, at), value in ((where.mul, UNIT_MUL), (where.shift, UNIT_SHIFT)):
        image.write(h.address + at * h.value.itemsize, h.dtype, value)
    return int(info.min), int(info.max)


def _with_bias(image: Image, held: Held, at: int, bias: int, run: Callable[[], int | None]) -> int | None:
    info = np.iinfo(held.value.dtype)
    if not info.min <= bias <= info.max:
        return None
    image.write(held.address + at * held.value.itemsize, held.dtype, bias)
    image.save()
    return run()
