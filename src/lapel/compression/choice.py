"""Which channels stay: a share of those of each layer, or those of all layers that matter most, within a budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lapel.compression.channels import Channels
from lapel.compression.cutting import count_macs, count_weights, cut
from lapel.errors import UsageError, some
from lapel.ir import Graph

Budget = Literal["channels", "macs", "weights"]
Scope = Literal["layer", "network"]

STEPS = 1000
"""Shares of a layer that are tried: thousandths."""


@dataclass(frozen=True, eq=False)
class Chooser:
    """How channels are chosen. importance: float64 [channels]. multiple: of it are the channels that a layer keeps,
    where it has as many."""

    graph: Graph
    channels: Channels
    importance: np.ndarray
    scope: Scope
    multiple: int

    def choose(self, budget: Budget, most: float) -> np.ndarray:
        """bool [channels]: the most channels with which no more than `most` of what is counted is left.

        Raises UsageError, with what is left at least, if no choice is within the budget.
        """
        least, end = 0, self._steps()
        while least < end:  # the more steps, the fewer channels
            middle = (least + end) // 2
            if self._count(budget, self.kept(middle)) <= most:
                end = middle
            else:
                least = middle + 1
        kept = self.kept(least)
        if self._count(budget, kept) > most:
            raise UsageError(self._limit(budget, most, kept))
        return kept

    def kept(self, step: int) -> np.ndarray:
        """bool [channels]: those that stay after so many steps."""
        kept = np.ones(len(self.importance), bool)
        order = self._order()
        gone = set(order[:step].tolist()) if self.scope == "network" else set()
        for layer in self.channels.layers:
            free = layer[~self.channels.whole[layer]]
            left = sum(c not in gone for c in free.tolist())
            if self.scope == "layer":
                left = len(free) - len(free) * step // STEPS
            left = min(len(free), max(1, -(-left // self.multiple)) * self.multiple)
            ranked = free[np.argsort(-self.importance[free], kind="stable")]
            kept[ranked[left:]] = False
        for number in self.channels.numbers.values():
            if not kept[number].any():
                kept[number[self.importance[number].argmax()]] = True
        return kept

    def _order(self) -> np.ndarray:
        """All channels that can go, those that matter least first."""
        free = np.flatnonzero(np.isfinite(self.importance))
        return free[np.argsort(self.importance[free], kind="stable")]

    def _steps(self) -> int:
        return STEPS if self.scope == "layer" else len(self._order())

    def _count(self, budget: Budget, kept: np.ndarray) -> int:
        return COUNTS[budget](self.graph, self.channels, kept)

    def _limit(self, budget: Budget, most: float, kept: np.ndarray) -> str:
        whole = self._count(budget, np.ones_like(kept))
        left = self._count(budget, kept)
        names = [self.channels.names(layer)[0] for layer in self.channels.layers]
        return (
            f"{self.graph.name}: {most / whole:.1%} of its {budget} are to be left, and {left / whole:.1%} are if each "
            f"layer keeps {self.multiple} or all it has, {some(names)} would be emptied: keep more"
            f"{', or give a smaller multiple' * (self.multiple > 1)}"
        )


def count_channels(graph: Graph, channels: Channels, kept: np.ndarray) -> int:
    """Those that stay of those that could go."""
    return sum(int(kept[layer].sum()) for layer in channels.layers)


COUNTS: dict[str, Callable[[Graph, Channels, np.ndarray], int]] = {
    "channels": count_channels,
    "macs": lambda graph, channels, kept: count_macs(cut(graph, channels, kept)),
    "weights": lambda graph, channels, kept: count_weights(cut(graph, channels, kept)),
}
