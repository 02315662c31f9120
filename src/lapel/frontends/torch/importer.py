"""Exported programs -> float graphs: every operation by its form, under the user's names of the layers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import Problem, UnsupportedModel, UnsupportedNode
from lapel.frontends._misfits import MISFITS, misfit
from lapel.frontends.rewrites import simplified
from lapel.frontends.torch.exporting import functional, operator_name, torch, user_place
from lapel.frontends.torch.forms import forms
from lapel.frontends.torch.operation import Operation
from lapel.ir import Graph, Tensor, Type
from lapel.rewrites import edit

FRAME = re.compile(r'File "([^"]+)", line (\d+)')
LEAF = "torch.nn.modules."
"""Where the classes of PyTorch's own layers are."""


def import_program(program: Any, name: str) -> Graph:
    """The graph of an exported program. Raises UnsupportedModel with every problem at once."""
    importer = Importer(functional(program, forms().keys()), name)
    graph = importer.graph()
    if importer.problems:
        raise UnsupportedModel(name, importer.problems)
    return with_names(simplified(graph), _output_names(program) or importer.ends)


@dataclass(eq=False)
class Importer:
    """values: of each node of the program, a tensor of PyTorch while it is constant, else one of the builder. ends: the
    user's names of what makes the outputs."""

    program: Any
    name: str
    values: dict[Any, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    constants: dict[int, Tensor] = field(default_factory=dict)
    ends: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.b = GraphBuilder(self.name)
        self.labels: dict[Any, str] = {}

    def graph(self) -> Graph:
        """The float graph, channels first; of no use if there are problems."""
        self.check_state()
        held = self.held()
        for node in self.program.graph.nodes:
            try:
                if node.op == "placeholder":
                    self.values[node] = held[node.name] if node.name in held else self.input(node)
                elif node.op == "get_attr":
                    self.values[node] = getattr(self.program.graph_module, node.target)
                elif node.op == "call_function":
                    self.values[node] = self.called(node)
            except (UnsupportedNode, *MISFITS) as e:
                self.problems.append(
                    Problem(self.place(node), e.message if isinstance(e, UnsupportedNode) else misfit(e))
                )
                self.values[node] = self.stand_in(node)
        return self.b.graph(*self.outputs()) if not self.problems else Graph(self.name, (), {}, (), ())

    def check_state(self) -> None:
        """Note buffers that the program changes."""
        changed = getattr(self.program.graph_signature, "buffers_to_mutate", {})
        for target in dict.fromkeys(changed.values()):
            self.problems.append(
                Problem(target, "this buffer changes with each call, expected a function of the inputs")
            )

    def held(self) -> dict[str, Any]:
        """What the program holds, by the name of its placeholder: parameters, buffers, tensors, numbers."""
        signature, found = self.program.graph_signature, dict[str, Any]()
        for spec in signature.input_specs:
            if hasattr(spec.arg, "value"):
                found[spec.arg.name] = spec.arg.value
            elif spec.target is not None:
                content = self.program.state_dict.get(spec.target)
                content = self.program.constants.get(spec.target) if content is None else content
                if hasattr(content, "detach"):
                    content = content.detach().cpu()
                    self.labels[id(content)] = str(spec.target)
                found[spec.arg.name] = content
        return found

    def input(self, node: Any) -> Tensor:
        """An input of the graph, under the name of forward's argument."""
        seen = node.meta["val"]
        if not hasattr(seen, "shape"):
            raise UnsupportedNode(f"input is {seen!r}, expected a tensor: give numbers as constants of the module")
        if any(not isinstance(d, int) for d in seen.shape):
            raise UnsupportedNode(f"shape is {tuple(seen.shape)}, expected numbers: export it without dynamic shapes")
        if seen.dtype != torch().float32:
            raise UnsupportedNode(f"input is {seen.dtype}, expected torch.float32: call .float() on module and example")
        return self.b.input(node.name, tuple(seen.shape))

    def called(self, node: Any) -> Any:
        """What an operation makes: by PyTorch where everything is constant, else by its form."""
        args, kwargs = (self.resolved(v) for v in (node.args, dict(node.kwargs)))
        if not any(isinstance(v, Tensor) for v in _leaves((args, kwargs))):
            if _is_random(node.target):
                raise UnsupportedNode(f"{node.target} makes other numbers at each call: use a buffer")
            return node.target(*args, **kwargs)
        if not hasattr(node.target, "_schema"):
            return self.picked(node, args)
        form = forms().get(operator_name(node.target))
        if form is None:
            raise UnsupportedNode(
                f"{node.target} is not supported: replace the layer, or compute it outside of the model"
            )
        arguments = self.arguments(node.target._schema, args, kwargs)
        op = Operation(self.b, self.label(node), arguments, _shapes(node.meta.get("val")))
        made = form(op)
        _require_shapes([made] if isinstance(made, Tensor) else made, op.shapes)
        several = isinstance(node.meta.get("val"), (tuple, list))
        return made if several or isinstance(made, Tensor) else made[0]

    def picked(self, node: Any, args: Sequence[Any]) -> Any:
        """An element of what an operation with several outputs made."""
        if getattr(node.target, "__name__", "") != "getitem":
            raise UnsupportedNode(f"{node.target} is not supported: control flow cannot depend on the inputs")
        found = args[0][args[1]]
        if found is None and node.users:
            raise UnsupportedNode(
                f"output {args[1]} of {node.args[0].target} is not supported, expected its first only"
            )
        return found

    def resolved(self, value: Any) -> Any:
        """Arguments with the nodes' values in their places."""
        return torch().fx.map_arg(value, lambda n: self.values[n])

    def arguments(self, schema: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """By name, defaults among them, tensors as the builder's."""
        found = {}
        for k, a in enumerate(schema.arguments):
            value = args[k] if k < len(args) else kwargs.get(a.name, a.default_value if a.has_default_value() else None)
            found[a.name] = self.built(value)
        return found

    def built(self, value: Any) -> Any:
        """An argument with every tensor of PyTorch as a constant of the graph."""
        if isinstance(value, (tuple, list)):
            return [self.built(v) for v in value]
        return self.constant(value) if isinstance(value, torch().Tensor) else value

    def constant(self, t: Any) -> Tensor:
        """float32, int32 or bool, once for each tensor."""
        if id(t) not in self.constants:
            array = t.detach().cpu()
            if array.dtype.is_floating_point:
                array = array.float()
            elif array.dtype == torch().int64:
                array = array.int()
            label = self.labels.get(id(t), "constant")
            self.constants[id(t)] = self.b.constant(label, np.ascontiguousarray(array.numpy()))
            self.labels[id(t)] = label
            self.values[("kept", id(t))] = t  # so that no other tensor gets its id
        return self.constants[id(t)]

    def outputs(self) -> list[Tensor]:
        """What the program returns, under its names if it has some."""
        (node,) = (n for n in self.program.graph.nodes if n.op == "output")
        found = [v for v in _leaves(self.resolved(node.args[0])) if v is not None]
        self.ends = [self.label(n) for n in _leaves(node.args[0]) if hasattr(n, "meta")]
        wrong = [v for v in found if not isinstance(v, (Tensor, torch().Tensor))]
        if wrong:
            raise UnsupportedModel(self.name, [f"an output is {wrong[0]!r}, expected tensors"])
        return [self.built(v) for v in found]

    def label(self, node: Any) -> str:
        """The path of the layer in the user's module; of a function, that of the module that calls it, and its own."""
        path, kind = self.module(node)
        return path if path and kind.startswith(LEAF) else ".".join(filter(None, (path, node.name)))

    def module(self, node: Any) -> tuple[str, str]:
        """Path and class of the module whose forward has the operation."""
        stack = list((node.meta.get("nn_module_stack") or {}).values())
        path, kind = stack[-1][:2] if stack else ("", "")
        return str(path), kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"

    def place(self, node: Any) -> str:
        """Where the user finds an operation: the layer, the source line if it is known."""
        frames = [(path, int(line)) for path, line in FRAME.findall(node.meta.get("stack_trace") or "")]
        return self.label(node) + user_place(frames)

    def stand_in(self, node: Any) -> Any:
        """Tensors in the place of what could not be made, so that the rest is looked at, too."""
        seen = node.meta.get("val")
        outputs = [o for o in (seen if isinstance(seen, (tuple, list)) else [seen]) if hasattr(o, "dtype")]
        dtypes = ["bool" if o.dtype == torch().bool else "float32" for o in outputs]
        found = [Tensor(f"?{node.name}", Type(*t)) for t in zip(_shapes(seen), dtypes, strict=True)]
        for t in found:
            self.b.tensors[t.name] = t
        return found if isinstance(seen, (tuple, list)) or not found else found[0]


def _shapes(seen: Any) -> tuple[tuple[int, ...], ...]:
    """Of what an operation makes, as PyTorch has inferred it."""
    outputs = seen if isinstance(seen, (tuple, list)) else [seen]
    return tuple(tuple(int(d) for d in o.shape) for o in outputs if hasattr(o, "shape"))


def _require_shapes(made: Sequence[Tensor | None], shapes: Sequence[tuple[int, ...]]) -> None:
    """Raise UnsupportedNode if a form made other shapes than PyTorch does: it took the operation for another one."""
    for t, shape in zip(made, shapes, strict=False):
        if t is not None and t.type.shape != shape:
            raise UnsupportedNode(f"makes {list(t.type.shape)}, expected {list(shape)}: write it in other terms")


def _is_random(target: Any) -> bool:
    """Whether an operator draws numbers; dropout, which has a form, does not in evaluation."""
    tags = getattr(target, "tags", ())
    return torch().Tag.nondeterministic_seeded in tags and operator_name(target) not in forms()


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for v in value.values() for leaf in _leaves(v)]
    if isinstance(value, (tuple, list)):
        return [leaf for v in value for leaf in _leaves(v)]
    return [value]


def _output_names(program: Any) -> tuple[str, ...]:
    """The keys of a mapping that the program returns, the fields of a named tuple; empty where it returns others."""
    spec = program.call_spec.out_spec
    names = spec.context if spec is not None and spec.type is dict else getattr(spec.type, "_fields", ())
    return tuple(map(str, names)) if len(names) == spec.num_leaves else ()


def with_names(graph: Graph, names: Sequence[str]) -> Graph:
    """The graph with its outputs under these names, as far as nothing else has them; inputs keep theirs."""
    changed = {
        o: n for o, n in zip(graph.outputs, names, strict=False) if n not in graph.tensors and o not in graph.inputs
    }
    if len(set(changed.values())) < len(changed) or not changed:
        return graph
    layouts = {changed.get(n, n): perm for n, perm in graph.origin.layouts.items()}
    return replace(edit.with_names(graph, changed), origin=replace(graph.origin, layouts=layouts))
