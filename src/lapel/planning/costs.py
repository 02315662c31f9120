"""What a kernel call costs: the figures that goals weigh, whoever found them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from lapel.ir import Call, Graph
from lapel.records import Cost


class Uncompiled(str):
    """Why a call has no cost: what the compiler said that did not take it. No limit but a defect, and told as one."""


class Costs(Protocol):
    """Where costs come from. A pure function of the calls: the same calls always cost the same."""

    unit: str
    """What `Cost.time` counts: "modelled cycles", "counted cycles" or "counted instructions"."""

    def find(self, graph: Graph, calls: Sequence[Call]) -> Sequence[Cost | str]:
        """The cost of each call of a step of `graph`, or why there is none."""
        ...


def repeated_bytes(calls: Iterable[Sequence[Call]]) -> Iterator[list[int]]:
    """For each candidate of each call the bytes of those tables that an earlier call of the kernel has too, as bands of
    one layer do: they stand in flash once."""
    seen: set[tuple[str, bytes]] = set()
    for candidates in calls:
        of_each = [{(c.kernel, hashlib.sha256(v.tobytes()).digest()): v.nbytes for v in tables(c)} for c in candidates]
        yield [sum(size for key, size in of.items() if key in seen) for of in of_each]
        seen.update(key for of in of_each for key in of)


def tables(call: Call) -> list[np.ndarray]:
    """The arrays among a call's params, which lie in flash."""
    return [v for v in call.params.values() if isinstance(v, np.ndarray)]
