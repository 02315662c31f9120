"""Changes of a .tflite file's object form, each on one field or a few: `mutate` applies some at random.

Every change is drawn from one generator, so that a seed gives the same file again. What the schema's writer cannot
pack (a number that its field has no bits for) is for the caller to draw again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

Model = Any
Change = Callable[[np.random.Generator, Model], None]

CHANGES: list[tuple[float, Change]] = []
"""Weight and function."""

NUMBERS = (-1, 0, 1, 2, 3, 4, 5, 7, 8, 31, 127, 128, 255, 256, 2**15 - 1, 2**15, 2**16, 2**24, 2**29, 2**30, 2**31 - 1)
NUMBERS = (*NUMBERS, *(-n for n in NUMBERS if n > 0), -(2**31), 2**32, 2**63 - 1, -(2**63))
REALS = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-45, 1.17e-38, 3.4e38, 6.0, 1 / 256, 1 / 128)
EXPONENTS = (-149, -126, -100, -64, -40, -32, -31, -30, -20, -8, 8, 15, 18, 29, 30, 31, 40, 126)
REALS = (*REALS, *(2.0**e for e in EXPONENTS))
NAMES = (
    "*/ int x; /*", '"; char *s = "', "a\\\nb", "a\nb\r\n", "\0", "a\0b", "??/\n", "%s%n", "//\\", "é" * 9, "\u202e",
    "int", "main", "x" * 300, "../../x", "a;b;c", "#include <x>", "}", "", " ", "lapel_arena", "\ud800", "\x7f\x1b[2J",
    "$(x)", "`x`",
)  # fmt: skip
MEGABYTE = 1 << 20


def change(weight: float) -> Callable[[Change], Change]:
    """Register a change."""

    def register(function: Change) -> Change:
        CHANGES.append((weight, function))
        return function

    return register


def mutate(rng: np.random.Generator, model: Model) -> None:
    """One to five changes."""
    weights = np.array([w for w, _ in CHANGES])
    for _ in range(int(rng.choice([1, 2, 3, 5], p=[0.5, 0.25, 0.15, 0.1]))):
        function = CHANGES[int(rng.choice(len(CHANGES), p=weights / weights.sum()))][1]
        try:
            function(rng, model)
        except (IndexError, ValueError, TypeError, AttributeError):
            continue  # an earlier change has left nothing to change here


def pick(rng: np.random.Generator, items: Any) -> Any:
    """One of a sequence."""
    return items[int(rng.integers(len(items)))]


def objects(model: Model) -> Iterator[Any]:
    """Every table of the file, the model first."""
    yield model
    for value in vars(model).values():
        for item in value if isinstance(value, list) else [value]:
            if hasattr(item, "Pack") or (type(item).__name__.endswith("T") and hasattr(item, "__dict__")):
                yield from objects(item)


def tensors(model: Model) -> list[Any]:
    return model.subgraphs[0].tensors


def operators(model: Model) -> list[Any]:
    return model.subgraphs[0].operators


@change(6)
def any_field(rng: np.random.Generator, model: Model) -> None:
    """Any field of any table, to something of its kind that is odd."""
    table = pick(rng, list(objects(model)))
    names = [n for n in vars(table) if n != "builtinOptionsType"]
    set_field(rng, model, table, pick(rng, names))


def set_field(rng: np.random.Generator, model: Model, table: Any, name: str) -> None:
    """Another value for one field, by the kind of the value that it has."""
    value = getattr(table, name)
    if isinstance(value, bool):
        new: Any = not value
    elif isinstance(value, (int, np.integer)):
        new = pick(rng, NUMBERS) if rng.random() < 0.7 else int(value) + pick(rng, (-1, 1, 2, 100))
    elif isinstance(value, float):
        new = real(rng, value)
    elif isinstance(value, (bytes, str)):
        new = pick(rng, NAMES)
    elif isinstance(value, (list, np.ndarray)):
        new = vector(rng, value)
    else:  # a table, or none
        same = [t for t in objects(model) if type(t) is type(value)]
        new = None if rng.random() < 0.5 or value is None else pick(rng, same)
    setattr(table, name, new)


def real(rng: np.random.Generator, value: float) -> float:
    """An extreme, or a power of two times the value."""
    return float(pick(rng, REALS)) if rng.random() < 0.6 else float(np.float32(value * 2.0 ** rng.integers(-40, 40)))


def vector(rng: np.random.Generator, value: Any) -> Any:
    """The vector emptied, shortened, lengthened, turned round, or with an entry of extremes or of another's."""
    items = list(value)
    kind = int(rng.integers(8))
    if kind == 0 or not items:
        return [] if rng.random() < 0.5 else None
    if kind == 1:
        items = items[: int(rng.integers(len(items)))]
    elif kind == 2:
        items = items * int(pick(rng, (2, 3, 9)))
    elif kind == 3:
        items = items[::-1]
    elif kind == 4:
        items.insert(int(rng.integers(len(items) + 1)), pick(rng, items))
    elif kind == 5:
        del items[int(rng.integers(len(items)))]
    elif isinstance(items[0], (int, float, np.number)):
        k = int(rng.integers(len(items)))
        floats = isinstance(items[0], (float, np.floating))
        items[k] = real(rng, float(items[k])) if floats else pick(rng, NUMBERS)
    else:
        i, k = (int(rng.integers(len(items))) for _ in range(2))
        items[i], items[k] = items[k], items[i]
    return items


