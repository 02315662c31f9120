"""PyTorch modules and .pt2 files as exported programs: graphs of functional ATen operators with static shapes."""

from __future__ import annotations

import copy
import io
import logging
import os
import sys
import traceback
import warnings
import zipfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from lapel.errors import FormatError, InputError, MissingTool, UnsupportedModel, UsageError, shown

SHOWN_CAUSE = 300
MOST_ROUNDS = 4
"""What an operator is taken apart into may have to be taken apart in turn."""


def torch() -> ModuleType:
    """The package; raises MissingTool if it is not installed."""
    try:
        import torch
    except ImportError as e:
        raise MissingTool('PyTorch is not installed, models of it need it: pip install "lapel[torch]"') from e
    return torch


def loaded() -> ModuleType | None:
    """The package, if anything has imported it."""
    return sys.modules.get("torch")


def export(module: Any, example: Any, name: str) -> Any:
    """The exported program of a module in evaluation mode; the module itself is left as it is.

    Raises UsageError without an example, InputError if the module refuses it, UnsupportedModel if torch.export does.
    """
    if example is None:
        raise UsageError(
            f"{type(module).__name__} has no example of its inputs, which says their shapes: "
            "lapel.load(module, example) with a tensor, or a tuple of tensors, as its forward takes them"
        )
    args, kwargs = _inputs(example)
    with _quiet():
        still = _still(module)
        _try(still, args, kwargs, name)
        try:
            return torch().export.export(still, args, kwargs or None)
        except Exception as e:  # torch raises of many kinds here
            raise UnsupportedModel(name, [f"torch.export refuses it: {_cause(e)}"], ADVICE) from e


ADVICE = (
    "Python that depends on values of tensors cannot be a graph: use torch.where, or take it out of forward; shapes "
    "are those of the example"
)


def read(data: bytes, name: str) -> Any:
    """The exported program of a .pt2 file's content. Raises FormatError if it is damaged."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise FormatError(
            f"{name}.pt2: found no archive, expected what torch.export.save writes: it may be truncated, "
            "copy it or export it again"
        )
    with _quiet():
        try:
            with _no_objects():
                return torch().export.load(io.BytesIO(data))
        except Exception as e:
            raise FormatError(
                f"{name}.pt2: found no program that torch {torch().__version__} reads ({_cause(e)}), expected what "
                "torch.export.save writes: export it again with this version"
            ) from e


def functional(program: Any, known: Collection[str]) -> Any:
    """The program without operations in place, and with those that are not `known` taken apart where that helps."""
    with _quiet():
        missing = _unknown(program, known)
        table = {op: f for op, f in _decompositions().items() if op in missing} if missing else {}
        if table:
            parted = _parted(program, table, known)
            if not _unknown(parted, known):
                return parted
            rest = {op: _unknown(_parted(program, {op: f}, known), known) for op, f in table.items()}
            return _parted(program, {op: f for op, f in table.items() if rest[op] <= missing - {op}}, known)
        if any(n.target._schema.is_mutable and not _overwrites_its_own(n) for n in _calls(program)):
            return _parted(program, {}, known)
    return program


def _parted(program: Any, table: Mapping[Any, Any], known: Collection[str]) -> Any:
    """The program with these operators taken apart, and in turn what they consist of; none is in place."""
    kept = _unknown(program, known)
    program = program.run_decompositions(dict(table))
    for _ in range(MOST_ROUNDS):
        new = _unknown(program, known) - kept
        more = {op: f for op, f in _decompositions().items() if op in new} if new else {}
        if not more:
            break
        program = program.run_decompositions(more)
    return program


def _calls(program: Any) -> list[Any]:
    return [n for n in program.graph.nodes if n.op == "call_function" and hasattr(n.target, "_schema")]


def _unknown(program: Any, known: Collection[str]) -> set[Any]:
    """Operators of inputs or weights that have no form."""
    return {n.target for n in _calls(program) if n.all_input_nodes and operator_name(n.target) not in known}


def _overwrites_its_own(node: Any) -> bool:
    """Whether an operation in place writes over what nothing else reads: it is the same as one that does not."""
    written = [k for k, a in enumerate(node.target._schema.arguments) if a.alias_info and a.alias_info.is_write]
    x = node.args[0] if node.args else None
    if written != [0] or getattr(x, "op", "") != "call_function" or set(getattr(x, "users", ())) != {node}:
        return False
    returns = getattr(getattr(getattr(x, "target", None), "_schema", None), "returns", None)
    return returns is not None and all(r.alias_info is None or r.alias_info.is_write for r in returns)


def operator_name(target: Any) -> str:
    """`conv2d` of `aten.conv2d.default`, and `relu` of `aten.relu_.default` too."""
    name = str(target._schema.name).split("::")[-1]
    return name.rstrip("_") if target._schema.is_mutable else name


def _decompositions() -> Mapping[Any, Any]:
    table: Mapping[Any, Any] = torch().export.default_decompositions()
    return table


def _inputs(example: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and named arguments, arrays as tensors, on the CPU."""
    if isinstance(example, Mapping):
        return (), {str(k): _tensor(v) for k, v in example.items()}
    given = example if isinstance(example, (tuple, list)) else (example,)
    return tuple(map(_tensor, given)), {}


