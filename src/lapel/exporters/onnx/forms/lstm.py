"""LSTM; with a limit on the cell, which that lacks, step by step."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter

X, H, C, W, R, BIAS = 0, 1, 2, 3, 7, 11
INPUT, FORGET, CELL, OUTPUT = range(4)
ORDER = (INPUT, OUTPUT, FORGET, CELL)
"""Gates of ONNX's LSTM."""


def write(e: Emitter) -> tuple[str, ...]:
    time_major, (batch, units) = e.inst.attrs["time_major"], e.inst.x(H).shape
    x = e.x(X) if time_major else e.moved(X, "Transpose", perm=[1, 0, 2])
    if e.inst.attrs["cell_clip"] > 0:
        y, h, c = _steps(e, x)
    else:
        w, r = (_gates(e, k) for k in (W, R))
        bias = e.op("Concat", *(_bias(e, g) for g in ORDER), e.floats([0.0] * (4 * units)), axis=0)
        states = [e.moved(k, "Reshape", e.ints(1, batch, units)) for k in (H, C)]
        inputs = (x, w, r, e.reshaped(bias, 1, 8 * units), "", *states)
        y, h, c = e.ops("LSTM", *inputs, outputs=3, hidden_size=units)
        y = e.op("Squeeze", y, e.ints(1))
    y = y if time_major else e.op("Transpose", y, perm=[1, 0, 2])
    return y, *(e.reshaped(v, *e.inst.y(k).shape) for k, v in ((1, h), (2, c)))


def _gates(e: Emitter, at: int) -> str:
    """The weights of all gates, [1, 4 · N, …]."""
    return e.op("Unsqueeze", e.op("Concat", *(e.x(at + g) for g in ORDER), axis=0), e.ints(0))


def _bias(e: Emitter, gate: int) -> str:
    bias = e.bias(BIAS + gate, X, W + gate)
    assert bias is not None
    return bias


def _steps(e: Emitter, x: str) -> tuple[str, str, str]:
    """The layer step by step: x [T, B, I] -> y [T, B, N], hidden, cell."""
    time, clip = e.inst.x(X).shape[0 if e.inst.attrs["time_major"] else 1], e.inst.attrs["cell_clip"]
    low, high, made = e.floats(-clip), e.floats(clip), []
    h, c = e.x(H), e.x(C)
    parts = e.ops("Split", x, outputs=time, axis=0, num_outputs=time)
    for part in parts:
        step = e.op("Squeeze", part, e.ints(0))
        sums = [_sum(e, gate, step, h) for gate in range(4)]
        i, f, o = (e.op("Sigmoid", sums[g]) for g in (INPUT, FORGET, OUTPUT))
        c = e.op("Add", e.op("Mul", f, c), e.op("Mul", i, e.op("Tanh", sums[CELL])))
        c = e.op("Clip", c, low, high)
        h = e.op("Mul", o, e.op("Tanh", c))
        made.append(e.op("Unsqueeze", h, e.ints(0)))
    return e.op("Concat", *made, axis=0), h, c


def _sum(e: Emitter, gate: int, x: str, h: str) -> str:
    """What a gate's curve is applied to."""
    recurrent = e.op("Gemm", h, e.x(R + gate), transB=1)
    return e.op("Add", e.op("Gemm", x, e.x(W + gate), _bias(e, gate), transB=1), recurrent)
