"""Cheap requantization: one multiply-add-shift with the same bits as the double-rounded definition.

A requantized, clamped int8 output is a step function of its accumulator with at most 255 steps. For each channel a
multiplier m, an addend c and a change b of the bias are sought such that

    ((acc + b) · m + c · 2^32) >> (32 + s)  ==  zero + requantize(acc, mul, shift), both clamped to lo..hi

for every accumulator that the channel's weights can reach. Both sides never fall as acc grows, so they are equal
everywhere if their steps are at the same accumulators. Each step bounds m from below and from above; (b, c) has a
solution if the intersection of these bounds is not empty, and then every m in it is exact.

Why b: the first of the two roundings moves every step with a positive multiple by half a unit of its result, less
than one accumulator, and every other step the other way. c can move all steps by whole units only; b moves them by
m / 2^32 of a unit, so that the two together come as near as wanted. Layers whose steps lie on both sides of zero
mostly have no such form (the two sides want different moves); those behind a rectifier mostly do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lapel.ir.fixed import requantize

MOVES = 2048
"""Whole units by which c is moved while a b is sought that makes up for it."""
CANDIDATES = 12
"""The (b, c) nearest to the wanted move that are tried for each side of zero."""
REACH = 3
"""A step of the definition lies within so many accumulators of where real arithmetic has it, beside large M."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """out = clamp(((acc + b)·m + c·2^32) >> (32 + s)); m (>= 0), c and b are int32 [channels]; s in 0..24.

    b belongs into the bias.
    """

    m: np.ndarray
    c: np.ndarray
    b: np.ndarray
    s: int


def accumulator_range(weights: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest accumulator of each channel, int64: weights [channels, fan_in] times any int8 x, plus bias.

    `bias` has the input's zero point folded in. A tap outside the image is not x = -128..127 but adds x_zero·w,
    which lies in the same range.
    """
    w = weights.astype(np.int64)
    low = np.minimum(w * -128, w * 127).sum(axis=1) + bias
    high = np.maximum(w * -128, w * 127).sum(axis=1) + bias
    return low, high


