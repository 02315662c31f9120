"""Other people's models: equal to TFLite Micro in every tensor, equal on every core, within their budgets."""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import lapel
from batch import draw_samples
from lapel.errors import DoesNotFit
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.planning import make_plan
from lapel.proving.run import reference_outputs
from lapel.targets import load_target
from lapel.wish import Goal, Wish
from oracle import run_tflite_micro, run_tflite_micro_all

MODELS = {name: f"mlperf-tiny/{name}_int8.tflite" for name in ("kws", "vww", "ic", "ad", "sww")}
MODELS["micro_kws"] = "micro-kws/int8.tflite"
CORES = ("host", "cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imac")
ARENA_BYTES = {"kws": 8_448, "vww": 36_896, "ic": 33_328, "ad": 768, "sww": 3_712}
"""On the Cortex-M4; vww's is 16 bytes more than its bound, which would cost a copy of 36,864."""
GOALS: tuple[Goal, ...] = ("latency", "ram", "flash", "balanced")
SIBLINGS = ("cortex-m3", "cortex-m7", "cortex-m33")
"""Cores whose kernels are those of the Cortex-M0 or the Cortex-M4, compiled for another pipeline."""
SCALAR = ("cortex-m0plus", "cortex-m3", "rv32imac")
LARGE = ("vww", "ic")
"""Networks whose firmwares take seconds to compile."""
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PEERS = tomllib.loads((BENCHMARKS / "peers.toml").read_text())
BUDGETS = tomllib.loads((BENCHMARKS / "budgets.toml").read_text())


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest, shared: Path) -> tuple[str, bytes, Graph]:
    path = shared / "models" / MODELS[request.param]
    return request.param, path.read_bytes(), lapel.load(path)


def on_cores(cores: Sequence[str], every: int) -> list[object]:
    """(model, core): on each core one of so many models, in turn; the others in `make test-long`."""
    pairs = [(name, core, (i + k) % every) for k, core in enumerate(cores) for i, name in enumerate(MODELS)]
    return [pytest.param(n, c, marks=[pytest.mark.long] if turn else [], id=f"{n}-{c}") for n, c, turn in pairs]


def tensor_names(data: bytes) -> list[str]:
    g = schema.Model.GetRootAs(data).Subgraphs(0)
    return [g.Tensors(i).Name().decode() for i in range(g.TensorsLength())]


def test_every_tensor_equals_tflite_micro(model: tuple[str, bytes, Graph]) -> None:
    _, data, graph = model
    names = tensor_names(data)
    samples = draw_samples(graph, np.random.default_rng(5), 6)
    for s in range(6):
        inputs = {n: x[s] for n, x in samples.items()}
        ours = evaluate(graph, inputs)
        compared = 0
        for index, theirs in run_tflite_micro_all(data, list(inputs.values())).items():
            mine = ours[names[index]]
            assert (mine == theirs.reshape(mine.shape)).all(), f"sample {s}, tensor {names[index]}"
            compared += 1
        assert compared == len(graph.nodes)
        for o, theirs in zip(graph.outputs, run_tflite_micro(data, list(inputs.values())), strict=True):
            assert (ours[o] == theirs).all()


@pytest.mark.parametrize(
    ("name", "core"), [*on_cores([c for c in CORES if c not in SIBLINGS], 1), *on_cores(SIBLINGS, len(SIBLINGS))]
)
def test_every_output_is_the_same_on_the_core(shared: Path, name: str, core: str) -> None:
    graph = lapel.load(shared / "models" / MODELS[name])
    samples = draw_samples(graph, np.random.default_rng(6), 4)
    result = lapel.run(graph, core, samples)
    assert result.bit_exact
    assert "other" not in (result.cycle_model.by_class if result.cycle_model else {}), "the timing table has no row"
    for name, want in reference_outputs(graph, samples).items():
        assert (result.outputs[name] == want).all()


def check_every_tensor(graph: Graph, core: str) -> None:
    result = lapel.diff(graph, core, draw_samples(graph, np.random.default_rng(7), 1))
    assert result.equal, "\n".join(map(str, result.differences))
    assert result.tensors == len(graph.nodes), "every operator of these models is a step: nothing is folded away"


@pytest.mark.parametrize(("name", "core"), on_cores([c for c in CORES if c != "host"], len(MODELS)))
def test_every_tensor_is_the_same_on_the_core(shared: Path, name: str, core: str) -> None:
    """And on the host, which `diff` traces as well."""
    check_every_tensor(lapel.load(shared / "models" / MODELS[name]), core)


def test_none_fits_the_uno(model: tuple[str, bytes, Graph]) -> None:
    with pytest.raises(
        DoesNotFit,
        match=r"does not fit arduino-uno: it needs at least .* more than its .* may have room: .*nucleo-l4r5zi",
    ):
        lapel.build(model[2], "arduino-uno")


@pytest.mark.parametrize(("clips", "share"), [(200, 0.915), pytest.param(1000, 0.901, marks=pytest.mark.long)])
def test_accuracy_of_keyword_spotting_on_the_core(shared: Path, clips: int, share: float) -> None:
    """The official accuracy set on the emulated core, all 1,000 clips: 90.1 %, as the reference kernels reach."""
    data = np.load(shared / "data" / "kws-mlperf" / "features.npz")
    graph = lapel.load(shared / "models" / MODELS["kws"])
    assert len(data["features"]) == 1000
    result = lapel.run(graph, "cortex-m4", data["features"][:clips], labels=data["labels"][:clips])
    assert result.bit_exact
    assert result.accuracy == result.reference_accuracy == pytest.approx(share, abs=0.0005)


