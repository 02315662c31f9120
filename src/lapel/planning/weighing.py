"""One candidate for each call, weighed exactly, where calls share parts whose bytes count once.

For one weight of a byte against a unit of time, every set of shared parts is tried: with a set given, the calls are
independent. Parts that only one call can need are bytes of its candidates; parts that always come together are one
part; and calls that have no part in common with others are weighed apart. Then few sets are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

MOST_PARTS = 14
"""Shared parts of which every set is tried; where there are more, sets are searched, from all parts on."""
MOST_OPENED = 8
"""The same within a budget, where a set takes longer."""
NEVER = np.int64(2**62)
"""More than any price: a megabyte at ten thousand million cycles is 2^53."""


@dataclass(frozen=True)
class Item:
    """A candidate: time, bytes of its own, and the bytes by name of what it shares with others."""

    time: int
    bytes: int
    shared: Mapping[str, int]


Pick = tuple[int, ...]
"""The number of one candidate of each call."""


@dataclass(frozen=True)
class Total:
    """What a pick takes."""

    time: int
    bytes: int


@dataclass(frozen=True)
class _Option:
    time: int
    bytes: int
    parts: int  # a bit each


def _joined(a: list[int], b: list[int]) -> list[int]:
    """The numbers of both, which may be one of the lists."""
    long, short = (a, b) if len(a) >= len(b) else (b, a)
    long += short
    return long


class Weighing:
    """Calls with their candidates, prepared for many questions."""

    def __init__(self, calls: Sequence[Sequence[Item]]) -> None:
        users: dict[str, set[tuple[int, int]]] = {}
        sizes: dict[str, int] = {}
        for n, items in enumerate(calls):
            for k, item in enumerate(items):
                for part, size in item.shared.items():
                    users.setdefault(part, set()).add((n, k))
                    sizes[part] = max(size, sizes.get(part, 0))
        together: dict[frozenset[tuple[int, int]], int] = {}
        for part, who in users.items():
            key = frozenset(who)
            together[key] = together.get(key, 0) + sizes[part]
        alone: dict[tuple[int, int], int] = {}
        parts: dict[tuple[int, int], int] = {}
        self._sizes: list[int] = []
        for key, size in together.items():
            common = len({n for n, _ in key}) > 1
            for user in key:
                if common:
                    parts[user] = parts.get(user, 0) | 1 << len(self._sizes)
                else:
                    alone[user] = alone.get(user, 0) + size
            self._sizes += [size] * common
        self._calls = [
            [
                _Option(item.time, item.bytes + alone.get((n, k), 0), parts.get((n, k), 0))
                for k, item in enumerate(items)
            ]
            for n, items in enumerate(calls)
        ]

    def total(self, pick: Pick) -> Total:
        """Time and bytes of a pick."""
        chosen = [options[k] for options, k in zip(self._calls, pick, strict=True)]
        return Total(sum(o.time for o in chosen), sum(o.bytes for o in chosen) + self._open_bytes(self._used(pick)))

    def shared_bytes(self, pick: Pick) -> int:
        """Of these, what several calls could share."""
        return self._open_bytes(self._used(pick))

    def differences(self, pick: Pick) -> list[list[int]]:
        """By how many bytes the total would grow with each other candidate of each call."""
        chosen = [options[k] for options, k in zip(self._calls, pick, strict=True)]
        once = many = 0  # parts that at least one, at least two of the chosen candidates need
        for o in chosen:
            many |= once & o.parts
            once |= o.parts
        open_bytes = cache(self._open_bytes)
        found = []
        for options, own in zip(self._calls, chosen, strict=True):
            others = once & ~own.parts | many
            now = own.bytes + open_bytes(once)
            found.append([o.bytes + open_bytes(others | o.parts) - now for o in options])
        return found

    def best(self, per_time: int, per_byte: int) -> Pick:
        """The pick with the least per_time * time + per_byte * bytes; the first candidates of equals."""
        pick = [0] * len(self._calls)
        for numbers, bits in self._components():
            prices = [[per_time * o.time + per_byte * o.bytes for o in self._calls[n]] for n in numbers]
            opened = self._best_set(numbers, bits, prices, per_byte) if bits else 0
            for n, price in zip(numbers, prices, strict=True):
                _, pick[n] = min((price[k], k) for k, o in enumerate(self._calls[n]) if not o.parts & ~opened)
        return tuple(pick)

    def fastest(self, budget: int, start: Pick, near: Iterable[Pick]) -> Pick:
        """The fastest pick of at most `budget` bytes; `start` is one that fits.

        Exact for up to MOST_OPENED shared parts; of more, only the sets of parts of the picks `near` are tried.
        """
        if len(self._sizes) <= MOST_OPENED:
            sets: Iterable[int] = range(1 << len(self._sizes))
        else:
            sets = dict.fromkeys(self._used(p) for p in (start, *near))
        best = start
        for opened in sets:
            found = self._fill(opened, budget - self._open_bytes(opened), self.total(best).time)
            best = best if found is None else found
        return best

    def _used(self, pick: Pick) -> int:
        used = 0
        for options, k in zip(self._calls, pick, strict=True):
            used |= options[k].parts
        return used

    def _open_bytes(self, opened: int) -> int:
        return sum(size for b, size in enumerate(self._sizes) if opened >> b & 1)

    def _components(self) -> list[tuple[list[int], list[int]]]:
        """Calls that are tied to each other by parts, by number, and the bits of these parts."""
        alone: list[int] = []
        tied: list[tuple[list[int], int]] = []
        for n, options in enumerate(self._calls):
            numbers, parts = [n], 0
            for o in options:
                parts |= o.parts
            if not parts:
                alone.append(n)
                continue
            apart = []
            for others, bits in tied:
                if bits & parts:  # the longer list is kept, so that no call is copied often
                    numbers, parts = _joined(others, numbers), parts | bits
                else:
                    apart.append((others, bits))
            tied = [*apart, (numbers, parts)]
        found = [(numbers, [b for b in range(len(self._sizes)) if bits >> b & 1]) for numbers, bits in tied]
        return [*(([n], []) for n in alone), *found]

    def _best_set(self, numbers: list[int], bits: list[int], prices: list[list[int]], per_byte: int) -> int:
        if len(bits) <= MOST_PARTS:
            return self._try_sets(numbers, bits, prices, per_byte, np.arange(1 << len(bits)))[1]
        # Closing or opening one part after the other, as long as that is better.
        opened, best = -1, None
        state = (1 << len(bits)) - 1
        while True:
            tried = np.array([state, *(state ^ 1 << b for b in range(len(bits)))])
            price, found, at = self._try_sets(numbers, bits, prices, per_byte, tried)
            if best is not None and price >= best:
                return opened
            best, opened, state = price, found, int(tried[at])

    def _try_sets(
        self, numbers: list[int], bits: list[int], prices: list[list[int]], per_byte: int, sets: np.ndarray
    ) -> tuple[int, int, int]:
        """The least price of the sets (numbered by the component's own bits), the set as parts, and its place."""
        place = {b: k for k, b in enumerate(bits)}
        whole = np.zeros(len(sets), np.int64)
        possible = np.ones(len(sets), np.bool_)
        for b, k in place.items():
            whole += per_byte * self._sizes[b] * (sets >> k & 1)
        for n, price in zip(numbers, prices, strict=True):
            least = np.full(len(sets), NEVER)
            for o, p in zip(self._calls[n], price, strict=True):
                needs = sum(1 << place[b] for b in bits if o.parts >> b & 1)
                np.minimum(least, p, out=least, where=(sets & needs) == needs)
            possible &= least < NEVER
            whole += np.where(least < NEVER, least, 0)
        whole[~possible] = NEVER
        at = int(np.argmin(whole))
        return int(whole[at]), sum(1 << b for b, k in place.items() if sets[at] >> k & 1), at

    def _fill(self, opened: int, room: int, bound: int) -> Pick | None:
        """The fastest pick with these parts that fits and takes less than `bound`; None if there is none."""
        allowed = [[(o.time, o.bytes, k) for k, o in enumerate(c) if not o.parts & ~opened] for c in self._calls]
        if not all(allowed):
            return None
        rest_time = np.append(np.cumsum([min(a)[0] for a in allowed][::-1])[::-1], 0)
        rest_bytes = np.append(np.cumsum([min(b for _, b, _ in a) for a in allowed][::-1])[::-1], 0)
        times, sums = np.zeros(1, np.int64), np.zeros(1, np.int64)
        trail: list[tuple[np.ndarray, np.ndarray]] = []
        for n, items in enumerate(allowed):
            new_times = np.concatenate([times + t for t, _, _ in items])
            new_sums = np.concatenate([sums + b for _, b, _ in items])
            taken = np.repeat([k for _, _, k in items], len(times))
            before = np.tile(np.arange(len(times)), len(items))
            keep = np.flatnonzero((new_times + rest_time[n + 1] < bound) & (new_sums + rest_bytes[n + 1] <= room))
            if len(keep) == 0:
                return None
            keep = keep[np.lexsort((new_times[keep], new_sums[keep]))]
            least = np.minimum.accumulate(new_times[keep])
            keep = keep[np.append(True, new_times[keep][1:] < least[:-1])]
            times, sums = new_times[keep], new_sums[keep]
            trail.append((taken[keep], before[keep]))
        at, pick = int(np.argmin(times)), []
        for taken, before in reversed(trail):
            pick.append(int(taken[at]))
            at = int(before[at])
        return tuple(reversed(pick))
