"""What a compression method is: graph and data in, a smaller graph and what was done to it out.

State lives in the graph alone: weights that are zero stay zero in every later step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, Protocol

from lapel.data import Splits
from lapel.errors import UsageError, some
from lapel.ir import Graph
from lapel.keywords import check_names, check_values
from lapel.records import TrainingRecord
from lapel.training.progress import Progress

Kind = Literal["float", "integer"]
"""What a graph computes on."""


@dataclass(frozen=True, eq=False)
class Context:
    """What a step may use beside its graph.

    splits: learned from `train`, decided by `val`; `test` is no method's to look at. teacher: the float network that
    the recipe began with. checkpoint: a file that the step's training goes on from.
    """

    splits: Splits
    teacher: Graph | None = None
    seed: int = 0
    checkpoint: Path | None = None
    progress: Callable[[Progress], None] | None = None


@dataclass(frozen=True, eq=False)
class Compressed:
    """What a step made. notes: what was done, with figures; warnings: what its user has to know; record: of its
    training, None without one."""

    graph: Graph
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    record: TrainingRecord | None = None


class Method(Protocol):
    """One way to compress. options: a frozen dataclass, whose annotations are checked (`lapel.keywords`)."""

    takes: tuple[Kind, ...]
    makes: Kind
    options: type[Any]

    def apply(self, graph: Graph, options: Any, context: Context) -> Compressed:
        """Raises UsageError, InputError: options, graph and data do not fit; what a training raises."""


def kind_of(graph: Graph) -> Kind:
    """`integer` if any of its tensors is quantized."""
    return "integer" if any(t.type.quant is not None for t in graph.tensors.values()) else "float"


def make_options(name: str, method: Method, given: Mapping[str, Any], where: str = "") -> Any:
    """The options of a step. Raises UsageError for those that are unknown, without a default, or of another type."""
    place = where or f"method {name!r}"
    known = fields(method.options)
    check_names(given, [f.name for f in known], f"{place}: option")
    check_values(method.options, given, place)
    missing = [f.name for f in known if f.name not in given and f.default is MISSING and f.default_factory is MISSING]
    if missing:
        raise UsageError(f"{place} needs {some(missing)}: give it")
    return method.options(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


def check_kind(name: str, method: Method, graph: Graph) -> None:
    """Raise UsageError if the method does not take graphs of this kind."""
    found = kind_of(graph)
    if found not in method.takes:
        words = {"float": "computes on floats: quantize it first", "integer": "is quantized already: do this before it"}
        raise UsageError(f"method {name!r} takes {' or '.join(method.takes)} graphs, {graph.name} {words[found]}")
