"""The always-on stage: a graph of one operator, and which steps of the model it opens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.ir import Carry, Graph, Node, Tensor, Type
from lapel.records import Cascade

ACTIVE = 3
"""Column of the first stage's output that says whether a row is active."""


def gate(cascade: Cascade, rows: int = 1) -> Graph:
    """int16 [rows, hop_samples] -> int32 [rows, 4] as `activity` says, with its floor and mean as state."""
    samples, made, state = (rows, cascade.hop_samples), (rows, 4), Type((2,), "int32")
    names = ("stride", "ratio", "hiss", "crossings", "least", "rise", "fall")
    node = Node("activity", "gate", ("samples", "state"), ("active", "next"), {n: getattr(cascade, n) for n in names})
    types = {"samples": Type(samples, "int16"), "state": state, "active": Type(made, "int32"), "next": state}
    tensors = {name: Tensor(name, t) for name, t in types.items()}
    carries = (Carry("state", "next", np.zeros(2, np.int32)),)
    return Graph("gate", (node,), tensors, ("samples", "state"), ("active", "next"), carries)


def sustained(active: np.ndarray, onset_steps: int) -> np.ndarray:
    """bool [steps]: which active steps are at least the so manieth in a row. active: bool [steps]."""
    at = np.arange(1, len(active) + 1)
    last = np.maximum.accumulate(np.where(active, 0, at)) if len(active) else at
    return np.asarray(active & (at - last >= onset_steps))


def spans(active: np.ndarray, hangover_steps: int, preroll_steps: int) -> list[tuple[int, int]]:
    """Runs of steps, first and one behind the last, in which the model listens.

    active: bool [steps]. A run goes on for hangover_steps after an active step, and begins preroll_steps before its
    first, but not before the run ahead of it ends: runs that touch are one.
    """
    found = list[tuple[int, int]]()
    for step in np.flatnonzero(active):
        first, end = max(0, int(step) - preroll_steps), min(len(active), int(step) + 1 + hangover_steps)
        if found and int(step) <= found[-1][1] + preroll_steps:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return found


def refreshes(runs: Sequence[tuple[int, int]], steps: int, asked: Cascade) -> list[range]:
    """Steps that the model hears while it sleeps, before each of these runs and behind the last one.

    Of those that it sleeps through every so manieth; which they are is known once they are no longer of a pre-roll.
    steps: of all.
    """
    every = asked.refresh_steps
    if not every:
        return [range(0)] * (len(runs) + 1)
    ends, firsts = [0, *(end for _, end in runs)], [*(first for first, _ in runs), steps - asked.preroll_steps]
    return [range(end + every - 1, first, every) for end, first in zip(ends, firsts, strict=True)]


def listened(runs: Sequence[tuple[int, int]], steps: int, asked: Cascade) -> int:
    """Steps that the model computes: in these runs, and between them."""
    return sum(end - first for first, end in runs) + sum(map(len, refreshes(runs, steps, asked)))
