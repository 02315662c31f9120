"""Accumulators at their bounds (docs/SPEC.md section 4): equal in every bit on every core; one more is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import merge
from lapel import codegen
from lapel.errors import UnsupportedModel
from lapel.families.window import Window, same_pad
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph, Node, Quant, Tensor, Type
from lapel.ir.op import lowerable, single
from lapel.ops import evaluate, registry
from lapel.planning import make_plan
from lapel.planning.rewrites.channels import remove_channels
from lapel.proving.run import reference_outputs
from lapel.proving.samples import to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.firmware import SANITIZE
from lapel.targets import load_target
from lapel.variants import variants
from oracle import run_tflite_micro

Kernel = tuple[int, int, int]
LAYERS: dict[str, list[Kernel]] = {
    "dense": [(1, 1, 7), (1, 1, 516), (1, 1, 33000)],
    "conv": [(3, 3, 2), (3, 3, 9), (1, 1, 516), (4, 4, 16)],
    "depthwise": [(3, 3, 8), (1, 5, 4), (5, 5, 6), (2, 3, 5)],
    "tconv": [(3, 3, 5)],
}
"""By operator: height, width and input channels of kernels."""
MEASURES = {
    "definition": ("dense", "conv", "depthwise", "tconv"),
    "first": ("dense", "conv"),
    "second": ("dense", "conv"),
    "doubled": ("depthwise",),
}
"""What is at its bound: any accumulator; that of the first or the second of two packed channels (runtime/dspdot.h);
one that is doubled (runtime/depthwise_dsp.c)."""
MULTIPLIERS = {
    "definition": (1.1 * 2.0**-24, 1.1 * 2.0**-8, 0.9, 300.0),
    "first": (1.1 * 2.0**-23,),
    "second": (1.1 * 2.0**-16,),
    "doubled": (1.1 * 2.0**-23, 1.1 * 2.0**-16),
}
"""Output multipliers: accumulators fill the range of int8, or exceed it; a left shift wraps."""


def bound_layer(measure: str, op: str, kernel: Kernel, multiplier: float, over: int = 0) -> Graph:
    """Channels whose weights and biases have either sign each, with `measure` at its bound, or beyond it by `over`."""
    c, fan_in = kernel[2], int(np.prod(kernel if op != "depthwise" else kernel[:2]))
    outputs = c if op == "depthwise" else 4
    signs = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)] * outputs)[:outputs]
    second = np.arange(outputs) % 2 == 1
    most = np.where(second & (measure in ("first", "second")) & (fan_in > 500), 1, 127)
    weights = np.repeat((signs[:, 0] * most)[:, None], fan_in, axis=1)
    zero = 0 if fan_in > 1000 else -128 if c % 2 else 127
    total, folded = np.abs(weights).sum(axis=1), zero * weights.sum(axis=1)
    if measure == "definition":
        bias = signs[:, 1] * (2**31 - 1 + over - 256 * total)
    elif measure == "doubled":
        bias = signs[:, 1] * (2**30 - 1 + over - 128 * total) + folded
    else:
        limit, sums = 2**30 if measure == "first" else 2**23, [v * weights for v in (-128, 127)]
        low, high = np.minimum(*sums).sum(axis=1), np.maximum(*sums).sum(axis=1)
        bias = np.where(signs[:, 1] > 0, limit - 1 + over - high, -limit - over - low)
        bias = np.where(second == (measure == "second"), bias, 0) + folded
    return make_layer(op, kernel, weights, bias, zero, multiplier)


def make_layer(op: str, kernel: Kernel, weights: np.ndarray, bias: np.ndarray, zero: int, multiplier: float) -> Graph:
    """One layer on an input a little larger than its kernel, so that some windows reach beyond it."""
    (h, w, c), outputs = kernel, len(weights)
    shapes = {"dense": (outputs, c), "depthwise": (1, h, w, outputs)}
    shape = shapes.get(op, (outputs, h, w, c))
    data = weights.T.reshape(shape) if op == "depthwise" else weights.reshape(shape)
    window = Window((h, w), (1, 1))
    pad = same_pad((h + 1, w + 2), window)
    attrs: dict[str, object] = {"activation": "none", "rounding": "double"}
    x, y = (1, h + 1, w + 2, c), (1, h + 1, w + 2, outputs)
    if op == "dense":
        x, y = (1, c), (1, outputs)  # type: ignore[assignment]
        attrs["keep_dims"] = False
    elif op == "tconv":
        attrs |= {"size": (h + 1, w + 2), "stride": (1, 1), "pad": pad}
    else:
        attrs |= {"stride": (1, 1), "dilation": (1, 1), "pad": pad}
    tensors = [
        Tensor("x", Type(x, "int8", Quant((1.0,), (zero,)))),
        Tensor("w", Type(shape, "int8", Quant((1.0,), (0,))), data.astype(np.int8)),
        Tensor("bias", Type((outputs,), "int32", Quant((1.0,), (0,))), bias.astype(np.int32)),
    ]
    return single(op, tensors, [Type(y, "int8", Quant((float(np.float32(1 / multiplier)),), (-5,)))], attrs)


def layers(over: int = 0) -> list[Graph]:
    """At every bound, or beyond those of the kernels."""
    return [
        bound_layer(measure, op, kernel, multiplier, over)
        for measure, ops in MEASURES.items()
        for op in ops
        for kernel in LAYERS[op]
        for multiplier in MULTIPLIERS[measure]
        if not over or measure != "definition"
    ]


def extremes(graph: Graph) -> dict[str, np.ndarray]:
    """All inputs at their lowest, their highest and their zero point, and each at either end."""
    samples = {}
    for name in graph.inputs:
        t = graph.tensors[name].type
        either = np.random.default_rng(t.size).choice(np.array([-128, 127], np.int8), t.shape)
        samples[name] = np.stack([*(np.full(t.shape, v, np.int8) for v in (-128, 127, t.zero)), either])
    return samples


def modulo_layers() -> list[Graph]:
    """Accumulators of 2^31 - 2 times 1 - 2^-26 plus a zero point of 100: negative, modulo 2^32."""
    graphs = []
    for op in ("conv", "depthwise", "tconv"):
        weights = np.array([[1], [-1]] if op != "depthwise" else [[1]])
        graph = make_layer(op, (1, 1, 1), weights, np.array([2**31 - 257, 257 - 2**31])[: len(weights)], -128, 1.0)
        tensors = dict(graph.tensors)
        for name, scale, zero in (("x", 1 + 2.0**-13, -128), ("w", 1 - 2.0**-13, 0), ("y0", 1.0, 100)):
            t = tensors[name]
            tensors[name] = replace(t, type=replace(t.type, quant=Quant((scale,), (zero,))))
        graphs.append(replace(graph, tensors=tensors))
    return graphs


def test_layers_at_the_bound_are_legal_and_equal_tflite_micro() -> None:
    for graph in [*layers(), *layers(over=1), *modulo_layers()]:
        assert lowerable(registry()[graph.nodes[0].op], graph.instance(graph.nodes[0])) == [], graph
        model, samples = write_tflite(graph), extremes(graph)["x"]
        for x in samples:
            (theirs,) = run_tflite_micro(model, [x])
            assert (evaluate(graph, {"x": x})[graph.outputs[0]] == theirs).all(), graph


def test_zero_points_are_added_modulo_32_bits() -> None:
    for graph in modulo_layers():
        assert evaluate(graph, {"x": extremes(graph)["x"][1]})["y0"][0, 0, 0, 0] == -128


@pytest.mark.parametrize(("measure", "limit"), [("definition", 31), ("first", 30), ("second", 23), ("doubled", 30)])
def test_accumulators_do_reach_the_bound(measure: str, limit: int) -> None:
    """The definition's bound to within what 256 is more than 255, and the doubled one's than 127."""
    op = MEASURES[measure][-1] if measure != "definition" else "dense"
    graph = bound_layer(measure, op, LAYERS[op][0], 1.0)
    (call, *_), weights = registry()[op].lower(graph.instance(graph.nodes[0])), graph.tensors["w"].data
    bias = call.params["bias"]
    assert weights is not None and isinstance(bias, np.ndarray)
    rows = weights.reshape(-1, weights.shape[3]).T if op == "depthwise" else weights.reshape(len(weights), -1)
    sums = np.array([(rows.astype(np.int64) * v).sum(axis=1) + bias for v in (-128, 127)])
    sums = sums[:, 1::2] if measure == "second" else sums[:, ::2]
    slack = {"definition": 7 * 127, "doubled": 9 * 127}.get(measure, 0)
    assert -(2**limit) <= sums.min() <= -(2**limit) + 1 + slack
    assert 2**limit - 1 - slack <= sums.max() < 2**limit


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m55"])
def test_layers_at_the_bound_on_a_core(core: str) -> None:
    graph = merge(f"bounds_on_{core}", [*layers(), *layers(over=1), *modulo_layers()])
    assert lapel.run(graph, core, extremes(graph)).bit_exact


@pytest.mark.parametrize("kernels", [("portable",), ("dsp", "portable")], ids=lambda k: k[0])
def test_layers_at_the_bound_under_sanitizers(kernels: tuple[str, ...], tmp_path: Path) -> None:
    """No sum of signed integers overflows in C."""
    graph = merge("sanitized", [*layers(), *modulo_layers()])
    plan = make_plan(graph, replace(load_target("host"), kernels=kernels))
    code = codegen.generate(plan, with_arena=True)
    firmware = build_firmware(code.files(), plan.target, tmp_path, mode="plain", cflags_extra=SANITIZE)
    samples = extremes(graph)
    size = sum(p.type.bytes for p in code.outputs)
    raw = run_firmware(firmware, to_bytes(graph, samples), size + plan.arena_bytes)
    rows = [v.reshape(len(v), -1).view(np.uint8) for v in reference_outputs(graph, samples).values()]
    assert (raw.outputs[:, :size] == np.concatenate(rows, axis=1)).all()


def test_sums_of_large_windows_leave_24_bits(tmp_path: Path) -> None:
    """Windows of which a run, or the parts together, is too long for two channels' sums in a word."""
    kernels = [(1, 5, 220), (5, 5, 26)]
    graphs = [bound_layer("definition", "conv", k, m) for k in kernels for m in MULTIPLIERS["definition"]]
    for k in kernels:
        weights = np.repeat([[127], [127], [-127], [-127]], int(np.prod(k)), axis=1)
        graphs.append(make_layer("conv", k, weights, np.zeros(4), 0, 1.1 * 2.0**-18))
    graph = merge("large_sums", graphs)
    plan = make_plan(graph, replace(load_target("host"), kernels=("dsp", "portable")))
    assert {s.kernel for s in plan.steps} == {"conv_dsp_parts"}
    code = codegen.generate(plan, with_arena=True)
    firmware = build_firmware(code.files(), plan.target, tmp_path, mode="plain", cflags_extra=SANITIZE)
    size = sum(p.type.bytes for p in code.outputs)
    raw = run_firmware(firmware, to_bytes(graph, extremes(graph)), size + plan.arena_bytes)
    rows = [v.reshape(len(v), -1).view(np.uint8) for v in reference_outputs(graph, extremes(graph)).values()]
    assert (raw.outputs[:, :size] == np.concatenate(rows, axis=1)).all()
    assert lapel.run(graph, "cortex-m4", extremes(graph)).bit_exact


