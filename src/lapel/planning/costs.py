"""What a kernel call costs: the figures that goals weigh, whoever found them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lapel.ir import Call, Graph


@dataclass(frozen=True)
class Cost:
    """One call, as it stands in a firmware.

    | field | unit | meaning |
    |---|---|---|
    | time | see `Costs.unit` | of one execution |
    | code_bytes | bytes | code of this call alone |
    | data_bytes | bytes | its constants: params that are not compiled into the code, and tables |
    | shared | bytes | by name: functions, and their constants, that all calls which need them share |
    """

    time: int
    code_bytes: int
    data_bytes: int
    shared: Mapping[str, int]

    @property
    def bytes(self) -> int:
        """Flash for this call alone, without what it shares."""
        return self.code_bytes + self.data_bytes


class Costs(Protocol):
    """Where costs come from. A pure function of the calls: the same calls always cost the same."""

    unit: str
    """What `Cost.time` counts: "modelled cycles", "counted cycles" or "counted instructions"."""

    def find(self, graph: Graph, calls: Sequence[Call]) -> Sequence[Cost | str]:
        """The cost of each call of a step of `graph`, or why there is none."""
        ...


@dataclass(frozen=True)
class Rejected:
    """A kernel that was not taken: its name, what it would have cost if that is known, and why it was not."""

    kernel: str
    inline: bool
    cost: Cost | None
    why: str

    @property
    def name(self) -> str:
        """The kernel and how it would be called; empty if `why` says which."""
        return shown(self.kernel, self.inline) if self.kernel else ""


@dataclass(frozen=True)
class Choice:
    """Why a call is as it is: what it costs (None: not measured), the reason, and what was not taken."""

    cost: Cost | None
    unit: str
    why: str
    rejected: tuple[Rejected, ...]

    def __str__(self) -> str:
        others = ", ".join(f"not {r.name}: {r.why}" if r.kernel else r.why for r in self.rejected)
        return self.why + (f" ({others})" if others else "")


def shown(kernel: str, inline: bool) -> str:
    """A kernel and how it is called, as shown to users."""
    return f"{kernel}, inlined" if inline else kernel


def repeated_bytes(calls: Iterable[Sequence[Call]]) -> Iterator[list[int]]:
    """For each candidate of each call the bytes of those tables that an earlier call of the kernel has too, as bands of
    one layer do: they stand in flash once."""
    seen: set[tuple[str, bytes]] = set()
    for candidates in calls:
        tables = [{(c.kernel, hashlib.sha256(v.tobytes()).digest()): v.nbytes for v in _arrays(c)} for c in candidates]
        yield [sum(size for key, size in of.items() if key in seen) for of in tables]
        seen.update(key for of in tables for key in of)


def _arrays(call: Call) -> list[np.ndarray]:
    return [v for v in call.params.values() if isinstance(v, np.ndarray)]