def _tensor(value: Any) -> Any:
    t = torch()
    if isinstance(value, t.Tensor):
        return value.detach().cpu()
    if hasattr(value, "__array__"):
        array = value.__array__()
        return t.as_tensor(array.astype("float32") if array.dtype == "float64" else array)
    return value


def _still(module: Any) -> Any:
    """A copy in evaluation mode, on the CPU."""
    try:
        return copy.deepcopy(module).cpu().eval()
    except Exception as e:
        raise InputError(f"{type(module).__name__} cannot be copied ({_cause(e)}), expected a module that can") from e


def _try(module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], name: str) -> None:
    """Run it once, since what it says to a wrong example is clearer than what an export says."""
    try:
        with torch().no_grad():
            module(*args, **kwargs)
    except Exception as e:
        shapes = ", ".join(_shown(v) for v in (*args, *kwargs.values()))
        raise InputError(
            f"{name}: the module fails with the example {shapes}: {_cause(e)}; give inputs as its forward takes them"
        ) from e


def _shown(value: Any) -> str:
    return f"{value.dtype}{list(value.shape)}".removeprefix("torch.") if hasattr(value, "shape") else repr(value)


def _cause(e: BaseException) -> str:
    """The first line of an error, and where the user's code raised it."""
    lines = [line.strip() for line in str(e).splitlines() if line.strip()] or [type(e).__name__]
    return shown(lines[0], SHOWN_CAUSE) + user_place(_frames(e))


def _frames(e: BaseException) -> Iterable[tuple[str, int]]:
    return ((f.filename, f.lineno or 0) for f in traceback.extract_tb(e.__traceback__))


def user_place(frames: Iterable[tuple[str, int]]) -> str:
    """` (file, line n)` of the innermost frame that is neither PyTorch's nor Lapel's; empty if there is none."""
    rooms = tuple(str(Path(p).parent) for p in (torch().__file__ or "", __file__, copy.__file__))
    own = [(path, line) for path, line in frames if not path.startswith(rooms) and "<" not in path]
    return f" ({Path(own[-1][0]).name}, line {own[-1][1]})" if own else ""


@contextmanager
def _no_objects() -> Any:
    """torch.export.load unpickles some tensors: tensors it may, objects that run code it must not."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _quiet() -> Any:
    """PyTorch's own warnings about its own code are none of the user's, nor are the stacks that it logs."""
    log = logging.getLogger("torch.export")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, log.disabled = log.disabled, True
        try:
            yield
        finally:
            log.disabled = before