@pytest.mark.parametrize(("measure", "op"), [(m, op) for m in list(MEASURES)[1:] for op in MEASURES[m]])
def test_the_kernels_of_a_core_take_layers_up_to_their_bounds(measure: str, op: str) -> None:
    for kernel, multiplier in product(LAYERS[op], MULTIPLIERS[measure]):
        plan = make_plan(bound_layer(measure, op, kernel, multiplier), load_target("cortex-m4"))
        assert plan.steps[0].calls[0].kernel.startswith(f"{op}_dsp"), plan
        beyond = bound_layer(measure, op, kernel, multiplier, over=1)
        (call,) = registry()[op].lower(beyond.instance(beyond.nodes[0]))
        reason = variants()[f"{op}_dsp"].specialize(call)
        assert reason == f"an accumulator could reach 2^{23 if measure == 'second' else 30}"


@pytest.mark.parametrize("op", LAYERS)
def test_one_more_than_the_bound_is_refused(op: str) -> None:
    for kernel in LAYERS[op]:
        model = write_tflite(bound_layer("definition", op, kernel, 1.0, over=1))
        with pytest.raises(UnsupportedModel) as e:
            read_tflite(model)
        assert e.value.problems[0].endswith(
            "an accumulator could reach 2147483648, expected below 2^31: use smaller weights, bias or fan-in"
        )


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m55"])
def test_a_sum_of_products_that_fills_32_bits(core: str) -> None:
    """66 000 inputs; outputs follow the accumulators through the whole range."""
    weights = np.repeat([[127], [-127]], 66000, axis=1)
    room = 2**31 - 1 - 256 * 127 * 66000
    graph = make_layer("dense", (1, 1, 66000), weights, np.array([room, -room]), -128, 1.1 * 2.0**-25)
    x = np.stack([np.full((1, 66000), v, np.int8) for v in (-128, -1, 64, 127)])
    result = lapel.run(graph, core, x)
    assert result.bit_exact and np.ptp(result.outputs["y0"].astype(int)) > 130


