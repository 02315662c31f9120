"""Flame graphs: folded stacks, a line a call: frames with semicolons between, a blank, and the time.

Source: brendangregg/FlameGraph, the input of flamegraph.pl; speedscope and others read it, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from lapel.reports.dossier import Dossier
from lapel.reports.firmware import Firmware
from lapel.reports.viewer import Viewer


def write(dossier: Dossier) -> dict[str, str]:
    """Of a firmware in which time is counted or modelled: model, operator, layer and kernel."""
    fw = dossier.firmware
    if fw is None or fw.total is None:
        return {}
    return {"folded": "".join(_lines(fw))}


VIEWER = Viewer("flamegraph", write)


def _lines(fw: Firmware) -> Iterator[str]:
    for k, (step, time) in enumerate(zip(fw.plan.steps, fw.times, strict=True)):
        if time is not None and time.value:
            frames = fw.model, step.op, f"{k} {fw.labels[k]}", step.kernel
            yield ";".join(map(_frame, frames)) + f" {time.value}\n"
    rest = (fw.total.value if fw.total else 0) - sum(t.value for t in fw.times if t is not None)
    if rest > 0:
        yield f"{_frame(fw.model)};between the layers {rest}\n"


def _frame(name: str) -> str:
    """On one line, and no two frames."""
    return "".join("," if c == ";" else c if c.isprintable() else " " for c in name)
