"""A front end before a model: one graph, samples in and scores out."""

from __future__ import annotations

from dataclasses import replace

from lapel.audio import frontend
from lapel.audio.mode import FEATURES
from lapel.errors import InputError, shown
from lapel.ir import Carry, Graph, Node, Tensor, Type
from lapel.ops import verify
from lapel.records.frontend import FrontEnd

SCALE_TOLERANCE = 0.005
"""By which scales may differ: half a step at the end of int8 is 0.002, and what public models have found for the features
of the micro-frontend is up to 0.0034 off."""
PREFIX = "front/"
"""Of the names of the front end's tensors and nodes but its input."""


def chain(front: FrontEnd, model: Graph, *, frames: int | None = None, samples: int | None = None) -> Graph:
    """The graph of a front end and a model on its features.

    A model with state is fed as many frames a call as it takes, hop by hop (`frontend.streaming`); one without gets a
    clip (`frontend.graph`). frames: that it has to take. samples: of the clip, if it is longer than these frames.

    Raises InputError where the model takes other features than the front end makes: their number in a frame, frames,
    dtype, scale, zero point; UsageError of the front end.
    """
    taken = _features_of(model)
    count = _count_frames(front, model, taken.type)
    if frames is not None and frames != count:
        raise InputError(
            f"{_name(model)}: takes {count} frames, expected {frames}: use the front end it was trained with"
        )
    _check_numbers(front, model, taken.type)
    if model.carries:
        if samples is not None:
            raise InputError(
                f"{_name(model)}: has a state, so it takes no clip of {samples} samples: leave samples out"
            )
        made = frontend.streaming(front, count)
    else:
        made = frontend.graph(front, count, samples)
    return _joined(made, model, taken)


def _name(model: Graph) -> str:
    return shown(model.name)


def _features_of(model: Graph) -> Tensor:
    if len(model.arguments) != 1:
        found = ", ".join(map(shown, model.arguments))
        raise InputError(f"{_name(model)}: takes {len(model.arguments)} inputs ({found}), expected features alone")
    return model.tensors[model.arguments[0]]


def _count_frames(front: FrontEnd, model: Graph, taken: Type) -> int:
    """Frames of the model's input, whose axes but those of 1 are frames and features, or both in one."""
    axes = [n for n in taken.shape if n > 1]
    size, features = taken.size, front.features
    flat = len(axes) <= 1 and size % features == 0
    if not flat and (len(axes) != 2 or axes[1] != features) and not (features == 1 and len(axes) == 1):
        expected = f"[frames, {features}], as front end {front.mode} makes them"
        raise InputError(
            f"{_name(model)}: takes {list(taken.shape)}, expected {expected}: use the front end it was trained with"
        )
    return size // features


def _check_numbers(front: FrontEnd, model: Graph, taken: Type) -> None:
    """That the model's int8 stand for what the front end's do."""
    if taken.dtype != "int8" or taken.quant is None:
        raise InputError(f"{_name(model)}: takes {taken}, front ends make int8 features: quantize the model to int8")
    scale, zero = taken.scale, taken.zero
    if abs(scale / front.scale - 1) > SCALE_TOLERANCE or zero != front.zero:
        found = f"takes features of scale {scale:.6g} and zero point {zero}"
        expected = f"scale {front.scale:.6g} and zero point {front.zero}, as front end {front.mode} makes them"
        raise InputError(f"{_name(model)}: {found}, expected {expected}: use the front end it was trained with")


def _joined(made: Graph, model: Graph, taken: Tensor) -> Graph:
    """before: samples -> features; taken -> scores   after: samples -> features, seen as taken -> scores"""

    def named(t: str) -> str:
        return t if not t or t in made.arguments else PREFIX + t

    tensors = {named(n): replace(t, name=named(n)) for n, t in made.tensors.items()}
    both = tensors.keys() & model.tensors.keys()
    if both:
        raise InputError(f"{_name(model)}: has a tensor {shown(min(both))!r}, a name of the front end's: rename it")
    features = tensors[named(FEATURES)]
    tensors[features.name] = replace(features, type=replace(features.type, quant=taken.type.quant))
    nodes = [
        replace(n, name=named(n.name), inputs=tuple(map(named, n.inputs)), outputs=tuple(map(named, n.outputs)))
        for n in made.nodes
    ]
    seen = Node("reshape", named("seen"), (features.name,), (taken.name,), {"shape": taken.type.shape})
    carries = tuple(Carry(named(c.state), named(c.update), c.initial) for c in made.carries) + model.carries
    return verify(
        replace(
            model,
            nodes=(*nodes, seen, *model.nodes),
            tensors={**tensors, **model.tensors},
            inputs=(*made.arguments, *(c.state for c in carries)),
            outputs=(*model.results, *(c.update for c in carries)),
            carries=carries,
        )
    )
