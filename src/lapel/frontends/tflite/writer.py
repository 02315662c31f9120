"""Graph -> .tflite: every node through the `TfliteForm` of its operator, into a schema version 3 file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np

from lapel.errors import UnsupportedModel, UnsupportedNode, UsageError, shown
from lapel.frontends.tflite.flexbuffer import write_options
from lapel.frontends.tflite.schema import (
    DEPRECATED_CODE_LIMIT,
    IDENTIFIER,
    INT4,
    OPERATOR_CODES,
    OPTIONS_CODES,
    RESOURCE,
    TABLES,
    TYPE_CODES,
    VERSION,
)
from lapel.frontends.tflite.tensors import LEAST_INT4, MOST_INT4, PACKED_WEIGHTS, WEIGHTS, pack_int4
from lapel.frontends.tflite.variables import initial_value, resource_value
from lapel.ir import Carry, Graph, Node, Quant, Tensor, TfliteForm, TfliteNode, Type
from lapel.ir.op import CUSTOM, custom_name
from lapel.ops import registry

BUFFER_ALIGNMENT = 16
"""Bytes; the schema wants constants so aligned, because interpreters use them in place."""


def write_tflite(graph: Graph, *, int4: bool = False, operators: Collection[str] | None = None) -> bytes:
    """The graph as the content of a .tflite file; raises UnsupportedModel listing the nodes it cannot say.

    int4: weights of int8 layers whose values all are -8..7 are stored in four bits. It is the same model, in a file
    that readers from before int4 (TensorFlow Lite 2.12) refuse. operators: codes of those that the file's reader has,
    such as CONV_2D; None: all. States take VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE beside them.
    """
    if not isinstance(graph, Graph):
        raise UsageError(f"found an object of type {type(graph).__name__}, expected a Graph: lapel.load makes one")
    problems = _state_problems(graph)
    written: list[tuple[Node, TfliteForm, TfliteNode]] = []
    for node in graph.nodes:
        found = _find_form(graph, node, operators)
        if isinstance(found, str):
            problems.append(f"node {shown(node.name)!r} ({node.op}): {found}")
        else:
            written.append((node, *found))
    if problems:
        raise UnsupportedModel(f"{graph.name}: cannot be written as .tflite", problems)
    packed = _int4_weights(graph, written) if int4 else frozenset()
    hidden = frozenset(node.inputs[k] for node, form, _ in written for k, _ in form.hidden)
    return _Writer(graph, packed, hidden).write(written)


def _int4_weights(graph: Graph, written: Sequence[tuple[Node, TfliteForm, TfliteNode]]) -> frozenset[str]:
    """Names of the constants that four bits hold, and that are weights of operators that unpack them, nothing else."""
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    uses.update(graph.outputs)
    found = set()
    for node, form, file in written:
        w = file.inputs[WEIGHTS] if form.code in PACKED_WEIGHTS else None
        if w is None or w.data is None or w.type.dtype != "int8" or graph.tensors.get(w.name) is not w:
            continue
        symmetric = w.type.quant is not None and not any(w.type.quant.zero)
        narrow = w.data.size and w.data.min() >= LEAST_INT4 and w.data.max() <= MOST_INT4
        if symmetric and narrow and uses[w.name] == 1 and graph.instance(node).x().dtype == "int8":
            found.add(w.name)
    return frozenset(found)


def _find_form(graph: Graph, node: Node, codes: Collection[str] | None) -> tuple[TfliteForm, TfliteNode] | str:
    """The first form of the node's operator that can say what it does, or the reason why none can. codes: the only."""
    op = registry().get(node.op)
    if op is None:
        return "there is no such operator"
    reason = f"no .tflite operator computes this with {dict(node.attrs)}"
    found = [form for form in op.tflite if codes is None or form.code in codes]
    if not found and op.tflite:
        return f"its reader has no {' or '.join(form.code for form in op.tflite)}"
    for form in found:
        try:
            out = form.write(graph.instance(node))
        except UnsupportedNode as e:
            reason = e.message
            continue
        if out is not None:
            return form, out
    return reason


