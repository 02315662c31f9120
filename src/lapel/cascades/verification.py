"""A verifier as a stage of a cascade: what checks detections of words by a second, larger network."""

from __future__ import annotations

from lapel.codegen.cascade import Check
from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.proving.verifier import Verification
from lapel.records import Detector


def check_of(found: Verification, detector: Detector) -> tuple[Graph, Check]:
    """The graph that a cascade runs, and how it is asked about these words.

    Raises UsageError: it checks speakers, or knows one of the words not.
    """
    record = found.record
    if record.checks != "words":
        raise UsageError(
            f"verifier {shown(record.name)!r} checks speakers, whom a cascade cannot enrol yet: give one of words"
        )
    missing = [w for w in detector.words if w not in record.words]
    if missing:
        known = ", ".join(map(shown, record.words))
        raise UsageError(
            f"verifier {shown(record.name)!r} knows {known}, and not {shown(missing[0])!r}, which is detected: train "
            "it for the same words"
        )
    at = tuple(record.words.index(w) for w in detector.words)
    thresholds = tuple(record.thresholds[k] for k in at)
    return found.verify, Check(record.frames, record.front.features, record.front.zero, at, 128, thresholds)
