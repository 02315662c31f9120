"""What users give as samples -> the model's integers, by rules that keep the meaning, and how that went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lapel.errors import InputError
from lapel.frames import Frame, from_dataframe
from lapel.ir import DTYPES, Graph, Node, Type
from lapel.ops import evaluate_node, registry
from lapel.proving import mistakes
from lapel.proving.layouts import to_graph, users_type
from lapel.proving.samples import Samples, prepare
from lapel.records import Input

UNIT = 255
"""Pixels are 0..255; a scale of 1/255 makes 0..1 of them. 1/256 is within the tolerance."""
TOLERANCE = 0.005
NEAR_END = 0.1
SLACK = 0.01
"""Of an integer: rounding of the scale to float32 is no saturation."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """samples: the model's integers, [N, *shape] by input. given: what they were made of, of that shape. numbers:
    float64, what they stand for, of the inputs that stand for numbers. used: how each was taken. warnings: what looks
    like a mistake, a sentence each."""

    samples: Samples
    given: Samples
    numbers: Samples
    used: tuple[Input, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Taken:
    """An array that `prepare` accepts, and how it came about."""

    array: np.ndarray
    how: str


def take(graph: Graph, given: Any) -> Inputs:
    """Samples of any kind: an array (or what numpy makes one of), a DataFrame or CSV table, or a mapping of these.

    - The model's own dtype: as it is.
    - Floats, booleans, and the columns of a table: numbers, quantized with the input's scale and zero point; integers
      too, if the input is float32 or the graph says that its samples are numbers.
    - uint8 for int8: x - 128, which is the uint8 quantization of the same scale, if the input stands for 0..1 or
      0..255, so that this is what an image's bytes mean.
    - Anything else is refused, with the rules.

    A row of a table is a whole sample: in the order of its columns, or by the names of the model's features. Where the
    graph has the axes in another order than the user's model (`Origin.layouts`), samples may have either, by their
    shape; one that both would fit is taken as the user's model has it, and `used` says so.
    """
    named = _by_name(graph, given)
    taken = {n: _ordered(graph, n, _meaning(graph, n, v)) for n, v in named.items() if n in graph.arguments}
    samples = prepare(graph, {n: taken[n].array if n in taken else np.asarray(v) for n, v in named.items()})
    whole = {n: taken[n].array.reshape(q.shape) for n, q in samples.items()}
    used, numbers, warnings = [], {}, []
    for name, q in samples.items():
        t, x = graph.tensors[name].type, whole[name]
        saturated = _saturated(graph, name, x) if x.dtype.kind == "f" else None
        used.append(Input(name, taken[name].how, saturated))
        if x.dtype.kind == "f":
            numbers[name] = x.astype(np.float64)
        elif t.quant is not None and t.quant.axis is None:
            numbers[name] = (q.astype(np.float64) - t.zero) * t.scale
        warnings += mistakes.of_input(name, t, x, q, saturated)
    return Inputs(samples, whole, numbers, tuple(used), tuple(warnings))


def _by_name(graph: Graph, given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    frame = from_dataframe(given)
    found = given if frame is None else frame
    if len(graph.arguments) != 1:
        prepare(graph, np.zeros(0))  # says which names are expected
    return {graph.arguments[0]: found}


def _ordered(graph: Graph, name: str, taken: _Taken) -> _Taken:
    """In the graph's order of axes."""
    x, order = to_graph(graph, name, taken.array)
    return _Taken(x, f"{taken.how}; {order}" if order else taken.how)


def _meaning(graph: Graph, name: str, value: Any) -> _Taken:
    t = graph.tensors[name].type
    frame = value if isinstance(value, Frame) else from_dataframe(value)
    if frame is not None:
        return _Taken(_rows(graph, name, frame.numbers(graph.origin.features, graph.origin.missing)), _quantized(t))
    if isinstance(value, (str, Path)):
        raise InputError(
            f"input {name!r} is the path {value}, expected an array or a DataFrame: read it with numpy or pandas"
        )
    x = np.asarray(value)
    if x.ndim == 0 and x.dtype == object:
        kind = type(value).__name__
        raise InputError(f"input {name!r} is a {kind}, expected an array: collect its samples, as numpy.stack does")
    if x.dtype == DTYPES[t.dtype]:
        return _Taken(x, "float32" if t.dtype == "float32" else f"the model's own {t.dtype}")
    if x.dtype.kind in "fb" or (x.dtype.kind in "iu" and (t.dtype == "float32" or graph.origin.numbers)):
        return _Taken(x if x.dtype.kind == "f" else x.astype(np.float64), _quantized(t))
    if (str(x.dtype), t.dtype) == ("uint8", "int8") and _bytes_are_meant(t, x):
        return _Taken((x ^ np.uint8(128)).view(np.int8), "uint8, x - 128")
    raise InputError(f"input {name!r} is {x.dtype}, expected {t.dtype} or float: {_advice(t, x)}")


