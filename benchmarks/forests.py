"""Random forests on an Arduino Uno, and beside emlearn's on a Cortex-M0+.

Uno: digits, 70/30 by five seeds, 20 trees of at most 64 leaves. Every held-out sample runs on the emulated ATmega328P
(simavr) and is compared with the reference. Cortex-M0+: the same forests, and emlearn's of the same scikit-learn
models, int16 features, in one harness: bytes of code and constants that the function for one sample reaches, and
modelled cycles of held-out samples.

    python benchmarks/forests.py --json benchmarks/forests.json [--emlearn PYTHON]

emlearn is no dependency of this project: --emlearn names a Python that has it.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

import lapel
from lapel.ir import Graph, Node, Tensor, Type
from lapel.ops import verify
from lapel.planning import Plan, make_plan
from lapel.proving.firmware import compiled
from lapel.simulate import build_firmware, cycles, run_firmware
from lapel.simulate.profile import Chosen
from lapel.simulate.reach import Objects
from lapel.simulate.workspace import workspace
from lapel.targets import Target, load_target

SEEDS = range(5)
TREES, LEAVES, DEPTH, VOTES = 20, 64, 7, 3
BUDGET = 8000
TIMED = 16
"""Held-out samples whose cycles are modelled on the Cortex-M0+."""
EMLEARN = """
import pickle, sys, emlearn
model = pickle.load(open(sys.argv[1], "rb"))
emlearn.convert(model, method=sys.argv[2], dtype="int16_t").save(file=sys.argv[3], name="peer")
print(emlearn.__file__)
"""


def data(name: str, seed: int) -> list[np.ndarray]:
    """Training samples, held-out ones, and both their classes; features are whole numbers, as emlearn wants them."""
    x, y = {"digits": load_digits, "cancer": load_breast_cancer}[name](return_X_y=True)
    if name == "cancer":
        x = np.floor(x / x.max(axis=0) * 1000)
    return list(train_test_split(x, y, test_size=0.3, random_state=seed))


def forest(x: np.ndarray, y: np.ndarray, seed: int) -> RandomForestClassifier:
    kind = {"max_leaf_nodes": LEAVES, "max_depth": DEPTH, "criterion": "entropy"}
    return RandomForestClassifier(TREES, random_state=seed, **kind).fit(x, y)


def uno(seed: int) -> dict[str, Any]:
    """Accuracy, flash, RAM, stack and cycles of one forest; raises where a sample differs from the reference."""
    x, held, y, want = data("digits", seed)
    model = forest(x, y, seed)
    graph = lapel.from_sklearn(model, x, name="digits", votes=VOTES)
    plan = lapel.plan(graph, "arduino-uno", wish=lapel.Wish(flash_budget=BUDGET))
    alone = replace(plan.target, emulator=replace(plan.target.emulator, program=""))
    codes = held.astype(graph.tensors[graph.inputs[0]].type.dtype)
    with compiled(replace(plan, target=alone), graph, "count") as c:
        raw = c.execute({graph.inputs[0]: codes[:, None, :]}, 600.0)
        memory = c.memory(raw)
    y_type = graph.tensors[graph.outputs[0]].type
    votes = raw.outputs.view(y_type.dtype)
    expected = np.stack([reference(graph, row) for row in codes])
    assert (votes == expected).all(), "the firmware's votes differ from the reference's"
    return {
        "seed": seed,
        "samples": len(held),
        "accuracy": float((votes.argmax(axis=1) == want).mean()),
        "float_accuracy": float(model.score(held, want)),
        "kernel": plan.steps[0].kernel,
        "flash_bytes": memory.flash_bytes,
        "ram_bytes": memory.ram_bytes,
        "stack_bytes": memory.stack_bytes,
        "cycles_mean": float(np.mean(raw.sample_cycles)),
        "cycles_most": int(max(raw.sample_cycles)),
    }


def reference(graph: Graph, row: np.ndarray) -> np.ndarray:
    from lapel.ops import evaluate

    return evaluate(graph, {graph.inputs[0]: row[None]})[graph.outputs[0]][0]


def with_class(graph: Graph) -> Graph:
    """The graph whose output is the index of the class, as emlearn's function gives it."""
    (scores,) = graph.outputs
    node = Node("argmax", "class", (scores,), ("class",), {"axis": 1})
    tensors = {**graph.tensors, "class": Tensor("class", Type((1,), "int32"))}
    return verify(replace(graph, nodes=(*graph.nodes, node), tensors=tensors, outputs=("class",)))


def ours(graph: Graph, target: Target, kernels: Sequence[str], held: np.ndarray) -> dict[str, Any]:
    plan: Plan = make_plan(with_class(graph), replace(target, kernels=tuple(kernels)))
    from lapel import codegen

    code = codegen.generate(plan)
    x = held.astype(graph.tensors[graph.inputs[0]].type.dtype)
    return measured(code.files(), target, f"{code.prefix}_invoke", x.reshape(len(x), -1))