@change(3)
def operator_code(rng: np.random.Generator, model: Model) -> None:
    """Another operator, version, or a disagreement of the old and the new field."""
    code, kind = pick(rng, model.operatorCodes), rng.random()
    if kind < 0.4:
        known = [getattr(schema.BuiltinOperator, n) for n in vars(schema.BuiltinOperator) if n.isupper()]
        code.builtinCode = pick(rng, known)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    elif kind < 0.6:
        other = pick(rng, model.operatorCodes)
        code.builtinCode, code.deprecatedBuiltinCode = other.builtinCode, other.deprecatedBuiltinCode
    elif kind < 0.8:
        code.version = pick(rng, NUMBERS)
    else:
        code.deprecatedBuiltinCode = pick(rng, (0, 1, 127, -1, 5))


@change(3)
def options(rng: np.random.Generator, model: Model) -> None:
    """Another operator's options, those of another kind, or none."""
    op, kind = pick(rng, operators(model)), rng.random()
    if kind < 0.4:
        other = pick(rng, operators(model))
        op.builtinOptions, op.builtinOptionsType = other.builtinOptions, other.builtinOptionsType
    elif kind < 0.8:
        names = [n for n in vars(schema.BuiltinOptions) if n.endswith("Options")]
        name = pick(rng, names)
        op.builtinOptionsType, op.builtinOptions = getattr(schema.BuiltinOptions, name), getattr(schema, f"{name}T")()
    elif kind < 0.9:
        op.builtinOptions, op.builtinOptionsType = None, 0
    else:
        op.builtinOptionsType = int(rng.integers(0, 256))


@change(6)
def option_field(rng: np.random.Generator, model: Model) -> None:
    """A field of the options, half of the time to a small number."""
    op = pick(rng, operators(model))
    name = pick(rng, list(vars(op.builtinOptions)))
    if rng.random() < 0.5 and type(getattr(op.builtinOptions, name)) is int:
        setattr(op.builtinOptions, name, int(rng.integers(0, 6)))
    else:
        set_field(rng, model, op.builtinOptions, name)


@change(3)
def operator_order(rng: np.random.Generator, model: Model) -> None:
    """Operators exchanged, repeated or left out."""
    ops = operators(model)
    i, k = (int(rng.integers(len(ops))) for _ in range(2))
    kind = rng.random()
    if kind < 0.4:
        ops[i], ops[k] = ops[k], ops[i]
    elif kind < 0.6:
        ops.insert(k, ops[i])
    elif kind < 0.8:
        del ops[i]
    else:
        ops.reverse()


