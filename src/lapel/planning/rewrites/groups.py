"""Channel groups: the tensors that can only lose a channel together.

A depthwise convolution, a pool, a sum, a reshape... give each channel of their output to the same channel of their
inputs. Tensors that are tied so form a group, and a group has a width W: channel c of each of them is every element
whose flat index is c modulo W. W divides all their last dimensions, so that a flattened image and the columns of a
dense layer that reads it are seen through: [1, 1, 1, 64] and [1, 64] have the width 64, and so has [1, 576] after
[1, 3, 3, 64].
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from lapel.ir import Graph, Instance
from lapel.ir.filters import Filters
from lapel.ops import registry


def filters_of(inst: Instance) -> Filters | None:
    """The filters of a node that has some."""
    return registry()[inst.node.op].filters(inst)


def tied_tensors(inst: Instance) -> tuple[str, ...]:
    """Names of the operands that lose channels together with the output, which is the first; empty if none can."""
    tied = [inst.inputs[k] for k in registry()[inst.node.op].tied(inst)]
    return (inst.node.outputs[0], *(t.name for t in tied if t is not None)) if tied else ()


def last(shape: Sequence[int]) -> int:
    """The last dimension; a scalar has one channel."""
    return shape[-1] if shape else 1


class Groups:
    """The groups of a graph: of each tensor, the name that stands for its group, its width and whether it is whole.

    A group is whole, that is keeps every channel, if some tensor of it is an input or output of the graph or belongs to
    a node that is not understood here. `floor` is the number of channels that must stay in any case.
    """

    def __init__(self, graph: Graph) -> None:
        self._parent = {name: name for name in graph.tensors}
        self._width = {name: last(t.type.shape) for name, t in graph.tensors.items()}
        self._floor = dict.fromkeys(graph.tensors, 1)
        whole = {*graph.inputs, *graph.outputs}
        for node in graph.nodes:
            whole.update(self._add(graph.instance(node)))
        self._whole = {self.root(name) for name in whole}

    def root(self, name: str) -> str:
        """The name that stands for the tensor's group."""
        parent = self._parent
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    def width(self, name: str) -> int:
        """Channels of the tensor's group."""
        return self._width[self.root(name)]

    def floor(self, name: str) -> int:
        """How many channels of the group must stay."""
        return min(self._floor[self.root(name)], self.width(name))

    def whole(self, name: str) -> bool:
        """Whether all channels of the group must stay."""
        return self.root(name) in self._whole

    def _add(self, inst: Instance) -> Sequence[str]:
        """Join what the node ties; the tensors that must stay whole for its sake."""
        node, filters = inst.node, filters_of(inst)
        if filters is not None and filters.mixed:
            self._narrow(node.inputs[0], 0 if filters.inputs is None else inst.x(1).shape[filters.inputs])
            root = self.root(node.outputs[0])
            self._floor[root] = max(self._floor[root], filters.least)
            return ()
        tied = tied_tensors(inst)
        for name in tied[1:]:
            self._join(tied[0], name)
        operands = [t for t in (*inst.inputs, *inst.outputs) if t is not None]
        per_channel = any(t.type.quant is not None and t.type.quant.axis is not None for t in operands)
        # Weights are no operands that could be tied, and may have scales by the channel.
        return () if tied and (filters is not None or not per_channel) else [t.name for t in operands]

    def _join(self, a: str, b: str) -> None:
        a, b = self.root(a), self.root(b)
        if a != b:
            self._parent[b] = a
            self._floor[a] = max(self._floor[a], self._floor[b])
            self._narrow(a, self._width[b])

    def _narrow(self, name: str, width: int) -> None:
        """Make the group's width a divisor of `width`; 0 has every divisor."""
        root = self.root(name)
        self._width[root] = gcd(self._width[root], width)
