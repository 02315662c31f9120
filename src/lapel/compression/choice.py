"""Which channels stay: a share of those of each layer, or those of all layers that matter most, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lapel.compression.channels import Channels
from lapel.compression.cutting import count_macs, count_weights, cut
from lapel.errors import UsageError, some
from lapel.ir import Graph

Budget = Literal["channels", "macs", "weights"]
Scope = Literal["layer", "global"]

STEPS = 1000
"""Shares of a layer that are tried: thousandths."""


@dataclass(frozen=True, eq=False)
class Chooser:
    """How channels are chosen. importance: float64 [channels]. multiple: of it are the channels that a layer keeps,
    where it has as many."""

    graph: Graph
    channels: Channels
    importance: np.ndarray
    multiple: int

    def within(self, budget: Budget, most: float, scope: Scope) -> np.ndarray:
        """bool [channels]: the most channels with which no more than `most` of what is counted is left.

        Raises UsageError, with what is left at least, if no choice is within the budget.
        """

        def left(step: int) -> int:
            return COUNTS[budget](self.graph, self.channels, self._after(step, order))

        order = None if scope == "layer" else self._order(budget)
        least, end = 0, STEPS if order is None else len(order)
        hardest = end
        while least < end:  # the more steps, the fewer channels
            middle = (least + end) // 2
            if left(middle) <= most:
                end = middle
            else:
                least = middle + 1
        if left(least) > most:
            raise UsageError(self._limit(budget, most, left(hardest)))
        return self._after(least, order)

    def kept(self, counts: Sequence[int]) -> np.ndarray:
        """bool [channels]: so many of each layer, and what a tensor needs in order not to be empty."""
        kept = np.ones(len(self.importance), bool)
        for layer, count in zip(self.channels.layers, counts, strict=True):
            count = max(1, -(-count // self.multiple)) * self.multiple
            kept[layer[np.argsort(-self.importance[layer], kind="stable")][count:]] = False
        return self._filled(kept)

    def _filled(self, kept: np.ndarray) -> np.ndarray:
        """These, with those that have to stay, and the one that matters most of tensors that would be empty."""
        kept = kept | self.channels.whole
        for number in self.channels.numbers.values():
            if not kept[number].any():
                kept[number[self.importance[number].argmax()]] = True
        return kept

    def _after(self, step: int, order: np.ndarray | None) -> np.ndarray:
        """What is kept after some steps from all channels to none: in this order, or of all layers alike."""
        layers = self.channels.layers
        if order is None:
            return self.kept([len(layer) - len(layer) * step // STEPS for layer in layers])
        gone = np.zeros(len(self.importance), bool)
        gone[order[:step]] = True
        return self.kept([int((~gone[layer]).sum()) for layer in layers])

    def _order(self, budget: Budget) -> np.ndarray:
        """All channels that can go, first those that matter least for what they cost of the budget.

        How much one matters is relative to the mean of its layer: by gradients the last layers of a trained network
        matter a tenth of the first ones, and would be all but removed.
        """
        every, worth = np.ones(len(self.importance), bool), self.importance.copy()
        whole = COUNTS[budget](self.graph, self.channels, every)
        for layer in self.channels.layers:
            worth[layer] /= worth[layer].mean() or 1.0
            if len(layer) > 1:
                without = every.copy()
                without[layer[0]] = False
                worth[layer] /= max(1, whole - COUNTS[budget](self.graph, self.channels, self._filled(without)))
        free = np.concatenate(self.channels.layers)
        return free[np.argsort(worth[free], kind="stable")]

    def _limit(self, budget: Budget, most: float, left: int) -> str:
        whole = COUNTS[budget](self.graph, self.channels, np.ones(len(self.importance), bool))
        names = [self.channels.names(layer)[0] for layer in self.channels.layers]
        smaller = ", or give a smaller multiple" if self.multiple > 1 else ""
        return (
            f"{self.graph.name}: {most / whole:.1%} of its {budget} are to be left, and {left / whole:.1%} are where "
            f"each layer keeps {self.multiple}; with fewer, {some(names)} would be emptied: keep more{smaller}"
        )


def count_channels(graph: Graph, channels: Channels, kept: np.ndarray) -> int:
    """Those that stay of those that could go."""
    return sum(int(kept[layer].sum()) for layer in channels.layers)


COUNTS: dict[str, Callable[[Graph, Channels, np.ndarray], int]] = {
    "channels": count_channels,
    "macs": lambda graph, channels, kept: count_macs(cut(graph, channels, kept)),
    "weights": lambda graph, channels, kept: count_weights(cut(graph, channels, kept)),
}
