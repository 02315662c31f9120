"""Perfetto and Chrome's tracing: one inference on a time line, with the bytes of the arena that are in use.

Source: Trace Event Format (Google, 2016): complete events ("X"), counters ("C") and metadata ("M"); times in us.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lapel.reports.dossier import Dossier
from lapel.reports.firmware import Firmware
from lapel.reports.tiles import known_target
from lapel.reports.viewer import Viewer

OF = {"pid": 1, "tid": 1}


def write(dossier: Dossier) -> dict[str, str]:
    """Of a firmware in which time is counted or modelled."""
    fw = dossier.firmware
    if fw is None or fw.total is None:
        return {}
    per_us, said = _scale(fw)
    trace = {
        "traceEvents": list(_events(fw, per_us, dossier.title)),
        "displayTimeUnit": "ns",
        "otherData": {"firmware": dossier.title, "times are": fw.unit, "scale": said},
    }
    return {"trace.json": json.dumps(trace, indent=1) + "\n"}


VIEWER = Viewer("perfetto", write)


def _scale(fw: Firmware) -> tuple[float, str]:
    """Units a microsecond of the trace, and in words."""
    board = known_target(fw.target)
    if board is None or not board.clock_hz or not fw.unit.endswith("cycles"):
        unit = fw.unit.removesuffix("s")
        return 1.0, f"one microsecond stands for one {unit}"
    return board.clock_hz / 1e6, f"microseconds at {board.clock_hz / 1e6:g} MHz"


def _events(fw: Firmware, per_us: float, title: str) -> Iterator[dict[str, Any]]:
    yield {"ph": "M", "name": "process_name", **OF, "args": {"name": title}}
    yield {"ph": "M", "name": "thread_name", **OF, "args": {"name": fw.core}}
    at = 0
    for k, (step, time) in enumerate(zip(fw.plan.steps, fw.times, strict=True)):
        took = 0 if time is None else time.value
        bounds = {} if time is None else {"at least": time.low, "at most": time.high}
        args = {
            "layer": fw.labels[k], "kernel": step.kernel, fw.unit: took, **bounds, "MACs": step.macs,
            "bytes in use": step.live_bytes, "why": [c.choice.why for c in step.calls],
        }  # fmt: skip
        where = {"ts": at / per_us, "pid": 1}
        yield {"ph": "C", "name": "arena", **where, "args": {"bytes": step.live_bytes}}
        yield {
            "ph": "X",
            "name": f"{k} {step.op}",
            "cat": step.op,
            **where,
            "tid": 1,
            "dur": took / per_us,
            "args": args,
        }
        at += took
    yield {"ph": "C", "name": "arena", "ts": at / per_us, "pid": 1, "args": {"bytes": 0}}
