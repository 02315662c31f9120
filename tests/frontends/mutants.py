"""Structured damage: a field of a sound file gets another plausible value, in the object form of the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers
from modelfile import Model, edit

from batch import with_states
from lapel.errors import LapelError
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.ops import registry

NUMBERS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 127, -1, 255, 1 << 20)
SCALES = (0.0, 1e-40, 1e-30, 0.5, 1.0, 2.5, 1e30, -1.0, float("inf"), float("nan"))
Change = Callable[[Model], Any]


def draw_file(rng: np.random.Generator) -> tuple[bytes, Graph]:
    """A file of one operator, from the operators' own test cases."""
    while True:
        op = registry()[str(rng.choice(sorted(registry())))]
        cases = op.cases() if op.tflite else ()
        if cases:
            graph = with_states(cases[int(rng.integers(len(cases)))].draw(rng))
            try:
                return write_tflite(graph), graph
            except LapelError:
                continue


def mutate(rng: np.random.Generator, data: bytes) -> bytes:
    """The file with one or two fields changed."""
    for _ in range(int(rng.integers(1, 3))):
        change = rng.choice(np.array([_quantization, _tensor, _options, _operator, _buffer, _model], object))
        data = edit(data, lambda m, change=change: change(rng, m))
    return data


def _pick(rng: np.random.Generator, items: Any) -> Any:
    return items[int(rng.integers(len(items)))]


def _number(rng: np.random.Generator) -> int:
    return int(rng.choice(NUMBERS))


def _quantization(rng: np.random.Generator, m: Model) -> None:
    quant = _pick(rng, m.subgraphs[0].tensors).quantization
    if quant is None or any(v is None or len(v) == 0 for v in (quant.scale, quant.zeroPoint)):
        return
    count = int(rng.integers(0, 1 + 2 * len(quant.scale))) if rng.random() < 0.3 else len(quant.scale)
    old = float(quant.scale[0])
    kind = int(rng.integers(5))
    if kind == 0:
        quant.scale = [float(rng.choice(SCALES)) for _ in range(count)]
    elif kind == 1:
        quant.zeroPoint = [_number(rng) for _ in range(count)]
    elif kind == 2:
        quant.quantizedDimension = _number(rng)
    elif kind == 3:
        quant.scale, quant.zeroPoint = [old] * count, [int(quant.zeroPoint[0])] * count
    else:
        quant.scale = [*quant.scale[:-1], 0.0]


def _tensor(rng: np.random.Generator, m: Model) -> None:
    t = _pick(rng, m.subgraphs[0].tensors)
    shape = [] if t.shape is None else [int(d) for d in t.shape]
    changes: list[Callable[[], Any]] = [
        lambda: setattr(t, "isVariable", True),
        lambda: setattr(t, "quantization", None),
        lambda: setattr(t, "shape", [1, *shape]),
        lambda: setattr(t, "shape", [d for d in shape if d != 1]),
        lambda: setattr(t, "shape", [int(np.prod(shape))]),
        lambda: setattr(t, "shape", None),
        lambda: setattr(t, "shapeSignature", [-1] * len(shape)),
        lambda: setattr(t, "sparsity", schema.SparsityParametersT()),
        lambda: setattr(t, "type", int(rng.integers(0, 20))),
        lambda: setattr(t, "buffer", int(rng.integers(0, len(m.buffers) + 1))),
        lambda: setattr(t, "name", _pick(rng, ["", "a*/", "\x1b[0m\n", "x" * 5000])),
    ]
    _pick(rng, changes)()


def _custom(rng: np.random.Generator, op: schema.OperatorT) -> None:
    """Another value of a custom operator's option, another option, or one more or less."""
    options = flexbuffers.Loads(bytes(op.customOptions))
    names = sorted(options) or ["none"]
    changes: list[Callable[[], Any]] = [
        *[lambda: options.update({str(rng.choice(names)): _number(rng)})] * 4,
        lambda: options.update({f"{rng.choice(names)}_more": 1}),
        lambda: options.pop(str(rng.choice(names)), None),
        lambda: options.update({str(rng.choice(names)): 0.5}),
    ]
    _pick(rng, changes)()
    op.customOptions = np.frombuffer(flexbuffers.Dumps(options), np.uint8)


def _options(rng: np.random.Generator, m: Model) -> None:
    op = m.subgraphs[0].operators[0]
    if op.customOptions is not None:
        _custom(rng, op)
        return
    fields = [] if op.builtinOptions is None else [k for k, v in vars(op.builtinOptions).items() if isinstance(v, int)]
    if not fields or rng.random() < 0.1:
        op.builtinOptions, op.builtinOptionsType = None, 0
    else:
        setattr(op.builtinOptions, _pick(rng, fields), min(_number(rng), 127))


def _operator(rng: np.random.Generator, m: Model) -> None:
    op = m.subgraphs[0].operators[0]
    inputs = [int(i) for i in op.inputs] if op.inputs is not None else []
    changes: list[Callable[[], Any]] = [
        lambda: setattr(op, "inputs", inputs[:-1]),
        lambda: setattr(op, "inputs", [*inputs, -1]),
        lambda: setattr(op, "inputs", [*inputs, *inputs[:1]]),
        lambda: setattr(op, "inputs", inputs[::-1]),
        lambda: setattr(op, "inputs", [-1 if rng.random() < 0.5 else i for i in inputs]),
        lambda: setattr(m.operatorCodes[0], "version", _number(rng)),
        lambda: setattr(m.operatorCodes[0], "deprecatedBuiltinCode", 0),
        lambda: setattr(m.operatorCodes[0], "builtinCode", int(rng.integers(0, 130))),
    ]
    _pick(rng, changes)()


def _buffer(rng: np.random.Generator, m: Model) -> None:
    buffer = _pick(rng, m.buffers)
    data = np.zeros(0, np.uint8) if buffer.data is None else np.array(buffer.data, np.uint8)
    changes: list[Callable[[], Any]] = [
        lambda: setattr(buffer, "data", np.append(data, np.zeros(64, np.uint8))),
        lambda: setattr(buffer, "data", data[: len(data) // 2]),
        lambda: setattr(buffer, "data", rng.integers(0, 256, len(data)).astype(np.uint8)),
        lambda: setattr(buffer, "data", None),
    ]
    _pick(rng, changes)()


def _model(rng: np.random.Generator, m: Model) -> None:
    sub = m.subgraphs[0]
    changes: list[Callable[[], Any]] = [
        lambda: m.subgraphs.append(schema.SubGraphT(name="other", tensors=[], inputs=[], outputs=[], operators=[])),
        lambda: setattr(m, "version", _number(rng) % 128),
        lambda: setattr(sub, "inputs", [*sub.inputs, *sub.inputs]),
        lambda: setattr(sub, "inputs", sub.inputs[:-1]),
        lambda: setattr(sub, "outputs", [*sub.outputs, *sub.inputs]),
        lambda: setattr(m, "description", None),
    ]
    _pick(rng, changes)()