def _renewed(graph: Graph) -> set[tuple[str, str]]:
    """(old state, new state) of the operators with state, which have theirs in variable tensors."""
    known = [(node, registry()[node.op].renews(graph.instance(node))) for node in graph.nodes if node.op in registry()]
    return {(node.inputs[i], node.outputs[k]) for node, pairs in known for i, k in pairs}


def _state_problems(graph: Graph) -> list[str]:
    """Problems of the states of operators with state: a variable tensor starts at rest, and is kept."""
    renewed, problems = _renewed(graph), []
    for c in graph.carries:
        at_rest = (c.initial == initial_value(graph.tensors[c.state].type)).all()
        if (c.state, c.update) in renewed and not at_rest:
            problems.append(
                f"state {shown(c.state)!r}: starts with other values than TFLite Micro gives a variable tensor, which "
                "a file cannot say"
            )
    kept = {(c.state, c.update) for c in graph.carries}
    problems += [f"{shown(k)!r} is new state of {shown(i)!r}, but not kept" for i, k in sorted(renewed - kept)]
    return problems


def _handle(c: Carry) -> Tensor:
    """The tensor of a resource variable's handle."""
    return Tensor(f"{c.state}/variable", Type((), RESOURCE))


@dataclass
class _Writer:
    """State of one write: the flatbuffer under construction and the tables that operators index."""

    graph: Graph
    packed: frozenset[str]
    hidden: frozenset[str] = frozenset()
    """States that an operator of the file keeps inside, where no tensor is one."""
    builder: flatbuffers.Builder = field(default_factory=lambda: flatbuffers.Builder(1024))
    tensors: list[Tensor] = field(default_factory=list)
    indexes: dict[str, int] = field(default_factory=dict)
    codes: dict[tuple[str, int], int] = field(default_factory=dict)
    states: set[str] = field(init=False)
    updates: set[str] = field(init=False)
    untold: set[str] = field(init=False)
    """Tensors of the graph that the file has none for."""
    resources: list[Carry] = field(init=False)
    """States in resource variables; all others are variable tensors, of which the new state is no tensor of its own."""

    def __post_init__(self) -> None:
        renewed = _renewed(self.graph)
        kept = [c for c in self.graph.carries if (c.state, c.update) in renewed]
        variables = [c for c in kept if c.state not in self.hidden]
        self.states, self.updates = {c.state for c in variables}, {c.update for c in variables}
        self.untold = {*self.updates, *self.hidden}
        self.resources = [c for c in self.graph.carries if (c.state, c.update) not in renewed]

    def write(self, nodes: Sequence[tuple[Node, TfliteForm, TfliteNode]]) -> bytes:
        for t in self.graph.tensors.values():
            if t.name not in self.untold:
                self._add_tensor(t)
        handles = [self._add_tensor(_handle(c)) for c in self.resources]
        operators = self._write_reads(handles)
        operators += [self._write_operator(*n) for n in nodes]
        for handle, c in zip(handles, self.resources, strict=True):
            operators.append(self._write_state_operator("ASSIGN_VARIABLE", [handle, self.indexes[c.update]], []))
        buffers = [self._write_buffer(None)]
        tensors = self._write_tensors(self.tensors, buffers)
        ends = self._index_vector(self.graph.arguments), self._index_vector(self.graph.results)
        subgraphs = [self._write_subgraph(self.graph.name, tensors, operators, *ends)]
        if self._starts_otherwise():
            subgraphs.append(self._write_initial(buffers))
        model = self._table(
            "Model",
            Version=VERSION,
            OperatorCodes=self._references([self._write_code(*c) for c in self.codes]),
            Subgraphs=self._references(subgraphs),
            Description=self.builder.CreateString("lapel"),
            Buffers=self._references(buffers),
        )
        self.builder.Finish(model, file_identifier=IDENTIFIER)
        return bytes(self.builder.Output())

    def _write_tensors(self, tensors: Sequence[Tensor], buffers: list[int]) -> list[int]:
        """The tensors of a subgraph; the buffers of constants are added."""
        found = []
        for t in tensors:
            found.append(self._write_tensor(t, 0 if t.data is None else len(buffers)))
            if t.data is not None:
                buffers.append(self._write_buffer(pack_int4(t.data) if t.name in self.packed else t.data))
        return found

    def _write_subgraph(
        self, name: str, tensors: Sequence[int], operators: Sequence[int], inputs: int, outputs: int
    ) -> int:
        return self._table(
            "SubGraph",
            Tensors=self._references(tensors),
            Inputs=inputs,
            Outputs=outputs,
            Operators=self._references(operators),
            Name=self.builder.CreateString(name),
        )

    def _starts_otherwise(self) -> bool:
        """Whether some variable does not start at what TFLite Micro fills it with."""
        return any((c.initial != resource_value(self.graph.tensors[c.update].type)).any() for c in self.resources)

    def _write_reads(self, handles: Sequence[int]) -> list[int]:
        """What makes the states: handles, their initial values at the first call, and what the variables are."""
        found = []
        if self._starts_otherwise():
            found.append(self._write_state_operator("CALL_ONCE", [], [], "CallOnceOptions", InitSubgraphIndex=1))
        for handle, c in zip(handles, self.resources, strict=True):
            found.append(self._write_handle(handle, c))
            found.append(self._write_state_operator("READ_VARIABLE", [handle], [self.indexes[c.state]]))
        return found

    def _write_initial(self, buffers: list[int]) -> int:
        """The subgraph of CALL_ONCE: each variable's handle, and the constant that it starts with."""
        tensors: list[Tensor] = []
        operators = []
        for c in self.resources:
            value = Tensor(f"{c.state}/initial", self.graph.tensors[c.update].type, np.ascontiguousarray(c.initial))
            operators.append(self._write_handle(len(tensors), c))
            operators.append(self._write_state_operator("ASSIGN_VARIABLE", [len(tensors), len(tensors) + 1], []))
            tensors += [_handle(c), value]
        none = self._vector(np.array([], np.int32))
        return self._write_subgraph("initial", self._write_tensors(tensors, buffers), operators, none, none)

    def _write_handle(self, handle: int, c: Carry) -> int:
        names = {"Container": self.builder.CreateString(""), "SharedName": self.builder.CreateString(c.state)}
        return self._write_state_operator("VAR_HANDLE", [], [handle], "VarHandleOptions", **names)

    def _write_state_operator(
        self, code: str, inputs: Sequence[int], outputs: Sequence[int], options: str = "", **values: int
    ) -> int:
        """An operator that stands for no node."""
        fields: dict[str, Any] = {
            "OpcodeIndex": self.codes.setdefault((code, 1), len(self.codes)),
            "Inputs": self._vector(np.array(inputs, np.int32)),
            "Outputs": self._vector(np.array(outputs, np.int32)),
        }
        if options:
            fields["BuiltinOptions"] = self._table(options, **values)
            fields["BuiltinOptionsType"] = OPTIONS_CODES[options]
        return self._table("Operator", **fields)

    def _write_operator(self, node: Node, form: TfliteForm, written: TfliteNode) -> int:
        code = self.codes.setdefault((form.code, form.write_version), len(self.codes))
        inputs = [-1 if t is None else self._add_tensor(t) for t in written.inputs]
        fields: dict[str, Any] = {
            "OpcodeIndex": code,
            "Inputs": self._vector(np.array(inputs, np.int32)),
            "Outputs": self._index_vector(o for o in node.outputs if o not in self.updates),
        }
        if form.custom is not None:
            content = np.frombuffer(write_options(written.options, form.custom), np.uint8)
            return self._table("Operator", **fields, CustomOptions=self._vector(content))
        if form.options is not None:
            options = {k: self._option(v) for k, v in written.options.items()}
            fields["BuiltinOptions"] = self._table(form.options, **options)
            fields["BuiltinOptionsType"] = OPTIONS_CODES[form.options]
        return self._table("Operator", **fields)

    def _write_code(self, code: str, version: int) -> int:
        custom = custom_name(code)
        number = OPERATOR_CODES[CUSTOM.strip() if custom else code]
        deprecated = min(number, DEPRECATED_CODE_LIMIT)
        fields = {"DeprecatedBuiltinCode": deprecated, "BuiltinCode": number, "Version": version}
        if custom:
            fields["CustomCode"] = self.builder.CreateString(custom)
        return self._table("OperatorCode", **fields)

    def _write_tensor(self, t: Tensor, buffer: int) -> int:
        fields: dict[str, Any] = {
            "Shape": self._vector(np.array(t.type.shape, np.int32)),
            "Type": TYPE_CODES[INT4 if t.name in self.packed else t.type.dtype],
            "Buffer": buffer,
            "Name": self.builder.CreateString(t.name),
            "HasRank": True,
            "IsVariable": t.name in self.states,
        }
        if t.type.quant is not None:
            fields["Quantization"] = self._write_quant(t.type.quant)
        return self._table("Tensor", **fields)

    def _write_quant(self, quant: Quant) -> int:
        return self._table(
            "QuantizationParameters",
            Scale=self._vector(np.array(quant.scale, np.float32)),
            ZeroPoint=self._vector(np.array(quant.zero, np.int64)),
            QuantizedDimension=quant.axis or 0,
        )

    def _write_buffer(self, data: np.ndarray | None) -> int:
        if data is None:
            return self._table("Buffer")
        content = data.tobytes()
        # CreateByteVector aligns to 1; this is the same with the alignment that the schema asks for.
        b = self.builder
        b.StartVector(1, len(content), BUFFER_ALIGNMENT)
        b.head -= len(content)
        b.Bytes[b.head : b.head + len(content)] = content
        return self._table("Buffer", Data=b.EndVector())

    def _add_tensor(self, t: Tensor) -> int:
        """Index of a tensor of the graph, or of a new constant that an operator's form made."""
        index = self.indexes.get(t.name)
        if index is not None and self.tensors[index] is t:
            return index
        name, n = t.name, 0
        while name in self.indexes:
            n += 1
            name = f"{t.name}_{n}"
        self.indexes[name] = len(self.tensors)
        self.tensors.append(t if name == t.name else Tensor(name, t.type, t.data))
        return self.indexes[name]

    def _table(self, table: str, **fields: Any) -> int:
        """Write a table by its schema name; offsets in `fields` are of objects already written."""
        known = TABLES[table]
        self.builder.StartObject(1 + max(f.slot for f in known.values()) if known else 0)
        for name, value in fields.items():
            f = known[name]
            if f.is_number:
                getattr(self.builder, f"Prepend{f.kind.capitalize()}Slot")(f.slot, value, f.default)
            else:
                self.builder.PrependUOffsetTRelativeSlot(f.slot, value, 0)
        return int(self.builder.EndObject())

    def _option(self, value: Any) -> Any:
        """A scalar as it is, a tuple or array as the offset of an int32 (or its own dtype's) vector."""
        if isinstance(value, np.ndarray):
            return self._vector(value)
        return self._vector(np.array(value, np.int32)) if isinstance(value, (tuple, list)) else value

    def _index_vector(self, names: Iterable[str]) -> int:
        return self._vector(np.array([self.indexes[n] for n in names], np.int32))

    def _vector(self, values: np.ndarray) -> int:
        return int(self.builder.CreateNumpyVector(values))

    def _references(self, offsets: Sequence[int]) -> int:
        self.builder.StartVector(4, len(offsets), 4)
        for o in reversed(offsets):
            self.builder.PrependUOffsetTRelative(o)
        return int(self.builder.EndVector())
