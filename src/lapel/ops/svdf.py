"""Singular value decomposition filter: a layer over time as products of a filter over x and one over its own past.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [B, I] | per tensor |
| feature | int8 constant | [F, I], F = units · rank | symmetric, per tensor |
| time | int8 or int16 constant | [F, M] | symmetric, per tensor |
| bias | int32 constant, optional | [F / rank] | scale state·time, zero 0 |
| state | that of time | [B, F · M]: the last M results of each filter, the oldest first | per tensor |
| y | int8 | [B, F / rank] | per tensor |
| state' | that of time | that of state | that of state |

Attributes: rank (int >= 1), activation (none relu relu6 relu_n1_to_1), without effect on the range of y.
Source: Nakkiran et al., Compressing Deep Neural Networks using a Rank-Constrained Topology, 2015; TFLite Micro SVDF;
docs/SPEC.md §7.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_scale, draw_type, draw_zero, symmetric_weights
from lapel.families.weights import ACTIVATION, activation_code, activation_name
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.fixed import LIMITS, clamp_range, multiplier_problems, quantize_multiplier, requantize, wrap32
from lapel.ir.graph import DTYPES, Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Bias, Scaled, Signature, Weights

X, FEATURE, TIME, BIAS, STATE = range(5)
KERNELS = {"int8": "svdf", "int16": "svdf16"}
"""By the state's dtype."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    if len(op.inputs) != STATE + 1:
        raise UnsupportedNode(f"has {len(op.inputs)} inputs, expected {STATE + 1}: convert the model again")
    for i in (X, FEATURE, TIME, STATE):
        if op.inputs[i] is None:
            raise UnsupportedNode(f"input {i} is absent: convert the model again")
    activation = activation_name(op.option("FusedActivationFunction"))
    return NodeSpec("svdf", op.inputs, {"rank": int(op.option("Rank")), "activation": activation})


def write_tflite(inst: Instance) -> TfliteNode:
    code = activation_code(inst.attrs["activation"])
    return TfliteNode(inst.inputs, {"Rank": inst.attrs["rank"], "FusedActivationFunction": code})


