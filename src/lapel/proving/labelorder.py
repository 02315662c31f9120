"""Labels whose classes stand in another order than the model's scores: the model is right, and seems wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST_GAIN = 0.15
LEAST_SAMPLES = 8
"""Another order is worth a warning if it meets that share, and that number, of labels more."""
LEAST_SHARE = 0.5
"""Of a class that is moved: so many of its samples get the one class that it is moved to."""
SHOWN = 4


def other_order(found: np.ndarray, wanted: np.ndarray, classes: Sequence[object]) -> str:
    """A sentence if the labels, in another order of the classes, are met by clearly more samples; else "".

    found, wanted: class indexes (N,), of the model and of the labels. classes: their names, if known.
    """
    moved = _moved(found, wanted)
    if not moved:
        return ""
    relabelled = np.array([moved.get(int(c), int(c)) for c in wanted])
    now, then = float(np.mean(found == wanted)), float(np.mean(found == relabelled))
    if then - now < LEAST_GAIN or (then - now) * len(found) < LEAST_SAMPLES:
        return ""
    said = ", ".join(f"{_name(classes, a)} is called {_name(classes, b)}" for a, b in list(moved.items())[:SHOWN])
    more = f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
    shares = f"{100 * now:.0f} % are met, {100 * then:.0f} % would be in another order of the classes"
    return f"labels: {shares} ({said}{more}): number classes as in training"


def _moved(found: np.ndarray, wanted: np.ndarray) -> dict[int, int]:
    """Classes of the labels that the model calls by each other's names; empty if they do not change places."""
    called: dict[int, int] = {}
    for c in np.unique(wanted):
        values, counts = np.unique(found[wanted == c], return_counts=True)
        most = int(values[counts.argmax()])
        if most != c and counts.max() >= LEAST_SHARE * counts.sum():
            called[int(c)] = most
    return called if set(called) == set(called.values()) else {}


def _name(classes: Sequence[object], k: int) -> str:
    return repr(classes[k]) if k < len(classes) else str(k)
