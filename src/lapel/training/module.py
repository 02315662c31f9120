"""`GraphModule`: a float graph in PyTorch, its constants as parameters, and the graph of what was learned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lapel.errors import Problem, UnsupportedModel, UsageError, shown, some
from lapel.ir import Graph, Instance, Node, Type
from lapel.ir import Tensor as GraphTensor
from lapel.ops import verify
from lapel.training.operators import TorchOp, torch_operators
from lapel.training.operators._tensors import activate

EPSILON = 1e-5
"""Added to variances, of batch normalization."""
MOMENTUM = 0.1
"""Share of a batch in the running mean and variance."""


class Normalization(nn.Module):
    """Batch normalization of the last axis. Source: Ioffe and Szegedy (2015)."""

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain, self.shift = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, y: Tensor) -> Tensor:
        """Of the batch while it trains, else of what was seen."""
        first = y.movedim(-1, 1)
        made = F.batch_norm(first, self.mean, self.variance, self.gain, self.shift, self.training, MOMENTUM, EPSILON)
        return made.movedim(1, -1)

    def affine(self) -> tuple[np.ndarray, np.ndarray]:
        """float64 (factor, offset) of each channel: what it does after training."""
        gain, shift, mean, variance = (
            t.detach().cpu().numpy().astype(np.float64) for t in (self.gain, self.shift, self.mean, self.variance)
        )
        factor = gain / np.sqrt(variance + EPSILON)
        return factor, shift - mean * factor


class GraphModule(nn.Module):
    """A float graph as a module. A batch is any number of the graph's own batches, along the first axis.

    normalize: nodes with weights behind whose sums there is batch normalization, before the activation. frozen:
    constants that are not learned. Raises UnsupportedModel with all nodes that PyTorch has no operator for here.
    """

    def __init__(self, graph: Graph, normalize: Collection[str] = (), frozen: Collection[str] = ()) -> None:
        super().__init__()
        check_trainable(graph)
        self.graph = graph
        self.steps = [(graph.instance(node), torch_operators()[node.op]) for node in graph.nodes]
        self.constants = nn.ParameterList()
        self.fixed: dict[str, int] = {}
        self.places: dict[str, int] = {}
        for name, t in graph.tensors.items():
            if t.data is None:
                continue
            if t.type.dtype == "float32" and name not in frozen:
                self.places[name] = len(self.constants)
                self.constants.append(nn.Parameter(torch.from_numpy(t.data.copy())))
            else:
                self.fixed[name] = len(self.fixed)
                self.register_buffer(f"fixed{self.fixed[name]}", torch.from_numpy(t.data.copy()))
        self.normal = nn.ModuleDict()
        for k, (inst, op) in enumerate(self.steps):
            if inst.node.name in normalize and op.filters is not None:
                self.normal[str(k)] = Normalization(inst.x(1).shape[op.filters])

    def values(self) -> dict[str, Tensor]:
        """The constants by name."""
        learned = {name: self.constants[k] for name, k in self.places.items()}
        return {**learned, **{name: getattr(self, f"fixed{k}") for name, k in self.fixed.items()}}

    def forward(self, inputs: Mapping[str, Tensor], wanted: Sequence[str] = ()) -> tuple[Tensor, ...]:
        """The tensors that are wanted, else the graph's outputs."""
        names = tuple(wanted) or self.graph.outputs
        values = {**self.values(), **inputs}
        for k, (inst, op) in enumerate(self.steps):
            operands = [values[name] if name else None for name in inst.node.inputs]
            made = self.compute(k, inst, op, operands)
            values.update(zip(inst.node.outputs, made if isinstance(made, tuple) else (made,), strict=True))
        return tuple(values[name] for name in names)

    def compute(self, k: int, inst: Instance, op: TorchOp, operands: Sequence[Tensor | None]) -> Any:
        """What node `k` makes of its operands."""
        made = op.forward(inst, *operands)
        if op.filters is None:
            return made
        if str(k) in self.normal:
            made = self.normal[str(k)](made)
        return activate(made, inst.attrs["activation"])

    def learned(self) -> Graph:
        """The graph with the constants as they are now, batch normalization folded into weights and biases."""
        tensors = dict(self.graph.tensors)
        for name, k in self.places.items():
            data = self.constants[k].detach().cpu().numpy().copy()
            tensors[name] = replace(tensors[name], data=data)
        nodes = [self._folded(k, inst, op, tensors) for k, (inst, op) in enumerate(self.steps)]
        return verify(replace(self.graph, nodes=tuple(nodes), tensors=tensors, file_sha256=""))

    def _folded(self, k: int, inst: Instance, op: TorchOp, tensors: dict[str, GraphTensor]) -> Node:
        """The node without its normalization; its weights and bias are changed in `tensors`."""
        if str(k) not in self.normal or op.filters is None:
            return inst.node
        normal = self.normal[str(k)]
        assert isinstance(normal, Normalization)
        factor, offset = normal.affine()
        node, w = inst.node, tensors[inst.node.inputs[1]]
        assert w.data is not None
        shape = [-1 if axis == op.filters else 1 for axis in range(w.data.ndim)]
        tensors[w.name] = replace(w, data=(w.data * factor.reshape(shape)).astype(np.float32))
        old = tensors[node.inputs[2]].data if inst.has(2) else None
        bias = offset if old is None else old.reshape(-1) * factor + offset
        name = node.inputs[2] if inst.has(2) else f"{node.name}/bias"
        tensors[name] = GraphTensor(name, Type(bias.shape, "float32"), bias.astype(np.float32))
        return replace(node, inputs=(*node.inputs[:2], name))


