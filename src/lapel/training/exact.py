"""What nodes without weights make of integers, exactly: by a table, in PyTorch, or by the operator's reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lapel.ir import DTYPES, Instance, Type
from lapel.ir import Tensor as GraphTensor
from lapel.ops import registry
from lapel.training.integers import integer_operators
from lapel.training.rounding import Settled


def settled(t: Type, v: Tensor, q: Tensor) -> Tensor:
    """Integers q of a type, with the gradient of the numbers v that they were rounded from."""
    info = np.iinfo(DTYPES[t.dtype])
    made: Tensor = Settled.apply(v, q, int(info.min) - t.zero, int(info.max) - t.zero)
    return made


def centred(inst: Instance) -> Instance:
    """The node on integers less the zero point: attributes that are stored numbers are so, too."""
    declared, zero = registry()[inst.node.op].attributes, inst.y().zero
    stored = {name: float(inst.attrs[name] - zero) for name, a in declared.items() if a.stored}
    return replace(inst, node=replace(inst.node, attrs={**inst.attrs, **stored})) if stored else inst


def integers_of(inst: Instance, operands: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """Outputs less their zero points, exactly: by a table, in PyTorch, or by the operator's reference."""
    op = registry()[inst.node.op]
    with torch.no_grad():
        if op.elementwise and len(operands) == 1 and inst.x().dtype == inst.y().dtype == "int8":
            (x,) = operands
            assert x is not None
            return (_table(inst).to(x.device)[(x + inst.x().zero + 128).to(torch.int64)],)
        if inst.node.op in integer_operators():
            given = [None if o is None else o.to(torch.int64) for o in operands]
            return (integer_operators()[inst.node.op](inst, *given),)
        return _referred(inst, operands)


def _table(inst: Instance) -> Tensor:
    """float32 [256]: of each value of x in order the output less its zero point."""
    shape = (256,)
    x = replace(inst.inputs[0], type=replace(inst.x(), shape=shape)) if inst.inputs[0] is not None else None
    y = replace(inst.outputs[0], type=replace(inst.y(), shape=shape))
    (made,) = registry()[inst.node.op].reference(
        replace(inst, inputs=(x,), outputs=(y,)), np.arange(-128, 128).astype(np.int8)
    )
    return torch.from_numpy(made.astype(np.float32) - inst.y().zero)


def _referred(inst: Instance, operands: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """By the reference, of a batch as one sample of so many rows."""
    arrays: list[Any] = []
    tensors: list[GraphTensor | None] = []
    times = next(o.numel() // t.type.size for o, t in zip(operands, inst.inputs, strict=True) if _given(o, t))  # type: ignore[union-attr]
    for o, t in zip(operands, inst.inputs, strict=True):
        if o is None or t is None:
            arrays.append(None)
            tensors.append(None)
            continue
        zero = t.type.zero if t.type.quant is not None else 0
        arrays.append((o.detach().cpu().numpy() + zero).astype(DTYPES[t.type.dtype]))
        tensors.append(replace(t, type=replace(t.type, shape=tuple(o.shape))))
    outputs = tuple(
        replace(t, type=replace(t.type, shape=(t.type.shape[0] * times, *t.type.shape[1:]))) for t in inst.outputs
    )
    made = registry()[inst.node.op].reference(Instance(inst.node, tuple(tensors), outputs), *arrays)
    return tuple(torch.from_numpy(a.astype(np.float32) - t.type.zero) for a, t in zip(made, outputs, strict=True))


def _given(o: Tensor | None, t: GraphTensor | None) -> bool:
    return o is not None and t is not None and t.data is None
