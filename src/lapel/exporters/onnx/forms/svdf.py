"""The filter over time: its memory without the oldest column, and the newest behind it."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter

X, FEATURE, TIME, BIAS, STATE = range(5)


def write(e: Emitter) -> tuple[str, ...]:
    (filters, memory), (batch, units) = e.inst.x(TIME).shape, e.inst.y().shape
    newest = e.reshaped(e.op("Gemm", e.x(X), e.x(FEATURE), transB=1), batch, filters, 1)
    state = e.moved(STATE, "Reshape", e.ints(batch, filters, memory))
    older = e.op("Slice", state, e.ints(1), e.ints(memory), e.ints(2))
    past = e.op("Concat", e.rounded(older, 1), e.rounded(newest, 1), axis=2)
    sums = e.op("ReduceSum", e.op("Mul", past, e.x(TIME)), e.ints(2), keepdims=0)
    y = e.op("ReduceSum", e.reshaped(sums, batch, units, e.inst.attrs["rank"]), e.ints(2), keepdims=0)
    bias = e.bias(BIAS, STATE, TIME)
    y = y if bias is None else e.op("Add", y, bias)
    return e.activated(y), e.reshaped(past, *e.inst.y(1).shape)