def check_trainable(graph: Graph) -> None:
    """Raise UnsupportedModel with every node that has no form in PyTorch here, or that computes on integers."""
    problems = []
    for node in graph.nodes:
        types = [graph.tensors[name].type for name in (*node.inputs, *node.outputs) if name]
        if node.op not in torch_operators():
            known = ", ".join(sorted(torch_operators()))
            problems.append(
                Problem(shown(node.name), f"operator {node.op!r} cannot be trained, expected one of {known}")
            )
        elif any(t.quant is not None for t in types):
            problems.append(Problem(shown(node.name), "computes on quantized integers, expected floats"))
    if graph.carries:
        problems.append(Problem(some(graph.states), "is a state, expected a model without: train it unrolled"))
    if problems:
        raise UnsupportedModel(graph.name, problems)


def weight_nodes(graph: Graph) -> dict[str, Node]:
    """The nodes of a float graph with weights that are learned, by the constant's name; of shared ones the first."""
    found: dict[str, Node] = {}
    for node in graph.nodes:
        if node.op in torch_operators() and torch_operators()[node.op].filters is not None:
            w = graph.tensors[node.inputs[1]]
            if w.data is not None and w.type.dtype == "float32":
                found.setdefault(w.name, node)
    return found


def normalized(graph: Graph) -> tuple[str, ...]:
    """The nodes that `normalize` means: those with weights of their own that are not followed by an output alone.

    Weights that several nodes share cannot take up the normalization of each.
    """
    uses: dict[str, int] = {}
    for node in graph.nodes:
        for name in node.inputs[1:3]:
            uses[name] = uses.get(name, 0) + 1
    found = []
    for node in graph.nodes:
        weighted = torch_operators()[node.op].filters is not None
        alone = all(uses[name] == 1 for name in node.inputs[1:3] if name)
        constant = weighted and all(graph.tensors[name].data is not None for name in node.inputs[1:3] if name)
        if constant and alone and not set(node.outputs) & set(graph.outputs):
            found.append(node.name)
    return tuple(found)


def check_batches(module: GraphModule) -> None:
    """Raise UsageError if samples of a batch are not computed apart, as where a graph mixes its first axis."""
    rng = np.random.default_rng(0)
    shapes = {name: module.graph.tensors[name].type.shape for name in module.graph.arguments}
    two = {n: torch.from_numpy(rng.normal(size=(2, *s[1:])).astype(np.float32)) for n, s in shapes.items()}
    was = module.training
    module.eval()
    with torch.no_grad():
        both = module(two)
        ones = [module({n: x[k : k + 1] for n, x in two.items()}) for k in range(2)]
    module.train(was)
    for y, apart in zip(both, zip(*ones, strict=True), strict=True):
        if y.shape[0] != 2 or not torch.allclose(y, torch.cat(apart), rtol=1e-3, atol=1e-5):
            raise UsageError(f"{module.graph.name}: samples of a batch are not computed apart: give a graph of batch 1")
