"""Compressed constants of a file, and the operators that decompress them, which vanish.

t = TFLM_DECODE(encoded, ancillary); CONV_2D(x, t)  -->  CONV_2D(x, t), t a constant
t = DENSIFY(sparse); CONV_2D(x, t)                  -->  the same
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from lapel.errors import FormatError, UnsupportedNode, shown
from lapel.frontends.tflite.compressions import BEFORE, Layout, decode
from lapel.frontends.tflite.content import OperatorContent
from lapel.frontends.tflite.flatbuffer import View
from lapel.frontends.tflite.sparsity import Sparse
from lapel.frontends.tflite.tensors import AGAIN, Content
from lapel.ir.op import custom_code

DECODE = custom_code("TFLM_DECODE")
DENSIFY = "DENSIFY"
MAKERS = (DECODE, DENSIFY)


@dataclass(frozen=True, slots=True, eq=False)
class Compressed:
    """A compressed constant: its content (uint8) in the file, and what makes elements of it.

    decode: raises UnsupportedNode with what is wrong with the content.
    """

    content: np.ndarray
    decode: Callable[[np.ndarray, Layout], np.ndarray]

    def expand(self, layout: Layout) -> np.ndarray:
        """The tensor's content as it was before it was compressed, uint8; raises UnsupportedNode."""
        return np.ascontiguousarray(self.decode(self.content, layout)).view(np.uint8)


def buffer_of(tensor: View, buffers: Sequence[np.ndarray]) -> np.ndarray:
    """The content of a tensor's buffer, empty if there is none."""
    index = tensor.integer("Buffer")
    return buffers[index] if index < len(buffers) else np.empty(0, np.uint8)


def resolve_decodes(
    operators: Sequence[OperatorContent], given: Collection[int], tensors: Sequence[View], buffers: Sequence[np.ndarray]
) -> tuple[tuple[OperatorContent, ...], dict[int, Content]]:
    """The operators without those that decompress, and what these make, by tensors; given: inputs of the subgraph.

    Raises FormatError where such a tensor is read before it is made, or made again.
    """
    found = {o: c for op in operators if op.code in MAKERS for o, c in _made(op, tensors, buffers)}
    waiting = found.keys() - set(given)
    for op in operators:
        for i in waiting.intersection(op.inputs):
            raise _misplaced(op, "reads", tensors[i], "before anything makes it", "operators in order")
        for o in op.outputs:
            if o in found and not (op.code in MAKERS and o in waiting):
                raise _misplaced(op, "makes", tensors[o], "a second time", "each tensor made once")
            waiting.discard(o)
    return tuple(op for op in operators if op.code not in MAKERS), found


def _made(op: OperatorContent, tensors: Sequence[View], buffers: Sequence[np.ndarray]) -> Sequence[tuple[int, Content]]:
    """What an operator makes of a pair of constants for each output, or of a sparse one."""
    if op.code == DENSIFY:
        return [(o, _densified(op, tensors, buffers)) for o in op.outputs]
    if len(op.inputs) != 2 * len(op.outputs) or min(op.inputs, default=0) < 0:
        found = f"is made by a TFLM_DECODE of {len(op.inputs)} inputs and {len(op.outputs)} outputs"
        return [(o, _refused(f"{found}, expected two constants for each output: {AGAIN}")) for o in op.outputs]
    contents = [buffer_of(tensors[i], buffers) for i in op.inputs]
    return [(o, _pair(*contents[2 * k : 2 * k + 2])) for k, o in enumerate(op.outputs)]


def _densified(op: OperatorContent, tensors: Sequence[View], buffers: Sequence[np.ndarray]) -> Content:
    view = tensors[op.inputs[0]] if len(op.inputs) == 1 and op.inputs[0] >= 0 else None
    parameters = view and view.table("Sparsity", "SparsityParameters", f"{view.where}, sparsity")
    if view is None or parameters is None:
        return _refused(f"is made by a DENSIFY of no sparse constant, expected one: {AGAIN}")
    return Sparse(buffer_of(view, buffers), parameters)


def _pair(content: np.ndarray, ancillary: np.ndarray) -> Compressed:
    if not len(content) or not len(ancillary):
        return _refused(f"is decompressed of what the model computes, expected two constants: {BEFORE}")
    return Compressed(content, lambda content, layout: decode(content, ancillary, layout))


def _refused(reason: str) -> Compressed:
    def refuse(content: np.ndarray, layout: Layout) -> np.ndarray:
        raise UnsupportedNode(reason)

    return Compressed(np.empty(0, np.uint8), refuse)


def _misplaced(op: OperatorContent, verb: str, tensor: View, when: str, expected: str) -> FormatError:
    where = f"{tensor.file.name}, op {op.index} {op.code}"
    return FormatError(f"{where}: {verb} {shown(tensor.text('Name'))!r} {when}, expected {expected}: {AGAIN}")