def find_scaling(
    mul: np.ndarray,
    shift: np.ndarray,
    zero: int,
    clamp: tuple[int, int],
    reach: tuple[np.ndarray, np.ndarray],
) -> Scaling | None:
    """The cheap form for all channels of a layer, or None if one of them has none.

    mul, shift: int64 [channels] (broadcast if of length 1); reach: least and greatest accumulator, int64 [channels].
    """
    channels = len(reach[0])
    mul, shift = np.broadcast_to(mul, channels), np.broadcast_to(shift, channels)
    real = mul.astype(np.float64) * 2.0 ** (shift.astype(np.float64) - 31)
    if not 0 < real.max() < 0.5:
        return None
    s = int(min(24, np.floor(-1 - np.log2(real.max()))))
    m, b = np.zeros(channels, np.int64), np.zeros(channels, np.int64)
    c = np.full(channels, (zero << s) + (1 << s >> 1))  # right as it is for a channel whose multiplier is 0
    todo = np.flatnonzero(mul)
    real = np.where(mul == 0, 1.0, real)
    steps = step_positions(mul, shift, zero, clamp, reach, real)
    if steps is None:
        return None
    for move_b, move_c in _moves(shift, real, s):
        addend = (zero << s) + (1 << s >> 1) + move_c[todo]
        low, high = multiplier_bounds(steps[todo] + move_b[todo, None], clamp, addend, s, _moved(reach, todo, move_b))
        found = low <= high
        hit = todo[found]
        m[hit], c[hit], b[hit] = ((low + high) // 2)[found], addend[found], move_b[hit]
        todo = todo[~found]
        if len(todo) == 0:
            return Scaling(m.astype(np.int32), c.astype(np.int32), b.astype(np.int32), s)
    return None


def _moves(shift: np.ndarray, real: np.ndarray, s: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(b, move of c) to try, each int64 [channels]: none, then those nearest to half a unit of the first rounding."""
    channels = np.arange(len(real))
    yield np.zeros(len(real), np.int64), np.zeros(len(real), np.int64)
    unit_c = 1 / (real * 2.0**s)  # accumulators
    unit_first = 2.0**shift / real  # accumulators: one unit of what the first rounding gives
    whole = np.arange(-MOVES, MOVES + 1)[None, :]
    for side in (0.5, -0.5):
        wanted = (side * unit_first)[:, None] - whole * unit_c[:, None]
        miss = np.abs(wanted - np.rint(wanted))
        best = np.sort(np.argpartition(miss, CANDIDATES, axis=1)[:, :CANDIDATES], axis=1)
        order = np.take_along_axis(best, np.argsort(np.take_along_axis(miss, best, axis=1), axis=1), axis=1)
        for rank in range(CANDIDATES):
            pick = order[:, rank]
            yield np.rint(wanted[channels, pick]).astype(np.int64), whole[0, pick].astype(np.int64)


def _moved(reach: tuple[np.ndarray, np.ndarray], todo: np.ndarray, move: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return reach[0][todo] + move[todo], reach[1][todo] + move[todo]


def step_positions(
    mul: np.ndarray,
    shift: np.ndarray,
    zero: int,
    clamp: tuple[int, int],
    reach: tuple[np.ndarray, np.ndarray],
    real: np.ndarray,
) -> np.ndarray | None:
    """[channels, steps]: the least accumulator whose output is at least lo + 1, lo + 2, …, hi; clipped to
    reach + 1. None where the definition is not near real arithmetic (a left shift that wraps)."""
    wanted = np.arange(clamp[0] + 1, clamp[1] + 1)[None, :]
    guess = np.rint((wanted - zero - 0.5) / real[:, None]).astype(np.int64)
    low, high = reach[0][:, None], reach[1][:, None]
    guess = np.clip(guess, low - REACH, high + 1 + REACH)
    position = np.full(guess.shape, np.iinfo(np.int64).max)
    for offset in range(REACH, -REACH - 1, -1):
        at = guess + offset
        reached = zero + requantize(at, mul[:, None], shift[:, None]) >= wanted
        scaled = mul[:, None] != 0
        if offset == REACH and (scaled & ~reached & (at <= high)).any():
            return None
        if offset == -REACH and (scaled & reached & (at >= low)).any():
            return None
        position = np.where(reached, at, position)
    return np.clip(position, low, high + 1)


def multiplier_bounds(
    steps: np.ndarray, clamp: tuple[int, int], addend: np.ndarray, s: int, reach: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest m of each channel with its steps at `steps`; empty where least > greatest.

    A step to v at accumulator t: t·m >= k and (t - 1)·m < k, k = v·2^(32+s) - addend·2^32. A step at the least
    reachable accumulator has only the first condition, one beyond the greatest only the second.
    """
    v = np.arange(clamp[0] + 1, clamp[1] + 1, dtype=np.int64)[None, :]
    k = (v << (32 + s)) - (addend[:, None] << 32)
    first, last = steps > reach[0][:, None], steps <= reach[1][:, None]
    least = np.zeros(len(steps), np.int64)
    greatest = np.full(len(steps), 2**31 - 1)
    for t, holds, sign in ((steps, last, 1), (steps - 1, first, -1)):
        # sign 1: t·m >= k. sign -1: t·m < k, that is t·m <= k - 1.
        bound = k if sign == 1 else k - 1
        up, down, still = holds & (t * sign > 0), holds & (t * sign < 0), holds & (t == 0)
        safe = np.where(t == 0, 1, t)
        ceil, floor = -(-bound // safe), bound // safe
        least = np.maximum(least, np.where(up, ceil, 0).max(axis=1, initial=0))
        greatest = np.minimum(greatest, np.where(down, floor, 2**31 - 1).min(axis=1, initial=2**31 - 1))
        impossible = (still & (bound * sign > 0)).any(axis=1)
        greatest = np.where(impossible, -1, greatest)
    return least, greatest