@change(6)
def operands(rng: np.random.Generator, model: Model) -> None:
    """An input or output of an operator is another tensor, absent, or one of its own outputs: cycles."""
    op = pick(rng, operators(model))
    name = "inputs" if rng.random() < 0.75 else "outputs"
    items = list(getattr(op, name))
    kind = rng.random()
    if kind < 0.6 and items:
        items[int(rng.integers(len(items)))] = int(rng.integers(len(tensors(model))))
    elif kind < 0.7 and items:
        items[int(rng.integers(len(items)))] = int(next(iter(op.outputs)))
    elif kind < 0.8 and items:
        items[int(rng.integers(len(items)))] = pick(rng, (-1, -2, len(tensors(model)), 2**31 - 1))
    else:
        items = vector(rng, items) or []
    setattr(op, name, items)


@change(4)
def ends(rng: np.random.Generator, model: Model) -> None:
    """The graph's inputs or outputs: others, all that operators make, twice the same."""
    graph = model.subgraphs[0]
    kind = rng.random()
    if kind < 0.2:
        graph.outputs = [o for op in graph.operators for o in op.outputs]
    elif kind < 0.6:
        graph.outputs = [*graph.outputs, int(rng.integers(len(graph.tensors)))]
    elif kind < 0.8:
        graph.inputs = [*graph.inputs, int(rng.integers(len(graph.tensors)))]
    else:
        name = pick(rng, ("inputs", "outputs"))
        setattr(graph, name, vector(rng, getattr(graph, name)))


@change(6)
def shape(rng: np.random.Generator, model: Model) -> None:
    """A dimension, mostly to a small number, at times to one that overflows; or another tensor's shape."""
    t, kind = pick(rng, tensors(model)), rng.random()
    dims = list(t.shape)
    if kind < 0.2:
        dims = list(pick(rng, tensors(model)).shape)
    elif kind < 0.4 and dims:
        dims[int(rng.integers(len(dims)))] = int(rng.integers(0, 9))
    elif kind < 0.7 and dims:
        dims[int(rng.integers(len(dims)))] = int(pick(rng, [n for n in NUMBERS if abs(n) < 2**31]))
    elif kind < 0.8:
        dims = [int(pick(rng, (2**15, 2**16, 2**10, 2**20))) for _ in range(int(rng.integers(1, 5)))]
    elif kind < 0.9:
        dims = [1] * int(rng.integers(0, 12))
    else:
        dims = vector(rng, dims) or []
    t.shape = dims


@change(3)
def whole_shapes(rng: np.random.Generator, model: Model) -> None:
    """One dimension of every tensor that has it, so that the file may stay consistent and become large."""
    old = int(pick(rng, [d for t in tensors(model) for d in t.shape]))
    new = int(pick(rng, (1, 2, 3, 64, 1000, 2**12, 2**16, 2**20, 2**24, 2**29)))
    for t in tensors(model):
        if not t.buffer:
            t.shape = [new if int(d) == old else int(d) for d in t.shape]


@change(2)
def dtype(rng: np.random.Generator, model: Model) -> None:
    """Another type of a tensor's elements, or of all activations'."""
    code = int(pick(rng, (0, 1, 2, 3, 4, 6, 7, 9, 17, 18, 99)))
    if rng.random() < 0.8:
        pick(rng, tensors(model)).type = code
        return
    for t in tensors(model):
        t.type = code if t.type == 9 else t.type


@change(8)
def quantization(rng: np.random.Generator, model: Model) -> None:
    """Scales and zero points: extremes, too many, too few, another axis, another tensor's."""
    t = pick(rng, [t for t in tensors(model) if t.quantization is not None])
    q, kind = t.quantization, rng.random()
    if kind < 0.5:
        scales = list(q.scale)
        scales[int(rng.integers(len(scales)))] = real(rng, float(scales[0]))
        q.scale = scales
    elif kind < 0.6:
        q.scale = [real(rng, float(s)) for s in q.scale]
    elif kind < 0.75:
        odd = rng.random() < 0.3
        q.zeroPoint = [int(pick(rng, NUMBERS)) if odd else int(rng.integers(-128, 128)) for _ in q.zeroPoint]
    elif kind < 0.85:
        name = pick(rng, ("scale", "zeroPoint", "min", "max"))
        setattr(q, name, vector(rng, getattr(q, name) if getattr(q, name) is not None else [1.0]))
    elif kind < 0.92:
        q.quantizedDimension = int(rng.integers(-1, 5))
    else:
        t.quantization = pick(rng, tensors(model)).quantization


