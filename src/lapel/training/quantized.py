"""`QuantModule`: a float graph in PyTorch that computes the very integers of the graph that it is converted to.

Activations are kept as their integers less the zero point, exactly, in float32; gradients are those of the numbers
that were rounded. Sums of weighted layers are exact in float32 below 2^24, which the weights tell, else in float64.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from lapel.errors import Problem, UnsupportedModel, shown
from lapel.families.weights import channel_multipliers
from lapel.ir import DTYPES, Graph, Instance, Node, Quant, Type
from lapel.ir import Tensor as GraphTensor
from lapel.ir.fixed import clamp_range
from lapel.quantization import convert
from lapel.quantization.constants import BIAS_LIMIT, most_of, scale_limits, weight_rows, widest, within
from lapel.quantization.ties import tied_classes
from lapel.quantization.weightscales import search_scales
from lapel.training.exact import centred, integers_of, settled
from lapel.training.forms import Rounded, coarse
from lapel.training.module import check_trainable
from lapel.training.operators import TorchOp, torch_operators
from lapel.training.operators._tensors import activate
from lapel.training.rounding import EXACT, Finished

CHANGED = 1.01
"""Of a scale, to see whether it is free: what else it changes is not."""


@dataclass(frozen=True)
class _Layer:
    """A node with weights: names of its constants in the float graph, and the axis of the weights' outputs."""

    w: str
    bias: str
    axis: int