def peer(python: str, model: Any, method: str, target: Target, held: np.ndarray) -> dict[str, Any]:
    """emlearn's function for one sample, called from the same harness."""
    with tempfile.TemporaryDirectory() as folder:
        stored, header = Path(folder) / "model.pickle", Path(folder) / "peer.h"
        stored.write_bytes(pickle.dumps(model))
        said = subprocess.run(
            [python, "-c", EMLEARN, str(stored), method, str(header)], capture_output=True, text=True, check=True
        )
        headers = {p.name: p.read_text() for p in Path(said.stdout.strip().splitlines()[-1]).parent.glob("eml_*.h")}
        text = header.read_text()
    n = held.shape[1]
    call = f"peer_predict(features, {n})"
    body = (
        f'#include "peer.h"\nint16_t features[{n}];\nint32_t found;\nvoid peer_invoke(void);\n'
        f"void peer_invoke(void)\n{{\n    found = {call};\n}}\n"
    )
    adapter = (
        f'#include "harness.h"\nextern int16_t features[{n}];\nextern int32_t found;\nvoid peer_invoke(void);\n'
        "void adapter_reset(void)\n{\n}\n"
        f"void adapter_read_inputs(void)\n{{\n    harness_read((uint8_t *)features, {2 * n}u);\n}}\n"
        "void adapter_invoke(void)\n{\n    peer_invoke();\n}\n"
        "void adapter_write_outputs(void)\n{\n    harness_write((uint8_t *)&found, 4u);\n}\n"
        "uint8_t *adapter_arena(void)\n{\n    return (uint8_t *)features;\n}\n"
        f"uint32_t adapter_arena_bytes(void)\n{{\n    return {2 * n}u;\n}}\n"
    )
    own = {name: re.sub(r"<(eml_\w+\.h)>", r'"\1"', t) for name, t in {"peer.h": text, **headers}.items()}
    sources = {**own, "model.c": body, "adapter.c": adapter}
    return measured(sources, target, "peer_invoke", held.astype(np.int16))


def measured(sources: dict[str, str], target: Target, entry: str, held: np.ndarray) -> dict[str, Any]:
    """Accuracy is the caller's: classes, bytes that the entry reaches, and the mean of modelled cycles."""
    with workspace() as folder:
        firmware = build_firmware(sources, target, folder, mode="count", cflags_extra=("-w",))
        inputs = np.ascontiguousarray(held).view(np.uint8).reshape(len(held), -1)
        raw = run_firmware(firmware, inputs, 4, timeout_s=600.0)
        timed = run_firmware(firmware, inputs[:TIMED], 4, timeout_s=600.0, chosen=Chosen(0, 1))
        each = [sum(e.cycles.nominal for e in cycles.estimate(firmware, p)) for p in timed.chosen_profiles]
        sections, _ = Objects(sorted(folder.glob("*.o"))).reach([entry])
        size = sum(s.bytes for s in sections.values())
    return {
        "classes": raw.outputs.view(np.int32)[:, 0].tolist(),
        "flash_bytes": size,
        "instructions_mean": float(np.mean(raw.sample_instructions)),
        "cycles_mean": float(np.mean(each)),
    }


def beside(name: str, python: str, seed: int = 0) -> list[dict[str, Any]]:
    """Rows of both, table and code, on the Cortex-M0+."""
    x, held, y, want = data(name, seed)
    model, target = forest(x, y, seed), load_target("cortex-m0plus")
    rows = []
    for votes in (1, VOTES):
        graph = lapel.from_sklearn(model, x, name=name, votes=votes)
        kernels = {"table": ("portable",), "code": ("written_whole", "portable")}
        for form, chosen in kernels.items():
            rows.append({"by": "lapel", "form": form, "votes": votes, **ours(graph, target, chosen, held)})
    for form, method in (("table", "loadable"), ("code", "inline")):
        rows.append({"by": "emlearn", "form": form, **peer(python, model, method, target, held)})
    for row in rows:
        found = model.classes_[np.array(row.pop("classes"))]
        row |= {"data": name, "accuracy": float((found == want).mean())}
        row["agrees"] = float((found == model.predict(held)).mean())
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--emlearn", default="", help="a Python that has emlearn 0.23")
    parser.add_argument("--only", choices=("uno", "peers"))
    args = parser.parse_args()
    found = json.loads(args.json.read_text()) if args.json.exists() else {}
    if args.only != "peers":
        found["uno"] = [uno(seed) for seed in SEEDS]
    if args.emlearn and args.only != "uno":
        found["peers"] = [row for name in ("digits", "cancer") for row in beside(name, args.emlearn)]
    args.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
