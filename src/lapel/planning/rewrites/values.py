"""Which channels have one value everywhere, whatever the inputs of the graph are, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lapel.ir import DTYPES, Graph, Instance
from lapel.ir.filters import Filters
from lapel.ir.limits import MOST_STEPS
from lapel.ir.work import count_steps
from lapel.ops import registry
from lapel.planning.rewrites.groups import Groups, filters_of, tied_tensors


@dataclass(frozen=True, eq=False)
class Known:
    """Of each channel: whether it is the same at every position and for every input, and that integer (else 0)."""

    mask: np.ndarray
    value: np.ndarray


def nothing_known(channels: int) -> Known:
    """Channels of which none is known to be constant."""
    return Known(np.zeros(channels, bool), np.zeros(channels, np.int64))


class Mixer:
    """What filters that mix channels read: the weights' taps [O, taps, C], and reads [O, C], where one is not zero."""

    def __init__(self, filters: Filters, zero: int) -> None:
        self.filters, self.zero = filters, zero
        self.taps = filters.taps()
        self.reads: np.ndarray = (self.taps != 0).any(axis=1)

    def known(self, found: Mapping[str, Known], x: str) -> Known:
        """[C]: what is known of the input channels."""
        channels = self.reads.shape[1]
        of = found.get(x, nothing_known(channels))
        times = channels // len(of.mask)
        return Known(np.tile(of.mask, times), np.tile(of.value, times))

    def folds(self, x: Known) -> np.ndarray:
        """[C]: channels that add the same to every sum, so that the bias can have it instead."""
        return x.mask & ((x.value == self.zero) | (not self.filters.bordered))

    def amount(self, x: Known, gone: np.ndarray) -> np.ndarray:
        """[O], int64: what the input channels `gone`, which fold, add to the sums."""
        channels = np.flatnonzero(gone & x.mask)
        return self.taps[:, :, channels].sum(axis=1, dtype=np.int64) @ (x.value[channels] - self.zero)

    def output(self, x: Known) -> tuple[np.ndarray, np.ndarray]:
        """[O]: which outputs depend on no other channels than those that fold, and their values."""
        folds = self.folds(x)
        steady = ~(self.reads & ~folds).any(axis=1)
        acc = np.where(steady, self.amount(x, folds), 0)
        return steady, self.filters.finish(acc[None])[0]


def mixer_of(inst: Instance) -> Mixer | None:
    """What a node's filters read, if they may read any channel."""
    filters = filters_of(inst)
    return Mixer(filters, inst.x().zero) if filters is not None and filters.mixed else None


def find_values(graph: Graph, groups: Groups, mixers: Mapping[str, Mixer]) -> dict[str, Known]:
    """Known channels of every tensor that has some, found in one pass from the inputs to the outputs."""
    found: dict[str, Known] = {}
    for node in graph.nodes:
        inst, y = graph.instance(node), node.outputs[0]
        width = groups.width(y)
        mixer = mixers.get(node.name)
        if mixer is not None:
            known = _columns(*mixer.output(mixer.known(found, node.inputs[0])), width)
        elif tied_tensors(inst):
            known = _through(inst, found, width)
        else:
            continue
        if known.mask.any():
            found[y] = known
    return found


def _columns(steady: np.ndarray, values: np.ndarray, width: int) -> Known:
    """Known channels of an output of which `steady` elements (any multiple of the width) have constant values."""
    rows = values.reshape(-1, width)
    mask = steady.reshape(-1, width).all(axis=0) & (rows == rows[0]).all(axis=0)
    return Known(mask, np.where(mask, rows[0], 0).astype(np.int64))


def _through(inst: Instance, found: Mapping[str, Known], width: int) -> Known:
    """Known channels of an operator that keeps channels apart: its reference, on images of the known values.

    So the operator itself says what its windows make of a constant at the border. Where that is more work than
    MOST_STEPS, none is known.
    """
    if count_steps(registry()[inst.node.op], inst) > MOST_STEPS:
        return nothing_known(width)
    steady, arrays, filters = np.ones(width, bool), [], filters_of(inst)
    for k, t in enumerate(inst.inputs):
        if t is None or t.data is not None:
            arrays.append(None if t is None else t.data)
            if k == 1 and filters is not None:
                steady |= ~(filters.taps() != 0).any(axis=(1, 2)).reshape(-1, width).any(axis=0)
            continue
        x = found.get(t.name)
        steady &= False if x is None else x.mask
        image: np.ndarray = np.zeros(t.type.size, DTYPES[t.type.dtype])
        if x is not None:
            image.reshape(-1, len(x.value))[:] = x.value
        arrays.append(image.reshape(t.type.shape))
    if not steady.any():
        return nothing_known(width)
    (y,) = registry()[inst.node.op].reference(inst, *arrays)
    return _columns(np.tile(steady, y.size // width), y, width)
