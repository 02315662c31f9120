"""Kinds of models that Lapel refuses as a whole: one sentence for all operators of a kind, and the way out.

A float model of thirty layers has one cause, not thirty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lapel.errors import FULL_INT8, GUIDE_INT8, Problem
from lapel.frontends.tflite.content import ModelContent, OperatorContent, TensorContent
from lapel.ir.op import custom_code

SHOWN_PLACES, SHOWN_CODES = 3, 16
"""Operators of one code, and codes of one kind, that are named; the others are counted."""

COMPILED = {
    "edgetpu-custom-op": ("an Edge TPU", "edgetpu_compiler"),
    "ethos-u": ("an Ethos-U", "Vela"),
    "NeutronGraph": ("an NXP Neutron NPU", "its converter"),
}
"""(accelerator, its compiler) by the custom operator that stands for everything which that compiler took out."""

CONTROL_CODES = ("WHILE", "IF", "CALL", "STABLEHLO_WHILE", "STABLEHLO_CASE")

KINDS = {
    "float": f"{{n}} operators compute in float32{{places}}: quantize it to int8 {FULL_INT8}",
    "float16": "{n} operators compute in float16{places}: convert with float32 activations, weights may be float16",
    "int32": "{n} operators of int32 arithmetic{places} that Lapel does not have: leave it out of the model",
    "control": "{n} operators of control flow{places}: export a loop over time steps unrolled (in Keras unroll=True) "
    "or as one step that keeps its state (stateful=True, an input of one step); compute both branches of a condition",
    "flex": "{n} operators of TensorFlow itself{places}: neither TensorFlow Lite Micro nor Lapel has them, convert "
    "without SELECT_TF_OPS",
    "unsupported": "{n} operators not supported{places}: replace them by others or leave them out of the model",
}
"""What is said of the operators of a kind, in the order in which it is told."""

INT8_WAY = ("float", "float16")
"""Kinds that a conversion to int8 resolves."""

Kinds = Mapping[str, Mapping[str, Sequence[int]]]
"""Kind -> operator code -> indexes of its operators."""


def find_compiled(content: ModelContent) -> Problem | None:
    """The one problem of a file that the compiler of an accelerator has been through."""
    for op in content.operators:
        for code, (accelerator, compiler) in COMPILED.items():
            if op.code == custom_code(code):
                found = f"this file was compiled for {accelerator} (operator {code!r} holds code for it alone)"
                return Problem("", f"{found}: give Lapel the int8 .tflite that went into {compiler}")
    return None


def kind_of(op: OperatorContent, tensors: Sequence[TensorContent], known: bool) -> str | None:
    """The kind of an operator that cannot be imported, None if what is wrong is its own; known: Lapel has its code."""
    if op.code in CONTROL_CODES:
        return "control"
    if not known:
        return "flex" if op.code.startswith("CUSTOM 'Flex") else "unsupported"
    operands = [tensors[i] for i in (*op.inputs, *op.outputs) if i >= 0]
    made = {t.dtype for t in operands if t.data is None}
    stored = {t.dtype for t in operands if t.data is not None}
    if "float16" in made:
        return "float16"
    if any(d.startswith(("float", "bfloat")) for d in made | stored):
        return "float"
    return "int32" if made and made <= {"int32", "int64"} else None


def describe_kinds(kinds: Kinds, total: int) -> list[Problem]:
    """One problem for each kind, of a model of `total` operators."""
    return [Problem("", _describe(kind, kinds[kind], total)) for kind in KINDS if kind in kinds]


def advise(kinds: Kinds) -> str:
    """Where the way out is described, empty if there is no page on it."""
    if not any(kind in kinds for kind in INT8_WAY):
        return ""
    return f"see {GUIDE_INT8}: from Keras, PyTorch, ONNX or a float .tflite to an int8 .tflite"


def _describe(kind: str, codes: Mapping[str, Sequence[int]], total: int) -> str:
    count = sum(map(len, codes.values()))
    named = [f"{code} at op {_places(indexes)}" for code, indexes in list(codes.items())[:SHOWN_CODES]]
    if len(codes) > SHOWN_CODES:
        named.append(f"and {len(codes) - SHOWN_CODES} other codes")
    start = "this is a float model, " if kind == "float" and 2 * count > total else ""
    return start + KINDS[kind].format(n=f"{count} of {total}", places=f" ({'; '.join(named)})")


def _places(indexes: Sequence[int]) -> str:
    more = f" and {len(indexes) - SHOWN_PLACES} more" if len(indexes) > SHOWN_PLACES else ""
    return ", ".join(map(str, indexes[:SHOWN_PLACES])) + more
