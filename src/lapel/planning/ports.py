"""What kinds of inputs a model has: where their bytes come from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from lapel.ir import Graph
from lapel.planning.streams import streamed_inputs


class PortKind(Enum):
    """Where a graph's input lies before a call, or its output after one."""

    WHOLE = "in the arena, where the caller puts or finds it, or copied there and from there"
    STREAM = "with the caller, and read while the inference runs"
    STATE = "in the arena, as the call before left it: no argument"


def port_kinds(graph: Graph) -> Mapping[str, PortKind]:
    """The kind of every input, by its name; outputs that are no updates are whole."""
    streamed = streamed_inputs(graph)
    kinds = {name: PortKind.STREAM if name in streamed else PortKind.WHOLE for name in graph.arguments}
    return kinds | dict.fromkeys(graph.states, PortKind.STATE)