class Svdf(Op):
    name = "svdf"
    tflite = (TfliteForm("SVDF", "SVDFOptions", range(1, 5), read_tflite, write_tflite, 3, variables=(STATE,)),)

    attributes = {"rank": Attribute("int"), "activation": ACTIVATION}
    signatures = tuple(
        Signature(
            (
                Scaled(("int8",), "input"),
                Weights(("int8",), "feature weights", axis=None),
                Weights((state,), "time weights", axis=None),
                Bias(("int32",), products=(STATE, TIME)),
                Scaled((state,), "state"),
            ),
            (Scaled(("int8",)), Scaled((state,), "new state")),
        )
        for state in KERNELS
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        return _shape_problems(inst)

    def check(self, inst: Instance) -> list[str]:
        y, activation, problems = inst.y(), inst.attrs["activation"], []
        if clamp_range("int8", activation, y.scale, y.zero) != (-128, 127):
            found = f"{activation} would cut the range of its output, {y}, and TFLite Micro does not apply it"
            problems.append(f"{found}: make it a node of its own")
        problems += multiplier_problems(feature_multiplier(inst), output_multiplier(inst))
        return problems + _accumulator_problems(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        units = inst.x(FEATURE).shape[0] // inst.attrs["rank"]
        return ((inst.x(X).shape[0], units), inst.x(X).dtype), (inst.x(STATE).shape, inst.x(STATE).dtype)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, feature, time, bias, state = arrays
        assert x is not None and feature is not None and time is not None and state is not None
        acc = (x.astype(np.int64) - inst.x(X).zero) @ feature.astype(np.int64).T
        dtype, zero = inst.x(STATE).dtype, inst.x(STATE).zero
        info = np.iinfo(dtype)
        newest = np.clip(requantize(acc, *quantize_multiplier(feature_multiplier(inst))), info.min, info.max)
        past = _moved(state, (newest + zero).astype(DTYPES[dtype]), time.shape[1])
        sums = _over_ranks(((past.astype(np.int64) - zero) * time.astype(np.int64)).sum(axis=2), inst)
        sums = wrap32(sums if bias is None else sums + bias.astype(np.int64))
        y = requantize(sums, *quantize_multiplier(output_multiplier(inst)))
        return np.clip(wrap32(y + inst.y().zero), -128, 127).astype(np.int8), past.reshape(state.shape)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        feature, time = _constant(inst, FEATURE), _constant(inst, TIME)
        sums = _over_ranks(time.astype(np.int64).sum(axis=1), inst)
        feature_mul, feature_shift = quantize_multiplier(feature_multiplier(inst))
        mul, shift = quantize_multiplier(output_multiplier(inst))
        params = {
            "feature": feature,
            "time": time,
            "feature_bias": (-inst.x(X).zero * feature.astype(np.int64).sum(axis=1)).astype(np.int32),
            "bias": wrap32(_bias(inst) - inst.x(STATE).zero * sums).astype(np.int32),
            "batches": inst.x(X).shape[0],
            "inputs": feature.shape[1],
            "units": len(sums),
            "rank": inst.attrs["rank"],
            "memory": time.shape[1],
            "feature_mul": feature_mul,
            "mul": mul,
            "feature_shift": feature_shift,
            "shift": shift,
            "state_zero": inst.x(STATE).zero,
            "y_zero": inst.y().zero,
        }
        operands = (inst.node.inputs[X], inst.node.inputs[STATE])
        return (Call(KERNELS[inst.x(STATE).dtype], inst.node.outputs, operands, params),)

    def macs(self, inst: Instance) -> int:
        return inst.x(X).shape[0] * (inst.x(FEATURE).size + inst.x(TIME).size)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, feature, time, bias, state = [None if a is None else a.astype(np.float64) for a in arrays]
        assert x is not None and feature is not None and time is not None and state is not None
        low, high = LIMITS[inst.attrs["activation"]]
        past = _moved(state, x @ feature.T, time.shape[1])
        sums = _over_ranks((past * time).sum(axis=2), inst)
        y = np.clip(sums if bias is None else sums + bias, low, high)
        return y, past.reshape(state.shape)

    def renews(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        return ((STATE, 1),)

    def cases(self) -> Sequence[Case]:
        return [Case(f"state_{d}", partial(draw_svdf, dtype=d)) for d in KERNELS]


def feature_multiplier(inst: Instance) -> float:
    """From sums over x to the state, every operation in float64."""
    return inst.x(X).scale * inst.x(FEATURE).scale / inst.x(STATE).scale


def output_multiplier(inst: Instance) -> float:
    """From sums over time to y, every operation in float64."""
    return inst.x(STATE).scale * inst.x(TIME).scale / inst.y().scale


def _constant(inst: Instance, i: int) -> np.ndarray:
    data = inst.const(i)
    assert data is not None, f"{inst.node.name}: input {i} is not a constant"
    return data


def _bias(inst: Instance) -> np.ndarray:
    """int64 [units], zeros if the node has none."""
    bias = inst.const(BIAS)
    units = inst.x(FEATURE).shape[0] // inst.attrs["rank"]
    return np.zeros(units, np.int64) if bias is None else bias.astype(np.int64)


def _moved(state: np.ndarray, newest: np.ndarray, memory: int) -> np.ndarray:
    """[B, F, M]: the state without each filter's oldest result, and with its newest one, [B, F], behind."""
    past = state.reshape(*newest.shape, memory)
    return np.concatenate([past[:, :, 1:], newest[:, :, None]], axis=2)


def _over_ranks(filters: np.ndarray, inst: Instance) -> np.ndarray:
    """Sums of each unit over its filters, [..., F] -> [..., units]."""
    return np.asarray(filters.reshape(*filters.shape[:-1], -1, inst.attrs["rank"]).sum(axis=-1))


def _shape_problems(inst: Instance) -> list[str]:
    x, feature, time, rank = inst.x(X).shape, inst.x(FEATURE).shape, inst.x(TIME).shape, inst.attrs["rank"]
    if len(x) != 2 or len(feature) != 2 or len(time) != 2:
        return [f"input, feature and time weights have shapes {x}, {feature}, {time}, expected 2 dimensions each"]
    filters = feature[0]
    if rank < 1 or filters % rank:
        return [f"rank is {rank}, expected a divisor of the {filters} filters: convert the model again"]
    expected: dict[int, tuple[int, ...]] = {
        FEATURE: (filters, x[1]),
        TIME: (filters, time[1]),
        STATE: (x[0], filters * time[1]),
    }
    if inst.has(BIAS):
        expected[BIAS] = (filters // rank,)
    names = {FEATURE: "feature weights", TIME: "time weights", STATE: "state", BIAS: "bias"}
    return [
        f"{names[i]}: shape is {inst.x(i).shape}, expected {shape}: convert the model again"
        for i, shape in expected.items()
        if inst.x(i).shape != shape
    ]


def _accumulator_problems(inst: Instance) -> list[str]:
    """A problem if some input could drive a sum out of 32 bits; with an int16 state sums over time wrap, as there."""
    feature = np.abs(_constant(inst, FEATURE).astype(np.int64)).sum(axis=1)
    worst = int(256 * feature.max())
    if inst.x(STATE).dtype == "int8":
        time = _over_ranks(np.abs(_constant(inst, TIME).astype(np.int64)).sum(axis=1), inst)
        worst = max(worst, int((256 * time + np.abs(_bias(inst))).max()))
    if worst < 2**31:
        return []
    return [f"an accumulator could reach {worst}, expected below 2^31: use smaller weights, bias or fan-in"]


def draw_svdf(rng: np.random.Generator, *, dtype: str) -> Graph:
    """One node; some sums saturate the state, and wrap round its zero point or, of 16 bits, over time."""
    batch, inputs, units, rank, memory = (int(rng.integers(1, most)) for most in (3, 13, 7, 4, 10))
    filters, steps = units * rank, {"int8": 1.0, "int16": 1 / 256}[dtype]
    x = draw_type(rng, "x", (batch, inputs))
    feature = symmetric_weights(rng, "feature", (filters, inputs), axis=None)
    time_type = Type((filters, memory), dtype, Quant((draw_scale(rng, 1e-3 * steps, 0.1 * steps),), (0,)))
    info = np.iinfo(DTYPES[dtype])
    most = info.max if rng.random() < 0.5 else info.max // 16
    time = Tensor("time", time_type, rng.integers(-most, most + 1, time_type.shape).astype(DTYPES[dtype]))
    spread = x.type.scale * feature.type.scale * 74 * inputs**0.5 * steps * float(rng.choice([0.3, 2.0]))
    zero = draw_zero(rng) if dtype == "int8" else int(rng.choice([0, 0, -5, 700]))
    state = Tensor("state", Type((batch, filters * memory), dtype, Quant((float(np.float32(spread)),), (zero,))))
    y_scale = spread * time_type.scale * most / 2 * (memory * rank) ** 0.5 / steps
    y = Type((batch, units), "int8", Quant((float(np.float32(y_scale)),), (draw_zero(rng),)))
    # Without a bias TFLite Micro reads a null pointer.
    bias_type = Type((units,), "int32", Quant((float(np.float32(spread * time_type.scale)),), (0,)))
    bias = Tensor("bias", bias_type, rng.integers(-20000, 20001, units, np.int32))
    activation = "relu" if y.zero == -128 else "none"
    return single("svdf", [x, feature, time, bias, state], [y, state.type], {"rank": rank, "activation": activation})


OP = Svdf()