@change(3)
def all_scales(rng: np.random.Generator, model: Model) -> None:
    """Every activation's scale times one power of two: a consistent file at the ends of float32."""
    factor = 2.0 ** int(rng.integers(-130, 130))
    for t in tensors(model):
        if t.quantization is not None and t.quantization.scale is not None and not t.buffer:
            with np.errstate(over="ignore", under="ignore"):
                t.quantization.scale = [float(np.float32(s * factor)) for s in t.quantization.scale]


@change(5)
def buffer(rng: np.random.Generator, model: Model) -> None:
    """Content: shared with another tensor, cut, grown, extremes of int32 or int8, or absent."""
    kind = rng.random()
    if kind < 0.3:
        pick(rng, tensors(model)).buffer = int(rng.integers(len(model.buffers) + (rng.random() < 0.1)))
        return
    b = pick(rng, [b for b in model.buffers if b.data is not None])
    data: np.ndarray = np.array(b.data, np.uint8)
    if kind < 0.5:
        data = data[: int(rng.integers(len(data) + 1))]
    elif kind < 0.6:
        data = np.tile(data, int(pick(rng, (2, 3, 1000))))[:MEGABYTE]
    elif kind < 0.9 and len(data) % 4 == 0:
        words = data.view(np.int32).copy()
        words[int(rng.integers(len(words)))] = pick(rng, [n for n in NUMBERS if -(2**31) <= n < 2**31])
        data = words.view(np.uint8)
    else:
        data = np.full(len(data), pick(rng, (0, 1, 127, 128, 255)), np.uint8)
    b.data = data


@change(3)
def name(rng: np.random.Generator, model: Model) -> None:
    """A name that ends comments, escapes, or is very long; of one tensor, of all, or of the graph."""
    text = pick(rng, NAMES) if rng.random() < 0.98 else "n" * MEGABYTE
    raw = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.2:
        for t in tensors(model):
            t.name = raw
    elif rng.random() < 0.8:
        pick(rng, tensors(model)).name = raw
    else:
        model.subgraphs[0].name = raw


@change(2)
def subgraphs(rng: np.random.Generator, model: Model) -> None:
    """None, two, or an empty one; buffers and tensors left out."""
    kind = rng.random()
    if kind < 0.2:
        model.subgraphs = [*model.subgraphs, schema.SubGraphT()]
    elif kind < 0.4:
        model.subgraphs = [schema.SubGraphT(), *model.subgraphs]
    elif kind < 0.6:
        table = pick(rng, (model, model.subgraphs[0]))
        names = [n for n, v in vars(table).items() if isinstance(v, list)]
        setattr(table, pick(rng, names), pick(rng, ([], None)))
    elif kind < 0.8:
        pick(rng, tensors(model)).isVariable = True
    else:
        pick(rng, tensors(model)).sparsity = schema.SparsityParametersT(traversalOrder=[0, 1], dimMetadata=[])


@change(0.3)
def many_operators(rng: np.random.Generator, model: Model) -> None:
    """A long chain, or a long row of operators that all are outputs, from one operator that keeps its input's type."""
    graph = model.subgraphs[0]
    op = pick(rng, [o for o in graph.operators if len(o.outputs) == 1 and tensors(model)[o.outputs[0]].type == 9])
    source, count = int(next(iter(op.inputs))), int(pick(rng, (300, 1000, 3000)))
    chain, made = rng.random() < 0.5, []
    for _ in range(count):
        t = schema.TensorT()
        vars(t).update(vars(graph.tensors[op.outputs[0]]))
        graph.tensors.append(t)
        new = schema.OperatorT()
        vars(new).update(vars(op))
        new.inputs, new.outputs = [source, *list(op.inputs)[1:]], [len(graph.tensors) - 1]
        source = new.outputs[0] if chain else source
        made.append(new)
    graph.operators += made
    graph.outputs = [*graph.outputs, *([source] if chain else [m.outputs[0] for m in made])]
