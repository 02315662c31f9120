"""What a mode of front ends is, and what it makes its graph with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from lapel.building import GraphBuilder
from lapel.ir import Carry, Graph, Quant, Tensor
from lapel.ops import verify
from lapel.records.frontend import FrontEnd

SAMPLES, FEATURES = "samples", "features"
"""The input and the output of a front end's graph."""


class Sketch:
    """A front end's graph in the making. streaming: states are kept from call to call, else those of a reset."""

    def __init__(self, front: FrontEnd, samples: int, *, streaming: bool) -> None:
        self.front = front
        self.streaming = streaming
        self.builder = GraphBuilder(front.mode)
        self.samples = self.builder.input(SAMPLES, (samples,), "int16")
        self._carries: list[Carry] = []

    def constant(self, name: str, data: np.ndarray) -> Tensor:
        """A table."""
        return self.builder.constant(name, data)

    def node(self, op: str, *inputs: Tensor, name: str = "", **attrs: Any) -> Tensor:
        """The output of a new node."""
        return self.builder.node(op, *inputs, name=name, **attrs)

    def nodes(self, op: str, *inputs: Tensor, name: str = "", **attrs: Any) -> tuple[Tensor, ...]:
        """The outputs of a new node."""
        return self.builder.split(op, *inputs, name=name, **attrs)

    def state(self, name: str, initial: np.ndarray) -> Tensor:
        """A value that `keep` says how to go on with."""
        if not self.streaming:
            return self.builder.constant(name, initial)
        t = self.builder.input(name, initial.shape, str(initial.dtype))
        self._carries.append(Carry(t.name, "", initial))
        return t

    def keep(self, state: Tensor, update: Tensor) -> None:
        """What the state is at the next call."""
        self._carries = [replace(c, update=update.name) if c.state == state.name else c for c in self._carries]

    def graph(self, features: Tensor) -> Graph:
        """The graph; its features have the front end's scale and zero point."""
        tensors = self.builder.tensors
        outputs = (features, *(tensors[c.update] for c in self._carries))
        quant = Quant((float(np.float32(self.front.scale)),), (self.front.zero,))
        found = self.builder.graph(*outputs)
        named = replace(features, type=replace(features.type, quant=quant))
        return verify(replace(found, tensors={**found.tensors, named.name: named}, carries=tuple(self._carries)))


class Mode(Protocol):
    """A mode: a module of `lapel.audio.modes` that ends in `MODE = TheMode()`.

    defaults: fields of `FrontEnd` that `make` takes where nothing else is said. relative: whether levels are those
    over a peak.
    """

    defaults: Mapping[str, Any]
    relative: bool

    def problems(self, front: FrontEnd) -> list[str]:
        """Why there is no such front end in this mode: found, expected, what to do."""
        ...

    def lead(self, front: FrontEnd) -> int:
        """Samples before a frame that it needs."""
        ...

    def features(self, sketch: Sketch, frames: Tensor, peak: Tensor | None) -> Tensor:
        """int8 [T, features] of int16 [T, lead + window], the output called FEATURES.

        peak: int32 [1], for modes whose levels are relative to it; None for others.
        """
        ...


def fft_length(front: FrontEnd) -> int:
    """The least power of two that a frame fits in, 64 or more."""
    return max(64, 1 << (front.window_samples - 1).bit_length())


def tapered(window: np.ndarray) -> np.ndarray:
    """int32: a window of 0..1 as operator `taper` takes it."""
    return np.minimum(np.round(2.0**30 * window), 2**30 - 1).astype(np.int32)
