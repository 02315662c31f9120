"""Models as data beside generated code: instructions, loading, bytes, and RAM; and the delta of a retrained layer.

    python benchmarks/blobs.py [--only MODEL ...] [--target CORE ...] [--json benchmarks/blobs.json]

Needs the model files and, for the delta, data/kws-mlperf/features.npz: LAPEL_SHARED names the folder that has them.
What is not asked for stays in the JSON file as it was.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from run import models_folder

import lapel
from lapel.codegen.blob import blob
from lapel.codegen.kernelset import kernel_set
from lapel.files import write_file
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.proving.blob import build_blob
from lapel.records import bytes_by_kind
from lapel.targets import load_target
from lapel.updates.delta import apply, make
from lapel.wish import Wish

MODELS = ("kws", "vww", "ic", "ad", "sww")
TARGETS = ("cortex-m4", "cortex-m0", "cortex-m55")
DATA = Wish(shared=True, whole_input=True)
RETRAINED = "delta"
"""What is asked for beside the models."""
STEPS, LEARNING_RATE, TRAINED = 100, 0.05, 700
"""Steps of gradient descent, each of all samples that are trained with; the other ones are held out."""


def interpreted(model: Path, target: str) -> dict[str, Any]:
    """What a model as data takes at any address of flash, and generated code with the same kernels."""
    found, same = build_blob(model, target), lapel.build(model, target, wish=DATA)
    assert found.bit_exact and same.bit_exact
    parts = bytes_by_kind(found.parts)
    return {
        "instructions": found.instructions,
        "generated_instructions": same.instructions,
        "load_instructions": found.load_instructions,
        "steps": sum(len(step.calls) for step in same.plan.steps),
        **{f"{kind}_bytes": parts.get(kind, 0) for kind in ("interpreter", "checks", "kernels", "tables", "blob")},
        "generated_flash_bytes": same.memory.flash_bytes,
        "ram_bytes": found.memory.ram_bytes,
        "generated_ram_bytes": same.memory.ram_bytes,
    }


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax of rows."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def descended(x: np.ndarray, labels: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights [classes, inputs] and biases after the steps, of the cross-entropy of x [samples, inputs]."""
    wanted = np.eye(len(b))[labels]
    for _ in range(STEPS):
        slope = (probabilities(x @ w.T + b) - wanted) / len(x)
        w, b = w - LEARNING_RATE * slope.T @ x, b - LEARNING_RATE * slope.sum(axis=0)
    return w, b


def accuracy(graph: Graph, x: np.ndarray, labels: np.ndarray) -> float:
    """Of the integers that a device computes."""
    scores = lapel.hosted(graph)(x)
    return float((scores.reshape(len(x), -1).argmax(axis=1) == labels).mean())


def retrained() -> dict[str, Any]:
    """The delta to kws with a last layer that was trained anew, by the scales that it has: from its weights, and from
    random ones."""
    folder = models_folder()
    graph = lapel.load(folder / "kws_int8.tflite")
    data = np.load(folder.parent.parent / "data" / "kws-mlperf" / "features.npz")
    features, labels = data["features"], data["labels"].astype(int)
    last = [n for n in graph.nodes if n.op == "dense"][-1]
    below = replace(graph, outputs=(last.inputs[0],), nodes=graph.nodes[: graph.nodes.index(last)])
    seen = lapel.hosted(below)(features)
    types = [graph.tensors[name].type for name in last.inputs]
    x = types[0].scale * (seen.reshape(len(features), -1).astype(float) - types[0].zero)
    w, b = ((graph.tensors[name].data, graph.tensors[name].type.scale) for name in last.inputs[1:])
    assert w[0] is not None and b[0] is not None
    rng = np.random.default_rng(0)
    starts = {
        "its weights": (w[0] * w[1], b[0] * b[1]),
        "random weights": (rng.normal(0, x.shape[1] ** -0.5, w[0].shape), np.zeros(len(b[0]))),
    }
    part, rest = slice(None, TRAINED), slice(TRAINED, None)
    found: dict[str, Any] = {
        "steps": STEPS, "trained": TRAINED, "held_out": len(labels) - TRAINED,
        "accuracy_before": accuracy(graph, features[rest], labels[rest]), "from": {},
    }  # fmt: skip
    for name, start in starts.items():
        new_w, new_b = descended(x[part], labels[part], *start)
        values: tuple[np.ndarray, ...] = (
            np.clip(np.rint(new_w / w[1]), -127, 127).astype(np.int8),
            np.rint(new_b / b[1]).astype(np.int32),
        )
        tensors = dict(graph.tensors)
        for tensor, value in zip(last.inputs[1:], values, strict=True):
            tensors[tensor] = replace(tensors[tensor], data=value)
        found["from"][name] = changed(graph, replace(graph, tensors=tensors)) | {
            "weights": values[0].size,
            "weights_changed": int((values[0] != w[0]).sum()),
            "largest_change": int(np.abs(values[0].astype(int) - w[0]).max()),
            "accuracy": accuracy(replace(graph, tensors=tensors), features[rest], labels[rest]),
        }
    return found


def changed(before: Graph, after: Graph) -> dict[str, int]:
    """Bytes of the new blob and of the delta to it, which gives that very blob."""
    target = load_target(TARGETS[0])
    plans = [make_plan(g, target, DATA) for g in (before, after)]
    kernels = kernel_set("kernels", target, {c.kernel for plan in plans for s in plan.steps for c in s.calls})
    old, new = (blob(plan, kernels) for plan in plans)
    patch = make(old, new)
    assert apply(old, patch) == new
    return {"blob_bytes": len(new), "delta_bytes": len(patch)}


def main() -> None:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=(*MODELS, RETRAINED), default=[*MODELS, RETRAINED])
    parser.add_argument("--target", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    known = json.loads(given.json.read_text(encoding="utf-8")) if given.json and given.json.exists() else {}
    figures = known.get("models", {})
    for name in (n for n in MODELS if n in given.only):
        for target in given.target:
            found = interpreted(models_folder() / f"{name}_int8.tflite", target)
            figures.setdefault(name, {})[target] = found
            print(f"{name}, {target}: " + ", ".join(f"{k} {v:,}" for k, v in found.items()), flush=True)
    ordered = {n: {t: figures[n][t] for t in TARGETS if t in figures[n]} for n in MODELS if n in figures}
    known = {"models": ordered, **({RETRAINED: known[RETRAINED]} if RETRAINED in known else {})}
    if RETRAINED in given.only:
        known[RETRAINED] = retrained()
        print(json.dumps(known[RETRAINED], indent=2))
    if given.json:
        write_file(given.json, (json.dumps(known, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()
