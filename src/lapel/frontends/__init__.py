"""Front ends, one model format each: what users hold -> Graph.

Every module or package here that has a `FORMAT` is one.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from lapel.errors import GUIDE_INT8, InputError, UsageError, shown
from lapel.frontends._foreign import refuse_content, refuse_folder, refuse_suffix
from lapel.frontends._format import SHOWN_PATH, Format, model_name, read_file
from lapel.ir import Graph, Label

__all__ = ["Format", "Model", "formats", "is_model", "load"]

INDEX_DTYPES = ("int32", "int64")
"""Outputs of these are no scores but a class's index (ARG_MAX)."""

Model = Graph | str | Path | bytes | Any
"""What `load` makes a graph of: a graph, a path, a file's content, an estimator (with calibration data), or a
PyTorch module (with an example)."""


@cache
def formats() -> Mapping[str, Format]:
    """Every format by the name of its module."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: module.FORMAT for name, module in modules.items() if hasattr(module, "FORMAT")}


def load(
    model: Model, calibration: Any = None, *, name: str | None = None, classes: Iterable[Label] | None = None
) -> Graph:
    """The graph of whatever a user holds: a graph, the path or the content of a model file, an estimator, a module.

    What has a graph, as the results of `lapel.quantize` and `lapel.train` have, is that graph.

    calibration: what a model in memory needs to be a graph: of an estimator samples [n, features] as its `predict`
    takes them (for a choice of inputs and outputs there is `lapel.from_sklearn`), of a PyTorch module an example of its
    inputs, as its `forward` takes them. Of files of boosted trees, samples that say what the input holds, without which
    it is float32; for other files, none. name: by default a file's stem, else "model". classes: the
    label of each class in the order of the scores, two for a single score (the one below the threshold first), for a
    model that does not bring its own.

    A file's content counts before its suffix. Raises InputError, UsageError, and what the format's reader raises.
    """
    graph = _graph(model, calibration, name)
    if name is not None and graph.name != name:
        graph = replace(graph, name=name)
    return graph if classes is None else _with_classes(graph, tuple(classes))


def _graph(model: Model, calibration: Any, name: str | None) -> Graph:
    found = next((f for f in formats().values() if f.convert is not None and f.holds(model)), None)
    if found is not None and found.convert is not None:
        return found.convert(model, calibration, name or "model")
    held = getattr(model, "graph", None)
    model = held if isinstance(held, Graph) else model
    if isinstance(model, Graph):
        if calibration is not None:
            raise _needs_no(model)
        return model
    if isinstance(model, (bytes, bytearray, memoryview)):
        file = _File(bytes(model), name or "model", "", Path(name or "model"), None)
        return _read(file, calibration, model)
    if isinstance(model, (str, Path)):
        path = Path(model)
        refuse_folder(path)
        file = _File(read_file(path), name or model_name(path), path.suffix.lower(), path, path.parent)
        return _read(file, calibration, model)
    raise UsageError(
        f"found {_kind(model)}, expected a path, a model file's content as bytes, a Graph, a fitted scikit-learn "
        f"estimator, or a PyTorch module: {_way(model)}"
    )


@dataclass(frozen=True)
class _File:
    """A model file's content, what its graph is called, and where it is; folder: None of content alone."""

    data: bytes
    name: str
    suffix: str
    where: Path
    folder: Path | None


def _read(file: _File, calibration: Any, model: Model) -> Graph:
    found = _format_of(file)
    if calibration is None:
        graph = found.read_in(file.data, file.name, file.folder)
    elif found.read_calibrated is None:
        raise _needs_no(model)
    else:
        graph = found.read_calibrated(file.data, file.name, calibration)
    return replace(graph, file_sha256=hashlib.sha256(file.data).hexdigest())


def _format_of(file: _File) -> Format:
    """The format of a file, by its content before its suffix; raises InputError where there is none."""
    refuse_content(file.where, file.data)
    by_content = [f for f in formats().values() if f.matches(file.data)]
    by_suffix = [f for f in formats().values() if file.suffix in f.suffixes]
    for found in (*by_content, *by_suffix):
        return found
    refuse_suffix(file.where)
    endings = [(f.name, (*f.suffixes, *f.shared_suffixes)) for f in formats().values()]
    known = ", ".join(f"{name} ({' '.join(suffixes)})" for name, suffixes in endings if suffixes)
    where = shown(str(file.where), SHOWN_PATH)
    raise InputError(f"{where}: found an unknown kind of file, expected one of: {known}")


def is_model(path: Path) -> bool:
    """Whether a file's content is that of a model, whatever it is called. Raises InputError where it cannot be read."""
    data = read_file(path)
    return any(f.matches(data) for f in formats().values())


def _needs_no(model: Model) -> UsageError:
    return UsageError(
        f"calibration data is for an estimator, an example for a module, found {_kind(model)}, which needs "
        "neither: leave it out"
    )


def _with_classes(graph: Graph, classes: tuple[Label, ...]) -> Graph:
    if graph.origin.task == "regression":
        raise UsageError(f"{graph.name} is a regressor, which has no classes: leave them out")
    if len(graph.results) != 1:
        raise UsageError(f"{graph.name} has {len(graph.results)} outputs, classes need one with a score a class")
    scores = graph.tensors[graph.results[0]].type
    expected = 2 if scores.size == 1 else scores.size
    if scores.dtype not in INDEX_DTYPES and len(classes) != expected:
        raise UsageError(f"{graph.name}: {len(classes)} classes were given, its output has {expected}: {scores}")
    if len(set(classes)) != len(classes):
        twice = next(c for c in classes if classes.count(c) > 1)
        raise UsageError(f"{graph.name}: class {twice!r} was given twice: each class has one score")
    task = graph.origin.task if graph.origin.task == "multilabel" else "classification"
    return replace(graph, origin=replace(graph.origin, task=task, classes=classes))


def _way(model: object) -> str:
    """What to do with an object that is no model."""
    if isinstance(model, Mapping) and any(hasattr(v, "numpy") for v in model.values()):  # weights of PyTorch
        return "weights alone are no network, so load them into the module that they are of: module.load_state_dict(…)"
    return f"convert other models to .tflite or .onnx first, as {GUIDE_INT8} shows"


def _kind(model: object) -> str:
    if isinstance(model, (Graph, str, bytes, bytearray, memoryview, Path)):
        return f"a {type(model).__name__}"
    kind = model if isinstance(model, type) else type(model)
    what = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    return f"the class {what}" if isinstance(model, type) else f"an object of type {what}"
