"""A verifier as a stage of a cascade: a second, larger network for words, or a speaker whom the application enrols."""

from __future__ import annotations

from lapel.codegen.cascade import Check
from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.proving.verifier import Verification
from lapel.records import Detector

SCORES = 1 << 15
"""Of a speaker's similarity, on either side of 0."""


def check_of(found: Verification, detector: Detector) -> tuple[Graph, Check]:
    """The graph that a cascade runs, and how it is asked about these words.

    Raises UsageError: it checks words, and knows one of these not.
    """
    record, words = found.record, detector.words
    size = (record.frames, record.front.features, record.front.zero)
    if record.checks == "speaker":
        thresholds = record.thresholds * len(words)
        at = (0,) * len(words)
        return found.verify, Check(*size, at, 0, thresholds, -SCORES, SCORES - 1, record.embedding)
    missing = [w for w in words if w not in record.words]
    if missing:
        known = ", ".join(map(shown, record.words))
        raise UsageError(
            f"verifier {shown(record.name)!r} knows {known}, and not {shown(missing[0])!r}, which is detected: train "
            "it for the same words"
        )
    at = tuple(record.words.index(w) for w in words)
    return found.verify, Check(*size, at, 128, tuple(record.thresholds[k] for k in at))
