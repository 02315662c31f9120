"""A model behind one that makes a part of its input at each call."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

import lapel
from lapel.audio.feeding import feed
from lapel.errors import InputError
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Carry, Graph, Node, Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ops import evaluate, evaluate_sequence

QUANT = Quant((0.5,), (-3,))


def maker(size: int, dtype: str = "int8", quant: Quant | None = None) -> Graph:
    """int16 samples as integers without scale, their bytes."""
    x = Tensor("x", Type((size,), "int16"))
    return replace(single("cast", [x], [Type((size,), dtype, quant)], {"dtype": dtype}), name="maker")


def taker(shape: tuple[int, ...]) -> Graph:
    """A model that turns its input round."""
    x = Tensor("features", Type(shape, "int8", QUANT))
    y = Type(shape[::-1], "int8", QUANT)
    return replace(single("transpose", [x], [y], {"perm": tuple(range(len(shape)))[::-1]}), name="taker")


def check_sequence(front: Graph, model: Graph, parts: int) -> None:
    both = feed(front, model)
    size = front.tensors[front.arguments[0]].type.size
    samples = np.random.default_rng(0).integers(-128, 128, (3 * parts, size)).astype(np.int16)
    ring = [np.full(size, QUANT.zero[0], np.int8)] * parts
    taken = model.tensors[model.arguments[0]]
    for x, found in zip(samples, evaluate_sequence(both, [{"x": x} for x in samples]), strict=True):
        ring = [*ring[1:], x.astype(np.int8)]
        want = evaluate(model, {taken.name: np.stack(ring).reshape(taken.type.shape)})
        assert all((found[o] == want[o]).all() for o in model.results)
    assert lapel.run(both, "cortex-m4", {"x": samples}).bit_exact


@pytest.mark.parametrize(("shape", "parts"), [((1, 4, 3), 4), ((12,), 4), ((3, 1), 1)])
def test_the_model_sees_the_newest_parts(shape: tuple[int, ...], parts: int) -> None:
    check_sequence(maker(3), taker(shape), parts)


def test_both_are_one_file() -> None:
    both = feed(maker(3), taker((1, 4, 3)))
    again = read_tflite(write_tflite(both), "both")
    samples = [{"x": np.array([k, -k, 7], np.int16)} for k in range(6)]
    renamed = [{again.arguments[0]: s["x"]} for s in samples]
    for ours, theirs in zip(evaluate_sequence(both, samples), evaluate_sequence(again, renamed), strict=True):
        assert (ours[both.results[0]] == theirs[again.results[0]]).all()


def with_two_results(graph: Graph) -> Graph:
    y = graph.tensors[graph.results[0]]
    copy = Tensor("copy", y.type)
    node = Node("reshape", "again", (y.name,), ("copy",), {"shape": y.type.shape})
    return replace(graph, nodes=(*graph.nodes, node), tensors={**graph.tensors, "copy": copy}, outputs=(y.name, "copy"))


def with_clash(graph: Graph) -> Graph:
    (name,) = graph.arguments
    names = {name: "front/y0"}
    tensors = {names.get(n, n): replace(t, name=names.get(n, n)) for n, t in graph.tensors.items()}
    nodes = tuple(replace(n, inputs=tuple(names.get(i, i) for i in n.inputs)) for n in graph.nodes)
    return replace(graph, tensors=tensors, nodes=nodes, inputs=("front/y0",))


REFUSED = {
    "several": (with_two_results(maker(3)), taker((3,)), "maker: has 2 outputs, expected one: take the other ones out"),
    "dtype": (maker(3, "int16"), taker((3,)), "taker: takes int8[3] 0.5*(q+3), maker makes int16[3]: requantize"),
    "scale": (maker(3, quant=Quant((1.0,), (0,))), taker((3,)), "maker makes int8[3] 1*(q+0): requantize the model"),
    "parts": (maker(3), taker((4,)), "taker: takes 4 numbers, maker makes 3 at a time, expected a multiple: use the"),
    "names": (maker(3), with_clash(taker((3,))), "taker: has a tensor 'front/y0', as the front end has: rename it"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_told(case: str) -> None:
    front, model, message = REFUSED[case]
    with pytest.raises(InputError) as e:
        feed(front, model)
    assert message in e.value.message


def test_states_of_both_are_kept() -> None:
    """A front end whose state counts its calls."""
    calls = count(1)
    x, state = Tensor("x", Type((2,), "int32")), Tensor("total", Type((2,), "int32"))
    front = single("add", [x, state], [state.type], {"activation": "none"})
    cast = Node("cast", "narrow", ("y0",), ("part",), {"dtype": "int8"})
    tensors = {**front.tensors, "part": Tensor("part", Type((2,), "int8"))}
    carry = Carry("total", "y0", np.zeros(2, np.int32))
    front = replace(
        front,
        nodes=(*front.nodes, cast),
        tensors=tensors,
        inputs=("x", "total"),
        outputs=("part", "y0"),
        carries=(carry,),
    )
    both = feed(front, taker((2, 2)))
    assert both.states == ("front/total", "front/ring")
    for values in evaluate_sequence(both, [{"x": np.ones(2, np.int32)}] * 4):
        assert (values[both.results[0]].T[-1] == next(calls)).all()