def pool(kernel: tuple[int, int], channels: int) -> Graph:
    """A mean over all of an image twice as wide as the kernel, in two windows."""
    x, y = (Type((1, h, 2 * w, channels), "int8", Quant((1.0,), (0,))) for h, w in (kernel, (1, 1)))
    attrs = {"kernel": kernel, "stride": kernel, "pad": (0, 0, 0, 0), "activation": "none"}
    return single("avgpool", [Tensor("x", x)], [y], attrs)


def test_means_of_windows_at_their_bounds() -> None:
    """Of 255 and 256 cells, which kernels sum in 16 bits, of a few more, and of the most that there may be."""
    graphs = [pool(k, 5) for k in ((15, 17), (85, 3), (16, 16), (257, 1), (17, 16))] + [pool((256, 256), 1)]
    for graph in graphs:
        for x in extremes(graph)["x"]:
            assert (evaluate(graph, {"x": x})["y0"] == run_tflite_micro(write_tflite(graph), [x])[0]).all()
    graph = merge("pools", graphs)
    assert all(lapel.run(graph, core, extremes(graph)).bit_exact for core in ("cortex-m4", "cortex-m55"))


def mean(cells: int, zero: int) -> Graph:
    """A mean over rows and columns."""
    x = Type((1, cells // 4096, 4096, 1), "int8", Quant((1.0,), (zero,)))
    y = Type((1, 1, 1, 1), "int8", Quant((2.5,), (-3,)))
    return single("mean", [Tensor("x", x)], [y], {"axes": (1, 2), "keep_dims": True, "rounding": "double"})


@pytest.mark.parametrize("zero", [-128, 127])
def test_a_mean_at_its_bound(zero: int, tmp_path: Path) -> None:
    """2^23 cells, all 255 from the zero point; on the host, because no emulated core has room for them."""
    graph = mean(2**23, zero)
    plan = make_plan(graph, load_target("host"))
    code = codegen.generate(plan, with_arena=True)
    firmware = build_firmware(code.files(), plan.target, tmp_path, mode="plain", cflags_extra=SANITIZE)
    x = np.full((1, 1, 2048, 4096, 1), -1 - zero, np.int8)
    raw = run_firmware(firmware, to_bytes(graph, {"x": x}), 1 + plan.arena_bytes)
    (y,) = run_tflite_micro(write_tflite(graph), [x[0]])
    assert raw.outputs[0, 0].view(np.int8) == evaluate(graph, {"x": x[0]})["y0"].item() == y.item()


def test_a_mean_beyond_its_bound_is_refused() -> None:
    graph = mean(2**23 + 4096, 0)
    found = lowerable(registry()["mean"], graph.instance(graph.nodes[0]))
    assert found == ["takes 8392704 cells each, expected at most 2^23: the sum could overflow"]


def removed_layer() -> Graph:
    """Two dense layers; what reads the first's constant channel of 127, 255 above its zero point, is at the bound."""
    first = np.array([[0, 0], [3, -4]], np.int8)
    second = np.array([[127, 5], [-127, -5]], np.int8)
    room = 2**31 - 1 - 256 * 132
    quant, one = Quant((1.0,), (-128,)), Quant((1.0,), (0,))
    tensors = [
        Tensor("x", Type((1, 2), "int8", quant)),
        Tensor("w0", Type((2, 2), "int8", one), first),
        Tensor("b0", Type((2,), "int32", one), np.array([9999, 7], np.int32)),
        Tensor("t", Type((1, 2), "int8", quant)),
        Tensor("w1", Type((2, 2), "int8", one), second),
        Tensor("b1", Type((2,), "int32", one), np.array([room, -room], np.int32)),
        Tensor("y", Type((1, 2), "int8", Quant((1.5 * 2.0**23,), (0,)))),
    ]
    attrs = {"activation": "none", "keep_dims": False, "rounding": "double"}
    nodes = (
        Node("dense", "n0", ("x", "w0", "b0"), ("t",), attrs),
        Node("dense", "n1", ("t", "w1", "b1"), ("y",), attrs),
    )
    return Graph("removed", nodes, {t.name: t for t in tensors}, ("x",), ("y",))


def test_a_constant_folded_into_a_bias_leaves_the_layer_within_the_bound() -> None:
    graph = removed_layer()
    after, notes = remove_channels(graph)
    node = after.nodes[1]
    bias = after.tensors[node.inputs[2]].data
    assert notes and bias is not None and bias[0] == 2**31 - 1 - 256 * 132 + 255 * 127
    for n in (*graph.nodes, *after.nodes):
        assert lowerable(registry()["dense"], (after if n in after.nodes else graph).instance(n)) == []
    x = extremes(graph)
    for sample in x["x"]:
        assert (evaluate(graph, {"x": sample})["y"] == evaluate(after, {"x": sample})["y"]).all()
    assert all(lapel.run(graph, core, x).bit_exact for core in ("cortex-m4", "cortex-m55"))


def test_a_channel_whose_left_shift_wraps_is_no_constant() -> None:
    """Its least and greatest accumulators both wrap to outputs of -128; those between them do not."""
    graph = make_layer("dense", (1, 1, 520), np.repeat([[127], [1]], 520, axis=1), np.zeros(2), 0, 1.0)
    w = graph.tensors["w"]
    scaled = replace(w, type=replace(w.type, quant=Quant((1.3 * 2.0**9, 2.0**-9), (0, 0), 0)))
    graph = replace(graph, tensors={**graph.tensors, "w": scaled})
    x = np.stack([np.full((1, 520), v, np.int8) for v in (-128, -1, 0, 1, 5, 127)])
    assert lapel.run(graph, "cortex-m4", x).bit_exact
