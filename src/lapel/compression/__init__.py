"""Compression of trained networks, method by method; each is a function on a graph and data.

small = lapel.compression.prune(trained.graph, splits, density=0.05)
small.graph, small.notes, small.record.run.val.accuracy

What is compressed is an ordinary graph: its weights have zeros, or few values. How firmware stores them is planned by
what they hold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lapel.compression.method import Compressed, Context, Method, check_kind, make_options
from lapel.compression.methods import method_named, methods
from lapel.data import Dataset, Splits
from lapel.ir import Graph
from lapel.training import Progress, require_torch

__all__ = ["Compressed", "Context", "Method", "apply", "method_named", "methods"]


def apply(
    name: str,
    graph: Graph,
    data: Dataset | Splits | tuple[Any, Any],
    *,
    teacher: Graph | None = None,
    seed: int = 0,
    checkpoint: Path | str | None = None,
    progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Compressed:
    """Compress a graph by the method of this name; `lapel.compression.<name>` is the same without it.

    data: splits, or samples and labels that are split here; what decides is the validation part. teacher: the float
    network that a method may learn from. checkpoint, progress: as of `lapel.train`. options: the method's.
    Raises UsageError, InputError: method, options, graph and data do not fit; what `lapel.train` raises.
    """
    require_torch()
    from lapel.training.trainer import as_splits

    method = method_named(name)
    wanted = make_options(name, method, options)
    check_kind(name, method, graph)
    place = None if checkpoint is None else Path(checkpoint)
    return method.apply(graph, wanted, Context(as_splits(data, labels=False), teacher, seed, place, progress))


def __getattr__(name: str) -> Callable[..., Compressed]:
    """The function of a method."""
    if name not in methods():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return partial(apply, name)
