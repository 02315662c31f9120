"""Model Explorer: figures of nodes beside a .tflite, a file a figure, to be loaded as custom node data.

Source: google-ai-edge/model-explorer, `GraphNodeData` of node_data_builder.py: values by the name of any tensor that a
node makes, and colors from the least of them to the greatest.
"""

from __future__ import annotations

import json
import math

from lapel.records import Diff, Quantized
from lapel.reports.dossier import Dossier
from lapel.reports.viewer import Viewer

WARM = ({"stop": 0, "bgColor": "#ffffff"}, {"stop": 1, "bgColor": "#e07b39"})
"""More is worse."""
COLD = ({"stop": 0, "bgColor": "#e07b39"}, {"stop": 1, "bgColor": "#ffffff"})
"""More is better."""


def write(dossier: Dossier) -> dict[str, str]:
    """Time, flash and bytes of the arena of a firmware's steps, and the noise of layers where it is known."""
    found: dict[str, tuple[dict[str, float], tuple[dict[str, object], ...]]] = {}
    fw, quantized, diff = dossier.firmware, dossier.get(Quantized), dossier.get(Diff)
    if fw is not None:
        times = {step.name: t.value for step, t in zip(fw.plan.steps, fw.times, strict=True) if t is not None}
        sizes = {step.name: size for step, size in zip(fw.plan.steps, fw.flash, strict=True) if size is not None}
        found[fw.unit.replace(" ", "-") or "time"] = dict(times), WARM
        found["flash-bytes"] = dict(sizes), WARM
        found["arena-bytes"] = {step.name: step.live_bytes for step in fw.plan.steps if step.inputs}, WARM
    if quantized is not None:
        noise = {y.name: y.sqnr_db for y in quantized.layers}
    elif diff is not None and diff.beside is not None:
        noise = {y.layer: y.sqnr_db for y in diff.beside.layers}
    else:
        noise = {}
    found["sqnr-db"] = {name: db for name, db in noise.items() if math.isfinite(db)}, COLD
    return {f"{name}.node-data.json": _data(*data) for name, data in found.items() if data[0]}


VIEWER = Viewer("model-explorer", write)


def _data(values: dict[str, float], gradient: tuple[dict[str, object], ...]) -> str:
    results = {name: {"value": value} for name, value in values.items()}
    return json.dumps({"results": results, "gradient": list(gradient)}, indent=1) + "\n"
