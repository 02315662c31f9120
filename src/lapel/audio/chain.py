"""A front end before a model: one graph, samples in and scores out."""

from __future__ import annotations

from dataclasses import replace

from lapel.audio import frontend
from lapel.audio.feeding import feed
from lapel.audio.mode import FEATURES
from lapel.errors import InputError, shown
from lapel.ir import Graph, Tensor, Type
from lapel.records.frontend import FrontEnd

SCALE_TOLERANCE = 0.005
"""By which scales may differ. Half a step at the end of int8 is 0.002, and public models of the micro-frontend's
features are up to 0.0034 off."""


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
    check_numbers(front, model, taken.type)
    if model.carries:
        if samples is not None:
            raise InputError(
                f"{_name(model)}: has a state, so it takes no clip of {samples} samples: leave samples out"
            )
        made = frontend.streaming(front, count)
    else:
        made = frontend.graph(front, count, samples)
    return feed(_unscaled(made), model)


def _unscaled(made: Graph) -> Graph:
    """With features that are the model's, whose scale may be a little off."""
    features = made.tensors[FEATURES]
    plain = replace(features, type=replace(features.type, quant=None))
    return replace(made, tensors={**made.tensors, FEATURES: plain})


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


def check_numbers(front: FrontEnd, model: Graph, taken: Type) -> None:
    """Raise InputError if the model's int8 do not stand for what the front end's do."""
    if taken.dtype != "int8" or taken.quant is None:
        raise InputError(f"{_name(model)}: takes {taken}, front ends make int8 features: quantize the model to int8")
    scale, zero = taken.scale, taken.zero
    if abs(scale / front.scale - 1) > SCALE_TOLERANCE or zero != front.zero:
        found = f"takes features of scale {scale:.6g} and zero point {zero}"
        expected = f"scale {front.scale:.6g} and zero point {front.zero}, as front end {front.mode} makes them"
        raise InputError(f"{_name(model)}: {found}, expected {expected}: use the front end it was trained with")
