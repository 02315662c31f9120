"""What `<name>_listen` answered on a target, step by step, and how that compares with the reference."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from lapel import codegen
from lapel.audio.detector import to_scores
from lapel.audio.listener import Listener
from lapel.codegen.listen import HEARD_BYTES
from lapel.proving.ears import Ears
from lapel.records import Event
from lapel.simulate import RawRun


@dataclass(frozen=True, eq=False)
class Ran:
    """A run of the adapter of `<name>_listen`. scores: uint8 [steps, outputs]; outputs: the model's own, as bytes."""

    raw: RawRun
    scores: np.ndarray
    outputs: np.ndarray
    events: tuple[Event, ...]


def read_run(code: codegen.Firmware, raw: RawRun) -> Ran:
    """The rows of the adapter's outputs as scores and events."""
    (scores,) = code.outputs
    found = [struct.unpack("<BBBxI", row[:HEARD_BYTES].tobytes()) for row in raw.outputs]
    outputs = np.ascontiguousarray(raw.outputs[:, HEARD_BYTES:])
    events = tuple(Event(word, step, score) for heard, word, score, step in found if heard)
    return Ran(raw, to_scores(outputs.view(scores.type.dtype)), outputs, events)


def mismatches_of(ears: Ears, samples: np.ndarray, ran: Ran) -> int:
    """Steps whose scores, or events, are not those of the reference. samples: int16 [count] of all these steps."""
    listener = Listener(ears.graph, ears.detector)
    events = listener.listen(samples)
    wrong = np.flatnonzero((np.array(listener.scores) != ran.scores).any(axis=1))
    return len({*wrong.tolist(), *(e.step for e in {*events} ^ {*ran.events})})
