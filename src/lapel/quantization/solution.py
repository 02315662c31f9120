"""Ranges of tensors --> the type of each: one for all that are tied, and what operators make as they make it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lapel.ir import Graph, Quant, Type
from lapel.ir.signature import Operand, Scaled
from lapel.quantization.rows import integer_rows
from lapel.quantization.scales import Range, quant_of, range_of
from lapel.quantization.ties import tied_classes

OTHER = {"int8": "int16", "int16": "int8"}
Dtypes = str | Mapping[str, str]
"""int8 or int16, of all activations or by tensor, int8 where it is not named."""


def choose_types(graph: Graph, ranges: Mapping[str, Range], dtypes: Dtypes = "int8") -> dict[str, Type]:
    """What `convert` needs: the type of each float tensor that is no constant, and that of a copy in the other dtype.

    ranges: of these tensors. Tensors that are tied have one type, and that dtype if one of them is to have it and the
    operators at hand can. What is made and read by nodes alone that have no integer row stays float32.
    """
    uses = _Uses(graph)
    found: dict[str, Type] = {}
    for names in tied_classes(graph):
        made = [n for n in names if graph.tensors[n].data is None]
        if not any(uses.in_integers(n) for n in made):
            found |= {n: graph.tensors[n].type for n in made}
            continue
        wanted = {dtypes if isinstance(dtypes, str) else dtypes.get(n, "int8") for n in made}
        dtype = uses.possible(made, "int16" if "int16" in wanted else "int8")
        lo, hi = _joint(graph, uses, names, ranges, dtype)
        quant = _quant(uses, made, lo, hi, dtype)
        for n in made:
            found[n] = replace(graph.tensors[n].type, dtype=dtype, quant=quant)
            other = OTHER[dtype]
            found[f"{n}/{other}"] = replace(found[n], dtype=other, quant=quant_of(lo, hi, other))
    return found


def _joint(graph: Graph, uses: _Uses, names: tuple[str, ...], ranges: Mapping[str, Range], dtype: str) -> Range:
    """The range that covers a class, its constants included."""
    lo = hi = 0.0
    for n in names:
        data = graph.tensors[n].data
        least, most = ranges[n] if data is None else (float(data.min()), float(data.max()))
        for quant in (o.exactly for o in uses.of_makers(n, dtype) if o.exactly is not None):
            low, high = range_of(Type((), dtype, quant))  # beyond it the operator saturates
            least, most = max(least, low), min(most, high)
        lo, hi = min(lo, least), max(hi, most)
    return lo, hi


def _quant(uses: _Uses, names: list[str], lo: float, hi: float, dtype: str) -> Quant:
    """The quantization of a class: the one that an operator makes, if it covers the range, else what fits it."""
    makers = [o for n in names for o in uses.of_makers(n, dtype)]
    for quant in (o.exactly or o.best for o in makers):
        if quant is not None and covers(Type((), dtype, quant), (lo, hi)):
            return quant
    operands = [*makers, *(o for n in names for o in uses.of_readers(n, dtype))]
    symmetric, power = any(o.symmetric for o in operands), any(o.power for o in operands)
    reach = max((o.reach for o in operands), default=0.0)
    return quant_of(lo, hi, dtype, Scaled((dtype,), symmetric=symmetric, power=power, reach=reach))


def covers(t: Type, range_: Range) -> bool:
    """Whether a type stands for all of a range, but for a step, as for the 1 of probabilities."""
    least, most = range_of(t)
    return least - t.scale <= range_[0] and range_[1] <= most + t.scale


@dataclass
class _Uses:
    """Of each tensor, the operands that it is in the integer rows of its maker and of its readers."""

    graph: Graph
    makers: dict[str, list[Operand]] = field(init=False)
    readers: dict[str, list[Operand]] = field(init=False)
    ends: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.makers, self.readers = {}, {}
        read = set[str]()
        for node in self.graph.nodes:
            inst = self.graph.instance(node)
            read |= set(node.inputs)
            for row in integer_rows(inst):
                for _, operand, t in row.pairs(inst):
                    side = self.makers if t.name in node.outputs else self.readers
                    side.setdefault(t.name, []).append(operand)
        self.ends = set(self.graph.inputs) - read

    def in_integers(self, name: str) -> bool:
        """Whether a node that makes or reads it can do so in integers; of what no node does, it is."""
        return name in self.makers or name in self.readers or name in self.ends

    def possible(self, names: list[str], wanted: str) -> str:
        """The dtype that the makers of tensors, and the readers of states, can have them in; the wanted one if so."""
        states = set(self.graph.states)
        for dtype in (wanted, OTHER[wanted]):
            sides = [self.readers.get(n, []) if n in states else self.makers.get(n, []) for n in names]
            if all(not side or any(not o.dtypes or dtype in o.dtypes for o in side) for side in sides):
                return dtype
        return "int8"

    def of_makers(self, name: str, dtype: str) -> Iterator[Scaled]:
        """Operands of this dtype that it is made as."""
        return _scaled(self.makers.get(name, []), dtype)

    def of_readers(self, name: str, dtype: str) -> Iterator[Scaled]:
        """Operands of this dtype that it is read as."""
        return _scaled(self.readers.get(name, []), dtype)


def _scaled(operands: list[Operand], dtype: str) -> Iterator[Scaled]:
    return (o for o in operands if isinstance(o, Scaled) and dtype in o.dtypes)