@pytest.mark.parametrize("name", ARENA_BYTES)
def test_arenas_on_the_cortex_m4(shared: Path, name: str) -> None:
    """Outputs overlap inputs: hardly more than the largest input or output of any one step."""
    portable = replace(load_target("cortex-m4"), kernels=("portable",))
    plan = make_plan(lapel.load(shared / "models" / MODELS[name]), portable)
    assert plan.arena_bytes == ARENA_BYTES[name] and plan.bound_bytes <= plan.arena_bytes <= plan.bound_bytes + 16


@pytest.mark.measured
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.long] if n in LARGE else []) for n in PEERS])
def test_budgets_of_portable_kernels_on_the_cortex_m4(shared: Path, name: str) -> None:
    """Counted, so exact and repeatable: 0.45 of TFLite Micro's reference kernels, its arena, 16 KB of code."""
    peer = PEERS[name]
    portable = replace(lapel.load_target("cortex-m4"), kernels=("portable",))
    graph = lapel.load(shared / "models" / "mlperf-tiny" / peer["file"])
    result = lapel.run(graph, portable, wish=Wish("balanced"))
    assert result.instructions is not None
    assert result.instructions <= 0.45 * peer["tflm_reference_instructions"]
    assert result.memory.arena_bytes <= peer["tflm_arena_bytes"]
    assert result.memory.flash_code_bytes <= 16_000
    assert result.memory.arena_used_bytes <= result.memory.arena_bytes
    assert sum(layer.instructions or 0 for layer in result.layers) <= result.instructions


def _timed(pair: tuple[str, str]) -> Any:
    """With the long tests: vww, ic for the goal `ram`, and cores of whose kernels test_pairs.py has budgets."""
    name, config = pair
    long = name == "vww" or (name == "ic" and config.endswith("ram")) or config.split()[0] in SCALAR
    return pytest.param(*pair, marks=[pytest.mark.long] if long else [])


@pytest.mark.measured
@pytest.mark.parametrize(("name", "config"), [_timed(p) for p in itertools.product(PEERS, BUDGETS)])
def test_budgets_and_no_regression_of_the_cores_own_kernels(shared: Path, name: str, config: str) -> None:
    """Counted figures within their budgets, and at most 2 % above the last committed result of `make bench`."""
    last = json.loads((BENCHMARKS / "results.json").read_text())["fast"][name][config]
    core, goal = config.split()
    result = lapel.run(lapel.load(shared / "models" / MODELS[name]), core, wish=Wish(cast(Goal, goal)))
    assert result.bit_exact and result.instructions is not None
    found = {
        "macs": result.macs,
        "instructions": result.instructions,
        "modelled_cycles": result.to_json()["modelled_cycles"],
        "ram_bytes": result.memory.ram_bytes,
        "flash_code_bytes": result.memory.flash_code_bytes,
        "flash_data_bytes": result.memory.flash_data_bytes,
    }
    limits = {key: budget[name] for key, budget in BUDGETS[config].items() if name in budget}
    over = {k: (found[k], limit) for k, limit in limits.items() if found[k] > limit}
    assert not over, f"found and budget: {over}"
    over = {k: (v, last[k]) for k, v in found.items() if last[k] is not None and v > 1.02 * last[k]}
    assert not over, f"found and committed: {over}"


def for_goals() -> list[object]:
    """(model, core, goal): in `make test` each but vww on each core for one goal, in turn; all in the long ones."""
    found = []
    for k, core in enumerate(("cortex-m4", "cortex-m55")):
        for i, name in enumerate(PEERS):
            for j, goal in enumerate(GOALS):
                often = name != "vww" and (i + 2 * k + j) % len(GOALS) == 0
                marks = [] if often else [pytest.mark.long]
                found.append(pytest.param(name, core, goal, marks=marks, id=f"{name}-{core}-{goal}"))
    return found


@pytest.mark.measured
@pytest.mark.parametrize(("name", "core", "goal"), for_goals())
def test_every_tensor_is_the_same_for_every_goal(shared: Path, name: str, core: str, goal: Goal) -> None:
    graph = lapel.load(shared / "models" / MODELS[name])
    assert lapel.diff(graph, core, wish=Wish(goal)).equal


@pytest.mark.measured
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.long] if n in LARGE else []) for n in PEERS])
def test_goals_keep_their_promises_on_the_cortex_m4(shared: Path, name: str) -> None:
    """Each is the best of all in what it is for, but for what linking adds to the measured parts."""
    graph = lapel.load(shared / "models" / MODELS[name])
    goals: tuple[Goal, ...] = ("latency", "flash", "balanced")
    found = {goal: lapel.build(graph, "cortex-m4", wish=Wish(goal)) for goal in goals}
    cycles = {g: b.cycle_model.inference.cycles for g, b in found.items() if b.cycle_model}
    flash = {g: b.memory.flash_bytes for g, b in found.items()}
    assert cycles["latency"] <= 1.003 * min(cycles.values())
    assert flash["flash"] <= 1.01 * min(flash.values())
    products = {g: cycles[g] * flash[g] for g in goals}
    assert products["balanced"] <= 1.02 * min(products.values())
    assert found["balanced"].memory.flash_code_bytes <= (5_000 if name == "ad" else 12_000)
    within = lapel.build(graph, "cortex-m4", wish=Wish(flash_budget=flash["balanced"] + 64))
    assert within.memory.flash_bytes <= flash["balanced"] + 64 and within.cycle_model
    assert within.cycle_model.inference.cycles <= 1.01 * cycles["balanced"]
