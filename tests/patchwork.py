"""Random whole networks: the operators' own test cases, put onto one another's outputs. Deterministic by seed.

An operator is drawn from the registry, and one of its cases gives a node: its attributes and constants. What the case
has for inputs is replaced by tensors that the network has already; the operator then infers the outputs and says
whether the node is legal. So every operator takes part that has a .tflite form and cases, a new one by itself.
Output scales are sought by running the reference, so that few values are saturated and few are lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from lapel.errors import UnsupportedModel, UnsupportedNode
from lapel.families.draw import draw_type, draw_zero
from lapel.frontends.tflite import write_tflite
from lapel.ir import Case, Graph, Instance, Node, Op, Quant, Tensor, Type
from lapel.ir.op import lowerable
from lapel.ops import registry, verify


def cases_of(op: Op) -> list[Case]:
    """Those that TFLite Micro runs."""
    return [case for case in op.cases() if case.oracle == "micro"]


PARTIAL = ("div", "rsqrt")
"""Operators that TFLite Micro has for some operands only: it stops, or does what C leaves undefined, at the others."""
OPERATORS = tuple(
    sorted(
        name
        for name, op in registry().items()
        if op.tflite and cases_of(op) and name not in PARTIAL and not any(form.variables for form in op.tflite)
    )
)
"""What networks are made of; operators with state have networks of their own."""
WEIGHTED = tuple(name for name in OPERATORS if type(registry()[name]).macs is not Op.macs)
FEWEST, MOST = 5, 25
"""Nodes of a network; QUANTIZEs in front of the last one may add a few."""
MOST_VALUES, MOST_MACS = 4000, 400_000
"""Of a tensor, and of a node."""
MOST_RANK, MOST_DIMENSION = 5, 500
"""TFLite Micro's kernels have room for no more axes, and its softmax aborts where 512 classes are equal."""
SCALES = (1e-6, 1e3)
CHANNELS = (1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 24, 32, 40)
PROBES = 2
"""Random inputs on which the values are watched while the network grows."""
ATTEMPTS, TRIES = 200, 12
"""Operators that are drawn, and draws of a case: both may be in vain."""


def draw_network(seed: int) -> Graph:
    """A legal network of FEWEST to MOST nodes with one or two inputs; what nothing reads is an output."""
    for again in count():
        patchwork = _Patchwork(seed, again)
        patchwork.grow()
        if len(patchwork.nodes) >= FEWEST:
            return patchwork.graph()
    raise AssertionError