def _quantized(t: Type) -> str:
    if t.dtype == "float32" or t.quant is None or t.quant.axis is not None:
        return "numbers, as float32"
    return f"numbers, x / {t.scale:.7g} {'-' if t.zero < 0 else '+'} {abs(t.zero)}"


def _near(scale: float, wanted: float) -> bool:
    return abs(scale / wanted - 1) <= TOLERANCE


def _bytes_are_meant(t: Type, x: np.ndarray) -> bool:
    """Whether an int8 input of this type takes a byte b of an image as b - 128.

    With zero point -128 the input stands for scale · (q + 128): at scale 1 for the byte itself, at 1/255 for
    byte / 255, unless the bytes are but zeros and ones, which may be such numbers themselves.
    """
    if t.quant is None or t.quant.axis is not None or t.zero != -128:
        return False
    return _near(t.scale, 1.0) or (_near(t.scale, 1 / UNIT) and bool((x > 1).any()))


def _advice(t: Type, x: np.ndarray) -> str:
    """The rules by which other integers may be converted, as code; which one is right the model cannot say."""
    if x.dtype.kind not in "iu":
        return "convert it to numbers"
    rules = []
    info = None if t.dtype in ("float32", "bool") else np.iinfo(DTYPES[t.dtype])
    if info is not None and t.quant is not None and t.quant.axis is None:
        low, high = ((v - t.zero) * t.scale for v in (info.min, info.max))
        rules.append(f"it stands for {low:.4g}..{high:.4g}; if x holds such numbers: x.astype('float32')")
        if (str(x.dtype), t.dtype) == ("uint8", "int8"):
            rules += [
                f"if it holds pixels, what training made of them, such as {_pixel_rule(low, high)}",
                f"if it is quantized as uint8 with this scale and zero point {t.zero + 128}: (x ^ 128).view('int8')",
                "x.astype('int8') is never right",
            ]
    if info is not None and x.dtype != np.uint8 and x.size and info.min <= x.min() and x.max() <= info.max:
        rules.append(f"if it is quantized already: x.astype('{t.dtype}')")
    return "; ".join(rules) or "convert it"


def _pixel_rule(low: float, high: float) -> str:
    """How training most often makes such a range of pixels; calibration may not have seen its ends."""
    ends = abs(low) < NEAR_END, abs(low + 1) < NEAR_END, abs(high - 1) < NEAR_END
    if ends[2] and (ends[0] or ends[1]):
        return "x.astype('float32') / 255" if ends[0] else "x.astype('float32') / 127.5 - 1"
    return "(x.astype('float32') / 255 - mean) / std"


def _rows(graph: Graph, name: str, x: np.ndarray) -> np.ndarray:
    """[N, columns] -> [N, *shape] of the user's model: a row is a sample, if there is no doubt in which order."""
    t = users_type(graph, name)
    inner = t.shape[1:] if t.shape and t.shape[0] == 1 else t.shape
    if len(inner) == 1 and x.shape[1] == inner[0]:
        return x
    if x.shape[1] != t.size:
        raise InputError(f"input {name!r}: the table has {x.shape[1]} columns, expected {t.size} for {list(inner)}")
    known = name in graph.origin.layouts
    if not known and len(inner) > 2 and inner[-1] > 1 and sum(d > 1 for d in inner) > 1:
        raise InputError(
            f"input {name!r}: a row of {x.shape[1]} columns may hold {list(inner)} channels first or last: "
            "give an array of that shape"
        )
    return x.reshape(len(x), *inner)


def _saturated(graph: Graph, name: str, x: np.ndarray) -> float | None:
    """The share of float values that are beyond what the input's integers stand for; None if nothing quantizes them.

    A float32 input is followed through what it alone decides, up to where it is quantized.
    """
    t = graph.tensors[name].type
    if t.dtype != "float32":
        return _beyond(t, x)
    values, at = x.astype(np.float32), name
    while True:
        readers = [n for n in graph.nodes if at in n.inputs]
        if len(readers) != 1:
            return None
        inst = graph.instance(readers[0])
        if [i.name for i in inst.inputs if i is not None and i.data is None] != [at]:
            return None
        if inst.y().dtype != "float32":
            says_the_same = registry()[readers[0].op].restates and inst.y().quant is not None
            return _beyond(inst.y(), values) if says_the_same and inst.y().dtype in ("int8", "uint8") else None
        values, at = _each(graph, readers[0], at, values), readers[0].outputs[0]


def _each(graph: Graph, node: Node, name: str, values: np.ndarray) -> np.ndarray:
    constants = {n: t.data for n, t in graph.tensors.items() if t.data is not None}
    return np.stack([evaluate_node(graph, node, {**constants, name: v})[0] for v in values])


def _beyond(t: Type, x: np.ndarray) -> float:
    """The share of numbers that are clamped when quantized, by more than rounding does."""
    info = np.iinfo(DTYPES[t.dtype])
    with np.errstate(over="ignore"):
        q = x.astype(np.float64) / t.scale + t.zero
    return float(np.mean((q < info.min - 0.5 - SLACK) | (q > info.max + 0.5 + SLACK)))
