"""`code`: weights are stored in the codes that take the least flash. The network stays as it is.

| option | meaning |
|---|---|
| optimize | the goal of the plan from here on |
| flash_budget | bytes of code and constants that the firmware may have |

Before this step weights are stored as they are; in a ladder without it, a goal may code them everywhere. Which code a
layer gets is the planner's choice, by what its weights hold and what decoding costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lapel.compression.method import Compressed, Context, Kind
from lapel.ir import Graph
from lapel.wish import Goal


@dataclass(frozen=True, kw_only=True)
class Options:
    """See the module."""

    optimize: Goal = "flash"
    flash_budget: int | None = None


class Code:
    """The step. What it changes is the wish, see `lapel.ladder.recipe`."""

    name = "code"
    takes: tuple[Kind, ...] = ("integer",)
    makes: Kind = "integer"
    options = Options

    def apply(self, graph: Graph, options: Any, context: Context) -> Compressed:
        """The graph as it is."""
        return Compressed(graph)


CODE = Code()