class _Patchwork:
    """A network while it grows, with its values for some random inputs."""

    def __init__(self, seed: int, again: int) -> None:
        self.name, self.rng = f"network_{seed}", np.random.default_rng((seed, again))
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}
        self.values: dict[str, list[np.ndarray]] = {}  # of all that is not constant, oldest first

    def grow(self) -> None:
        """From one or two inputs to any number of nodes, or fewer if nothing fits."""
        for t in self._draw_inputs():
            self._add_input(t)
        size = int(self.rng.integers(FEWEST, MOST + 1))
        for _ in range(ATTEMPTS):
            if len(self.nodes) < size:
                self._extend()

    def graph(self) -> Graph:
        """What has grown, without inputs that nothing reads."""
        read = {i for n in self.nodes for i in n.inputs}
        made = [o for n in self.nodes for o in n.outputs]
        inputs = [v for v in self.values if v not in made]
        outputs = [t for t in made if t not in read]
        inner = [t for t in made if t in read]
        if inner and self.rng.random() < 0.3:  # an output that is read on, before or after the others
            outputs.insert(len(outputs) * int(self.rng.integers(0, 2)), str(self.rng.choice(inner)))
        used = tuple(i for i in inputs if i in read)
        tensors = {n: t for n, t in self.tensors.items() if n in used or n not in inputs}
        return verify(Graph(self.name, tuple(self.nodes), tensors, used, tuple(outputs)))

    def _draw_inputs(self) -> list[Tensor]:
        """One or two, mostly images; the second one is often like the first."""
        rng, shapes = self.rng, []
        for _ in range(1 + int(rng.random() < 0.35)):
            n, c, (h, w) = (2 if rng.random() < 0.1 else 1), int(rng.choice(CHANNELS)), rng.integers(1, 15, 2)
            image = (n, int(h), int(w), min(c, MOST_VALUES // (n * int(h * w))))
            row, line = (n, int(rng.integers(1, 200))), (n, int(h), c)
            shapes.append((image, row, line)[int(rng.choice(3, p=[0.75, 0.15, 0.1]))])
        if rng.random() < 0.5:
            shapes = [shapes[0]] * len(shapes)
        types = [draw_type(rng, f"x{k}", shape) for k, shape in enumerate(shapes)]
        return [replace(t, type=Type(t.type.shape, "float32")) if rng.random() < 0.1 else t for t in types]

    def _add_input(self, t: Tensor) -> None:
        shape = (PROBES, *t.type.shape)
        floats = t.type.dtype == "float32"
        self.tensors[t.name] = t
        self.values[t.name] = list(
            self.rng.normal(0.0, 3.0, shape).astype(np.float32)
            if floats
            else self.rng.integers(-128, 128, shape, np.int8)
        )

    def _extend(self) -> None:
        """One more operator, if what is drawn has a place; those with weights come up more often."""
        op = registry()[str(self.rng.choice(WEIGHTED if self.rng.random() < 0.25 else OPERATORS))]
        case = cases_of(op)[int(self.rng.integers(len(cases_of(op))))]
        for _ in range(TRIES):
            mark = list(self.nodes), dict(self.tensors), dict(self.values)
            # Attributes and constants were drawn for another shape: an operator may say no in any way.
            try:
                if self._place(op, case.draw(self.rng)):
                    return
            except (UnsupportedNode, IndexError, ValueError):
                pass
            self.nodes, self.tensors, self.values = mark

    def _place(self, op: Op, drawn: Graph) -> bool:
        """Put the node of `drawn` onto tensors of this network; False if it is not legal there."""
        (node,), chosen = drawn.nodes, self._choose(drawn)
        if len(chosen) < len(drawn.inputs) or not chosen:
            return False
        alike = self._requantize(drawn, chosen)
        prefix = f"n{len(self.nodes)}"

        def own(name: str) -> Tensor:
            t = drawn.tensors[name]
            quant = alike.get(t.type.quant, t.type.quant) if t.type.quant else None
            return Tensor(f"{prefix}/{name}", replace(t.type, quant=quant), t.data)

        ins = [self.tensors[chosen[i]] if i in chosen else own(i) if i else None for i in node.inputs]
        outs, attrs = [own(o) for o in node.outputs], dict(node.attrs)
        if "shape" in attrs or "sizes" in attrs:
            attrs |= self._cut(ins[0].type.shape, attrs)
        if "value" in attrs and attrs["value"] == _zero(drawn.tensors[node.outputs[0]]):
            attrs["value"] = _zero(outs[0])  # of a pad, which is an ordinary one
        weighted = op.name in WEIGHTED and ins[1] is not None and ins[1].data is not None
        if weighted and (ins[0].type.quant is None or ins[0].type.quant.axis is not None):
            return False
        if weighted:
            ins[1] = self._weigh(drawn, ins)
        inst = _instance(op.name, prefix, ins, outs, attrs)
        types = op.infer(inst)
        outs = [replace(o, type=Type(s, d, o.type.quant)) for o, (s, d) in zip(outs, types, strict=True)]
        if weighted and len(ins) > 2 and ins[2] is not None:
            ins[2] = _bias(ins[2], ins[0], ins[1], outs[0].type.shape[-1])
        elif op.name in WEIGHTED and len(ins) > 2:
            ins[2] = None  # its scale would have to be the product of two that grew here
        inst = _instance(op.name, prefix, ins, outs, attrs)
        if not all(_is_moderate(o.type) for o in outs) or lowerable(op, inst) or op.macs(inst) > MOST_MACS:
            return False
        free = [k for k, o in enumerate(outs) if o.type.quant and o.type.quant not in alike.values()]
        fitted = self._fit(op, inst) if free == [0] and outs[0].type.dtype == "int8" else inst
        return (not weighted or _bias_fits(fitted)) and self._commit(op, fitted)

    def _choose(self, drawn: Graph) -> dict[str, str]:
        """A tensor of this network for each input of `drawn`: mostly a recent one, or one without a reader.

        A second one is mostly of the first one's shape.
        """
        chosen: dict[str, str] = {}
        ranked, read = self.rng.random() < 0.75, {i for n in self.nodes for i in n.inputs}
        for name in drawn.inputs:
            t = drawn.tensors[name].type
            able = [v for v in self.values if self.tensors[v].type.dtype == t.dtype and not _is_odd(self.tensors[v])]
            able = [v for v in able if not ranked or len(self.tensors[v].type.shape) == len(t.shape)]
            if chosen and self.rng.random() < 0.8:
                first = self.tensors[next(iter(chosen.values()))].type.shape
                able = [v for v in able if self.tensors[v].type.shape == first]
                able = [v for v in able if v not in chosen.values()] or able
            if self.rng.random() < 0.75:
                able = [v for v in able if v not in read] or able
            if able:
                chosen[name] = str(self.rng.choice(able[-4:] if self.rng.random() < 0.7 else able))
        return chosen

    def _requantize(self, drawn: Graph, chosen: dict[str, str]) -> dict[Quant, Quant]:
        """What stands here for the quantizations of the case's inputs.

        Inputs that the case has quantized alike are made so, by a QUANTIZE in front of all but the first, as
        converters do.
        """
        alike: dict[Quant, Quant] = {}
        for name, here in list(chosen.items()):
            have, want = self.tensors[here].type, drawn.tensors[name].type.quant
            if want is None or have.quant is None or alike.setdefault(want, have.quant) == have.quant:
                continue
            op, prefix = registry()["quantize"], f"n{len(self.nodes)}"
            y = Tensor(f"{prefix}/y", replace(have, quant=alike[want]))
            inst = _instance("quantize", prefix, [self.tensors[here]], [y], {"dtype": have.dtype})
            if lowerable(op, inst):
                raise UnsupportedNode("quantize")
            self._add(op, inst)
            chosen[name] = y.name
        return alike

    def _weigh(self, drawn: Graph, ins: Sequence[Tensor | None]) -> Tensor:
        """The case's weights for as many channels as there are here; some have filters or inputs that are all zero."""
        rng, (x, w) = self.rng, ins[:2]
        assert x is not None and w is not None and w.data is not None
        before, here, last = drawn.tensors[drawn.nodes[0].inputs[0]].type.shape[-1], x.type.shape[-1], w.data.shape[-1]
        fan_in = last * here // before if last * here % before == 0 else here
        if w.data.ndim == 2 and rng.random() < 0.5:
            fan_in = x.type.size  # a row is the whole image
        if rng.random() < 0.85:
            w = _resized(w, (*w.data.shape[:-1], fan_in))
        if rng.random() > 0.5:
            return w
        assert w.data is not None
        axis = int(rng.choice([0, w.data.ndim - 1]))
        planted = np.moveaxis(w.data.copy(), axis, 0)
        planted[rng.random(len(planted)) < rng.choice([0.2, 0.5, 0.9])] = 0
        return replace(w, data=np.moveaxis(planted, 0, axis))

    def _cut(self, shape: tuple[int, ...], attrs: Mapping[str, Any]) -> dict[str, Any]:
        """Attributes of reshape, slice and split for this shape: by chance they would as good as never be right."""
        if "sizes" in attrs:
            size, n = shape[attrs["axis"]], len(attrs["sizes"])
            if size % n == 0 and len(set(attrs["sizes"])) == 1:
                return {"sizes": (size // n,) * n}
            ends = sorted(int(e) for e in self.rng.choice(np.arange(1, size), n - 1, replace=False))
            return {"sizes": tuple(b - a for a, b in zip([0, *ends], [*ends, size], strict=True))}
        if "begin" in attrs:
            begin = tuple(b % d for b, d in zip(attrs["begin"], shape, strict=True))
            room = (d - b if s > 0 else b + 1 for b, d, s in zip(begin, shape, attrs["step"], strict=True))
            reach = (-(-n // abs(s)) for n, s in zip(room, attrs["step"], strict=True))
            count = tuple(min(n, r) for n, r in zip(attrs["count"], reach, strict=True))
            return {"begin": begin, "count": count, "shape": attrs["shape"] if count == attrs["count"] else count}
        dims = [int(d) for d in (shape if self.rng.random() < 0.5 else self.rng.permutation(shape))]
        while len(dims) > 1 and self.rng.random() < 0.6:
            k = int(self.rng.integers(1, len(dims)))
            dims[k - 1 : k + 1] = [dims[k - 1] * dims[k]]
        return {"shape": tuple(dims)}

    def _fit(self, op: Op, inst: Instance) -> Instance:
        """The scale with which few values of output 0 are at its ends and they are not few either; any zero point.

        One draw in ten is left as it is. A quantization that the operator prescribes is what stays legal.
        """
        if self.rng.random() < 0.1:
            return inst
        rectified = inst.attrs.get("activation") in ("relu", "relu6") and self.rng.random() < 0.5
        fitted, zero = _quantized(inst, inst.y().scale, 0), -128 if rectified else draw_zero(self.rng)
        for _ in range(8):
            if lowerable(op, fitted):
                return inst
            y = np.stack([r[0] for r in self._run(op, fitted)]).astype(np.int64)
            spread, lost = int(y.max() - y.min()), float(np.mean((y == -128) | (y == 127)))
            if lost <= 0.1 and spread >= 100:
                break
            factor = 4.0 if lost > 0.1 else max(spread, 2) / 180
            scale = float(np.float32(fitted.y().scale * factor))
            if not SCALES[0] <= scale <= SCALES[1]:
                break
            fitted = _quantized(fitted, scale, 0)
        moved = _quantized(fitted, fitted.y().scale, zero)
        return moved if not lowerable(op, moved) else inst

    def _commit(self, op: Op, inst: Instance) -> bool:
        """Add the node, if .tflite can say it; mostly not if its outputs are no int8, or the same for every input."""
        try:
            write_tflite(_alone(inst))
        except UnsupportedModel:
            return False
        if lowerable(op, inst) or (inst.y().dtype != "int8" and self.rng.random() < 0.5):
            return False
        dead = all((a == b).all() for a, b in zip(*self._run(op, inst), strict=True))
        if dead and self.rng.random() < 0.9:
            return False
        self._add(op, inst)
        return True

    def _add(self, op: Op, inst: Instance) -> None:
        results = self._run(op, inst)
        self.nodes.append(inst.node)
        self.tensors |= {t.name: t for t in (*inst.inputs, *inst.outputs) if t is not None}
        self.values |= {t.name: [r[k] for r in results] for k, t in enumerate(inst.outputs)}

    def _run(self, op: Op, inst: Instance) -> list[tuple[np.ndarray, ...]]:
        """The outputs for each probe."""
        results = []
        for k in range(PROBES):
            arrays = [None if t is None else self.values[t.name][k] if t.data is None else t.data for t in inst.inputs]
            results.append(op.reference(inst, *arrays))
        return results


def _instance(
    op: str, name: str, ins: Sequence[Tensor | None], outs: Sequence[Tensor], attrs: Mapping[str, Any]
) -> Instance:
    node = Node(op, name, tuple(t.name if t else "" for t in ins), tuple(t.name for t in outs), attrs)
    return Instance(node, tuple(ins), tuple(outs))


def _alone(inst: Instance) -> Graph:
    """A graph of this node."""
    tensors = {t.name: t for t in (*inst.inputs, *inst.outputs) if t is not None}
    inputs = dict.fromkeys(t.name for t in inst.inputs if t is not None and t.data is None)
    return Graph("alone", (inst.node,), tensors, tuple(inputs), inst.node.outputs)


def _quantized(inst: Instance, scale: float, zero: int) -> Instance:
    """The node with another quantization of output 0."""
    y = inst.outputs[0]
    return replace(inst, outputs=(replace(y, type=replace(y.type, quant=Quant((scale,), (zero,)))), *inst.outputs[1:]))


def _resized(t: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A constant repeated or cut to another shape, and so are its scales, if they are along an axis."""
    assert t.data is not None
    q = t.type.quant
    if q is not None and q.axis is not None:
        n = shape[q.axis]
        q = Quant(tuple(np.resize(q.scale, n).tolist()), (0,) * n, q.axis)
    return Tensor(t.name, Type(shape, t.type.dtype, q), np.resize(t.data, shape))


def _bias(bias: Tensor, x: Tensor, w: Tensor, channels: int) -> Tensor:
    """The bias for so many channels, with the scales that TFLite Micro insists on."""
    assert bias.data is not None and w.type.quant is not None
    scales = tuple(float(np.float32(x.type.scale) * np.float32(s)) for s in w.type.quant.scale)
    quant = Quant(scales, (0,) * len(scales), None if w.type.quant.axis is None else 0)
    return Tensor(bias.name, Type((channels,), "int32", quant), np.resize(bias.data, channels))


def _bias_fits(inst: Instance) -> bool:
    """Whether TFLite Micro takes the bias, whose scale is rounded: with very fine outputs it does not."""
    if not inst.has(2) or inst.inputs[2].type.quant is None:
        return True
    product = inst.x().scale * np.array(inst.x(1).quant.scale)
    return bool((abs(product - inst.x(2).quant.scale) <= 0.02 * inst.y().scale).all())


def _is_odd(t: Tensor) -> bool:
    """Whether most of TFLite Micro's kernels refuse it: int16 with a zero point."""
    return t.type.dtype == "int16" and t.type.quant is not None and any(t.type.quant.zero)


def _is_moderate(t: Type) -> bool:
    return t.size <= MOST_VALUES and len(t.shape) <= MOST_RANK and max(t.shape, default=1) <= MOST_DIMENSION


def _zero(t: Tensor) -> int | None:
    return t.type.quant.zero[0] if t.type.quant else None