class QuantModule(nn.Module):
    """types: of every float tensor that is no constant (`quantization.choose_types`); those of weights are this one's.

    learn: scales of activations and weights are learned; else activations keep theirs, and weights have the widest.
    granularity: a scale for each channel of the weights, or one for the tensor. bias_bits: biases are integers of so
    many bits times a power of two, one for each layer.
    Raises UnsupportedModel with the nodes that would compute on floats, or that cannot be trained.
    """

    one: Tensor

    def __init__(
        self,
        graph: Graph,
        types: Mapping[str, Type],
        weight_bits: int = 8,
        learn: bool = True,
        granularity: str = "channel",
        bias_bits: int = 32,
    ) -> None:
        super().__init__()
        check_trainable(graph)
        self.graph, self.bits, self.learn = graph, weight_bits, learn
        self.by_channel, self.bias_bits = granularity == "channel", bias_bits
        self.most = most_of("int8", weight_bits)
        self.start = dict(types)
        self.integers = convert(graph, types, weight_bits=weight_bits)
        check_integers(self.integers)
        self.normal = nn.ModuleDict()
        self.register_buffer("one", torch.ones(()))  # where there are no constants, it says on which device
        self.layers = {n.name: layer for n in graph.nodes if (layer := _layer(graph, n)) is not None}
        self.uses: dict[str, list[Node]] = {}
        for node in self.integers.nodes:
            if node.name in self.layers:
                self.uses.setdefault(self.layers[node.name].w, []).append(node)
        self.constants = nn.ParameterList()
        self.places: dict[str, int] = {}
        self.weight_steps = nn.ParameterDict()
        self.forms = nn.ModuleDict()
        for layer in self.layers.values():
            for name in (layer.w, layer.bias):
                if name and name not in self.places:
                    self._add(name, layer)
        self.classes = free_classes(graph, types, self.integers, weight_bits) if learn else ()
        self.steps = nn.ParameterList(nn.Parameter(torch.zeros(())) for _ in self.classes)
        self.class_of = {name: k for k, names in enumerate(self.classes) for name in names}

    def _add(self, name: str, layer: _Layer) -> None:
        """A constant that is learned; of weights, also the logarithms of what their first scales are multiplied by."""
        t = self.graph.tensors[name]
        assert t.data is not None
        self.places[name] = len(self.constants)
        self.constants.append(nn.Parameter(torch.from_numpy(t.data.copy())))
        if name != layer.w:
            return
        self.forms[str(self.places[name])] = Rounded(-self.most, self.most)
        rows = weight_rows(t.data, self._axis(layer))
        scales = widest(rows, self.most) if self.bits >= 8 else search_scales(rows, np.ones(1), self.most)
        scales = np.where(scales > 0, scales, 1.0).astype(np.float32)
        self.register_buffer(f"first{self.places[name]}", torch.from_numpy(scales))
        if self.learn:
            self.weight_steps[str(self.places[name])] = nn.Parameter(torch.zeros(len(scales)))

    def scale(self, name: str) -> Tensor:
        """The scale of an activation of the integer graph, a float32 scalar."""
        first = torch.tensor(self.integers.tensors[name].type.scale, dtype=torch.float32, device=self._device())
        return first * self.steps[self.class_of[name]].exp() if name in self.class_of else first

    def _device(self) -> torch.device:
        return self.one.device

    def _axis(self, layer: _Layer) -> int | None:
        """Of the scales of weights."""
        return layer.axis if self.by_channel else None

    def weight_integers(self, layer: _Layer, scale: Tensor) -> Tensor:
        """float32 of the weights' shape, by their form."""
        k = self.places[layer.w]
        made: Tensor = self.forms[str(k)](self.constants[k], self._steps(layer, scale))
        return made

    def _steps(self, layer: _Layer, scale: Tensor) -> Tensor:
        """The scale of weights in a shape that broadcasts to them."""
        return scale.reshape([-1 if a == layer.axis else 1 for a in range(self.constants[self.places[layer.w]].ndim)])

    def weight_scale(self, layer: _Layer, scales: Mapping[str, Tensor]) -> Tensor:
        """float32 [O], or [1] of a tensor: of weights, such that biases and multipliers fit wherever they are used."""
        k = self.places[layer.w]
        w = self.constants[k]
        if self.learn:
            found = getattr(self, f"first{k}") * self.weight_steps[str(k)].exp()
        elif not self.forms[str(k)].follows:
            found = getattr(self, f"first{k}")
        else:
            rows = weight_rows(w.detach().cpu().numpy(), self._axis(layer))
            found = torch.from_numpy(widest(rows, self.most).astype(np.float32)).to(w.device)
        now = found.detach().cpu().double().numpy()
        for node in self.uses[layer.w]:
            bias = self._constant(self.layers[node.name].bias)
            x, y = (_scaled(self.integers.tensors[n].type, float(scales[n].detach())) for n in _ends(node))
            now = within(now, scale_limits(x, y, None if bias is None else bias.detach().cpu().numpy()))
        limited = torch.from_numpy(np.where(now > 0, now, 1.0).astype(np.float32)).to(found.device)
        # Where a limit holds, the scale is that of the limit, and is not learned.
        return torch.where(limited == found, found, limited)

    def forward(self, inputs: Mapping[str, Tensor], wanted: Sequence[str] = ()) -> tuple[Tensor, ...]:
        """What the tensors that are wanted, else the graph's outputs, stand for."""
        names = tuple(wanted) or self.graph.outputs
        values, scales, _ = self.computed(inputs, names)
        return tuple(values[name] * scales[name] for name in names)

    def computed(
        self, inputs: Mapping[str, Tensor], wanted: Sequence[str]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Type]]:
        """Integers less zero points, scales and types of all activations that the wanted ones need."""
        g = self.integers
        scales = {n: self.scale(n) for n, t in g.tensors.items() if t.data is None}
        types = {n: _scaled(g.tensors[n].type, float(s.detach())) for n, s in scales.items()}
        values = {name: self._entered(types[name], x) for name, x in inputs.items()}
        weights: dict[str, tuple[Tensor, Tensor]] = {}
        for node in _needed(g, wanted):
            layer = self.layers.get(node.name)
            inst = self._instance(node, types)
            if layer is None:
                made = self._other(inst, values, scales)
            else:
                if layer.w not in weights:
                    scale = self.weight_scale(layer, scales)
                    weights[layer.w] = self.weight_integers(layer, scale), scale
                made = (self._weighted(inst, layer, values, scales, *weights[layer.w]),)
            values.update(zip(node.outputs, made, strict=True))
        return values, scales, types

    def stored(self, inputs: Mapping[str, Tensor], wanted: Sequence[str] = ()) -> dict[str, np.ndarray]:
        """The integers of the tensors that are wanted, else of the graph's outputs, as the firmware has them."""
        names = tuple(wanted) or self.graph.outputs
        with torch.no_grad():
            values, _, types = self.computed(inputs, names)
        return {n: (values[n].cpu().numpy() + types[n].zero).astype(DTYPES[types[n].dtype]) for n in names}

    def _entered(self, t: Type, x: Tensor) -> Tensor:
        """Samples as integers less the zero point, as `quantization.stored` rounds them."""
        info = np.iinfo(DTYPES[t.dtype])
        q = torch.round(x.double() / t.scale).clamp_(int(info.min) - t.zero, int(info.max) - t.zero)
        return q.to(torch.float32)

    def _instance(self, node: Node, types: Mapping[str, Type]) -> Instance:
        """The node with the types of activations as they are now."""
        inst = self.integers.instance(node)

        def now(t: GraphTensor | None) -> GraphTensor | None:
            return t if t is None or t.data is not None else replace(t, type=types[t.name])

        outputs = tuple(replace(t, type=types[t.name]) for t in inst.outputs)
        return Instance(node, tuple(map(now, inst.inputs)), outputs)

    def _weighted(
        self, inst: Instance, layer: _Layer, values: Mapping[str, Tensor], scales: Mapping[str, Tensor],
        w: Tensor, w_scale: Tensor,
    ) -> Tensor:  # fmt: skip
        """Sums of products, and the firmware's requantization of them."""
        op, x_name, y = torch_operators()[inst.node.op], inst.node.inputs[0], inst.y()
        x, x_scale = values[x_name], scales[x_name]
        sums, most = _exact_sums(op, inst, x, w, layer.axis)
        products = (x_scale * w_scale).expand(w.shape[layer.axis])
        w_type = self._weight_type(layer, tuple(w.shape), w_scale)
        typed = replace(inst.inputs[1], type=w_type) if inst.inputs[1] is not None else None
        now = Instance(inst.node, (inst.inputs[0], typed, *inst.inputs[2:]), inst.outputs)
        mul, shift = (torch.from_numpy(a).to(x.device) for a in channel_multipliers(now, op.float32_product))
        exact, bias = _bias(self._constant(layer.bias), inst.x().scale, w_scale, products, self._bias_bits(layer))
        low, high = clamp_range(y.dtype, inst.attrs["activation"], y.scale, y.zero)
        made: Tensor = Finished.apply(
            sums,
            bias,
            products / scales[inst.node.outputs[0]],
            exact,
            mul,
            shift,
            low - y.zero,
            high - y.zero,
            most + float(exact.abs().max()),
        )
        return made

    def _weight_type(self, layer: _Layer, shape: tuple[int, ...], scale: Tensor) -> Type:
        found = tuple(scale.detach().double().tolist())
        return Type(shape, "int8", Quant(found, (0,) * len(found), self._axis(layer)))

    def _constant(self, name: str) -> Tensor | None:
        return self.constants[self.places[name]] if name else None

    def _other(self, inst: Instance, values: Mapping[str, Tensor], scales: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """A node without weights that are learned: gradients of the operator over the reals, values of its integers."""
        op = torch_operators()[inst.node.op]
        operands = [None if t is None else self._operand(t, values) for t in inst.inputs]
        alike = len({(t.type.scale, t.type.zero) for t in (*inst.inputs, *inst.outputs) if t is not None}) == 1
        if op.moves and alike and inst.attrs.get("activation", "none") == "none":
            made = op.forward(centred(inst), *operands)
            return made if isinstance(made, tuple) else (made,)
        steps = [None if t is None else scales.get(t.name, torch.tensor(t.type.scale)) for t in inst.inputs]
        reals = [None if o is None or s is None else o * s for o, s in zip(operands, steps, strict=True)]
        real = op.forward(inst, *reals)
        if op.filters is not None:
            real = activate(real, inst.attrs["activation"])
        exact = integers_of(inst, operands)
        parts = real if isinstance(real, tuple) else (real,)
        return tuple(settled(t.type, p / scales[t.name], q) for t, p, q in zip(inst.outputs, parts, exact, strict=True))

    def _operand(self, t: GraphTensor, values: Mapping[str, Tensor]) -> Tensor:
        if t.data is None:
            return values[t.name]
        zero = t.type.zero if t.type.quant is not None else 0
        return torch.from_numpy(t.data.astype(np.float32) - zero).to(self._device())

    def types(self) -> dict[str, Type]:
        """What `convert` is given: types of activations, with scales as they are now, and of weights."""
        with torch.no_grad():
            scales = {n: self.scale(n) for n, t in self.integers.tensors.items() if t.data is None}
            found = {n: _scaled(t, float(scales[n])) if n in self.class_of else t for n, t in self.start.items()}
            for layer in self.layers.values():
                shape = self.graph.tensors[layer.w].type.shape
                found[layer.w] = self._weight_type(layer, shape, self.weight_scale(layer, scales))
        return found

    def learned(self) -> Graph:
        """The integer graph of the constants as they are now."""
        tensors, types = dict(self.graph.tensors), self.types()
        for name, data in self._numbers().items():
            tensors[name] = replace(tensors[name], data=data.cpu().numpy())
        return convert(replace(self.graph, tensors=tensors, file_sha256=""), types)

    def _numbers(self) -> dict[str, Tensor]:
        """float32: what the constants stand for, so that their types round them to the integers of training."""
        found = {name: self.constants[k].detach().clone() for name, k in self.places.items()}
        placed = {n.name: n for n in self.integers.nodes}
        with torch.no_grad():
            scales = {n: self.scale(n) for n, t in self.integers.tensors.items() if t.data is None}
            for name, layer in self.layers.items():
                scale = self.weight_scale(layer, scales)
                found[layer.w] = self.weight_integers(layer, scale) * self._steps(layer, scale)
                if self._bias_bits(layer) < 32 and layer.bias:
                    x = placed[name].inputs[0]
                    x_scale = _scaled(self.integers.tensors[x].type, float(scales[x])).scale
                    exact, _ = _bias(self._constant(layer.bias), x_scale, scale, scale, self.bias_bits)
                    made = (exact * (x_scale * scale.double())).to(torch.float32)
                    found[layer.bias] = made.reshape(found[layer.bias].shape)
        return found

    def _bias_bits(self, layer: _Layer) -> int:
        """All of them where several layers have one bias: at each one's scales it is other integers."""
        alone = [other.bias for other in self.layers.values()].count(layer.bias) == 1
        return self.bias_bits if alone else 32


def _layer(graph: Graph, node: Node) -> _Layer | None:
    """The node's constants, if it has weights of its own."""
    op = torch_operators()[node.op]
    w, bias = node.inputs[1] if len(node.inputs) > 1 else "", (*node.inputs, "", "")[2]
    if op.filters is None or graph.tensors[w].data is None:
        return None
    return _Layer(w, bias, op.filters)


def _ends(node: Node) -> tuple[str, str]:
    """What a layer reads, and what it makes."""
    return node.inputs[0], node.outputs[0]


def check_integers(graph: Graph) -> None:
    """Raise UnsupportedModel with the nodes of a converted graph that compute on floats."""
    problems = []
    for node in graph.nodes:
        inst = graph.instance(node)
        if any(t is not None and t.type.quant is None for t in (*inst.inputs, *inst.outputs)):
            problems.append(Problem(shown(node.name), f"{node.op} computes on floats, expected integers throughout"))
        elif any(t.type.dtype != "int8" for t in inst.outputs):
            problems.append(Problem(shown(node.name), f"{node.op} makes {inst.y().dtype}, expected int8"))
    if problems:
        raise UnsupportedModel(f"{graph.name}: cannot be trained quantized", problems)


def free_classes(graph: Graph, types: Mapping[str, Type], integers: Graph, bits: int) -> tuple[tuple[str, ...], ...]:
    """Activations whose scale may be learned, those of one scale together: another one changes nothing else.

    Those that the caller gives are not among them: their range is the data's.
    """
    found = []
    for names in tied_classes(graph):
        names = tuple(n for n in names if graph.tensors[n].data is None)
        if set(names) & set(graph.inputs) or any(n not in integers.tensors or n not in types for n in names):
            continue
        if any(types[n].quant is None for n in names):
            continue
        wider = {**types, **{n: _scaled(types[n], types[n].scale * CHANGED) for n in names}}
        try:
            changed = convert(graph, wider, weight_bits=bits)
        except UnsupportedModel:
            continue
        if _same_but(integers, changed, names, wider):
            found.append(names)
    return tuple(found)


def _same_but(a: Graph, b: Graph, names: tuple[str, ...], types: Mapping[str, Type]) -> bool:
    """Whether two graphs have the same nodes and types, but for these activations, and for constants of layers."""
    if [n.name for n in a.nodes] != [n.name for n in b.nodes]:
        return False
    for name, t in a.tensors.items():
        if name in names:
            if b.tensors[name].type != types[name]:
                return False
        elif t.type.dtype != "int32" and b.tensors[name].type != t.type and t.data is None:
            return False
    return True


def _scaled(t: Type, scale: float) -> Type:
    """The type with another scale, in float32."""
    assert t.quant is not None
    return replace(t, quant=replace(t.quant, scale=(float(np.float32(scale)),)))


def _needed(graph: Graph, wanted: Sequence[str]) -> list[Node]:
    """The nodes that these tensors depend on, in order."""
    missing, found = set(wanted), []
    for node in reversed(graph.nodes):
        if missing & set(node.outputs):
            missing |= set(node.inputs)
            found.append(node)
    return found[::-1]


def _exact_sums(op: TorchOp, inst: Instance, x: Tensor, w: Tensor, axis: int) -> tuple[Tensor, float]:
    """Sums of products, exact, and what none of them is beyond.

    In float32 where no partial sum can leave its integers, and on a CPU.
    """
    info, zero = np.iinfo(DTYPES[inst.x().dtype]), inst.x().zero
    widest_x = max(abs(int(info.min) - zero), abs(int(info.max) - zero))
    with torch.no_grad():
        others = [a for a in range(w.ndim) if a != axis]
        most = float(w.abs().sum(dim=others).max()) * widest_x
    if most < EXACT and x.device.type == "cpu":
        return op.forward(inst, x, w), most
    return op.forward(inst, x.double(), w.double()), most


def _bias(bias: Tensor | None, x_scale: float, w_scale: Tensor, products: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """(int64 as `quantization.constants.quantize_bias` rounds, or coarser, the same as numbers with their gradient)."""
    if bias is None:
        return torch.zeros_like(products, dtype=torch.int64), torch.zeros_like(products)
    flat, limit = bias.reshape(-1), BIAS_LIMIT["int32"]
    with torch.no_grad():
        exact = torch.round(flat.double() / (x_scale * w_scale.double())).clamp_(-limit, limit).to(torch.int64)
    return exact if bits >= 32 else coarse(exact, bits), flat / products
