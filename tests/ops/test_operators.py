"""Every case of every operator, drawn many times: reference == TFLite Micro, and C == reference on every core."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import selection
from batch import check_bits, draw_samples, merge, with_states, wrong_nodes
from lapel import codegen
from lapel.errors import DoesNotFit
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.ir.op import lowerable
from lapel.ops import evaluate, evaluate_sequence, registry, verify
from lapel.planning import make_plan
from lapel.proving.bits import count_mismatches
from lapel.proving.run import reference_outputs, run
from lapel.proving.samples import from_bytes, to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.firmware import SANITIZE
from lapel.targets import load_target
from oracle import run_litert, run_tflite_micro, run_tflite_micro_sequence

DRAWS = 25
SAMPLES = 5
RESET_EVERY = 12
"""Calls of a sequence."""
GUARD_BYTES = 16
MOST_MERGED = 100
"""Graphs in one model: nodes of many tensors keep more alive than a plan may have (`lapel.ir.limits`)."""
CORES = selection.cores(
    ("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imac", "rv32ec", "rv32emc")
)
OPERATORS = selection.operators()
HOST_DRAWS = DRAWS if selection.NAMES else 8
GROUPED_DRAWS = 3
REUSED_DRAWS = DRAWS if selection.NAMES else 3
"""Of each case on the host, once more: what is proven there is how kernels share memory, not their arithmetic."""
CORE_DRAWS = DRAWS if selection.NAMES else 2
SIBLINGS = ("cortex-m3", "cortex-m7", "cortex-m33", "rv32ec", "rv32emc")
"""Cores with the kernels of another one, compiled for another pipeline: one draw, not counted."""
PLAIN = ("cortex-m0", "rv32imac")
"""Cores that run most of the host's kernels: one draw."""
RARE = ("cortex-m3", "cortex-m7", "cortex-m33", "rv32emc")
PART = 240
"""Graphs that are one model: of more, too many values are alive at the same time."""
pytestmark = pytest.mark.selected
CASES = [(name, k) for name in OPERATORS for k in range(len(registry()[name].cases()))]
CASE_IDS = [f"{name}-{registry()[name].cases()[k].name}" for name, k in CASES]


def draws(name: str, k: int, count: int) -> list[Graph]:
    case = registry()[name].cases()[k]
    seed = zlib.crc32(f"{name}/{case.name}".encode())
    return [case.draw(np.random.default_rng((seed, i))) for i in range(count)]


UNDEFINED = ("spacetobatch",)
"""Operators of which TFLite Micro computes something with memory that nothing has written (what it pads with)."""
ORACLES = {"micro": run_tflite_micro, "litert": run_litert}
MODEL_CASES = [(n, k) for n, k in CASES if registry()[n].tflite and registry()[n].cases()[k].oracle != "none"]
"""Without the operators that only the planner inserts, and without what no oracle decides."""
KERNEL_OPERATORS = sorted({name for name, _ in CASES})
HOST_OPERATORS = KERNEL_OPERATORS if selection.cores(["host"]) else []
HOST_GROUPS = {name: [name] for name in HOST_OPERATORS if not registry()[name].float32_of}
"""Operators that are one firmware under sanitizers: one each, and all float32 forms, whose kernels are small."""
if len(HOST_GROUPS) < len(HOST_OPERATORS):
    HOST_GROUPS["float32"] = [name for name in HOST_OPERATORS if registry()[name].float32_of]


@pytest.mark.parametrize(("name", "k"), CASES, ids=CASE_IDS)
def test_cases_are_legal_and_in_form(name: str, k: int) -> None:
    for g in draws(name, k, DRAWS):
        verify(g)
        assert lowerable(registry()[name], g.instance(g.nodes[0])) == []
        assert g.nodes[0].op == name


@pytest.mark.parametrize(
    ("name", "k"), MODEL_CASES, ids=[i for c, i in zip(CASES, CASE_IDS, strict=True) if c in MODEL_CASES]
)
def test_reference_equals_the_oracle(name: str, k: int) -> None:
    oracle = registry()[name].cases()[k].oracle
    for i, g in enumerate(draws(name, k, DRAWS)):
        check_against_oracle(g, np.random.default_rng(i), oracle)


def check_against_oracle(graph: Graph, rng: np.random.Generator, oracle: str) -> None:
    """Each sample by itself; of an operator with state as a sequence, with a reset."""
    graph = with_states(graph)
    if graph.carries:
        check_sequence_against_oracle(graph, rng)
        return
    samples, model, run_oracle = draw_samples(graph, rng, SAMPLES), write_tflite(graph), ORACLES[oracle]
    for s in range(SAMPLES):
        inputs = {n: x[s] for n, x in samples.items()}
        check_results(graph, s, inputs, evaluate(graph, inputs), run_oracle(model, list(inputs.values())))


def check_sequence_against_oracle(graph: Graph, rng: np.random.Generator) -> None:
    samples = draw_samples(graph, rng, 2 * RESET_EVERY)
    steps = [{n: x[s] for n, x in samples.items()} for s in range(2 * RESET_EVERY)]
    made = run_tflite_micro_sequence(write_tflite(graph), [list(s.values()) for s in steps], RESET_EVERY)
    for s, values in enumerate(evaluate_sequence(graph, steps, RESET_EVERY)):
        check_results(graph, s, steps[s], values, made[s])


def check_results(
    graph: Graph, s: int, inputs: Mapping[str, np.ndarray], values: Mapping[str, np.ndarray], made: Sequence[np.ndarray]
) -> None:
    for o, found in zip(graph.results, made, strict=True):
        want = found.reshape(values[o].shape)
        same = values[o].tobytes() == want.astype(values[o].dtype).tobytes()
        assert same, f"sample {s}\n{graph}\n{inputs}\nlapel {values[o]}\noracle {want}"


@pytest.mark.parametrize(("name", "k"), [c for c in CASES if registry()[c[0]].cases()[c[1]].oracle == "litert"])
def test_litert_decides_only_what_tflite_micro_refuses(name: str, k: int) -> None:
    graphs = draws(name, k, 1 if name not in UNDEFINED else DRAWS)
    inputs = [[x[0] for x in draw_samples(g, np.random.default_rng(0), 1).values()] for g in graphs]
    if name not in UNDEFINED:
        with pytest.raises(RuntimeError):
            run_tflite_micro(write_tflite(graphs[0]), inputs[0])
        return
    models = [write_tflite(g) for g in graphs]
    pairs = [(run_tflite_micro(m, x)[0], run_litert(m, x)[0]) for m, x in zip(models, inputs, strict=True)]
    assert any((micro != lite).any() for micro, lite in pairs)


@pytest.mark.parametrize("name", HOST_GROUPS)
def test_kernel_keeps_its_bounds_under_sanitizers(name: str, tmp_path: Path) -> None:
    count = HOST_DRAWS if len(HOST_GROUPS[name]) == 1 else GROUPED_DRAWS
    cases = [(n, k) for n in HOST_GROUPS[name] for k in range(len(registry()[n].cases()))]
    graphs = [g for n, k in cases for g in draws(n, k, count)]
    graph = merge(f"guard_{name}", graphs)
    plan = make_plan(graph, load_target("host"), reuse=False, guard_bytes=GUARD_BYTES)
    code = codegen.generate(plan, with_arena=True)
    firmware = build_firmware(code.files(), plan.target, tmp_path, mode="plain", cflags_extra=SANITIZE)
    samples = draw_samples(graph, np.random.default_rng(1), SAMPLES)
    size = sum(p.type.bytes for p in code.outputs)
    raw = run_firmware(firmware, to_bytes(graph, samples), size + plan.arena_bytes)
    found = dict(zip(graph.outputs, from_bytes(plan.graph, raw.outputs[:, :size]).values(), strict=True))
    assert count_mismatches(found, reference_outputs(graph, samples)) == 0
    used = np.zeros(plan.arena_bytes, bool)
    for p in plan.places():
        used[p.offset : p.offset + p.bytes] = True
    paint = (0xA5 + 29 * np.arange(plan.arena_bytes)).astype(np.uint8)
    arena = raw.outputs[:, size:]
    assert (arena[:, ~used] == paint[~used]).all(), f"{name} wrote outside its buffers"


@pytest.mark.parametrize(
    "core",
    [
        *selection.cores(["host"]),
        *(pytest.param(c, marks=[pytest.mark.long] if c in RARE and not selection.NAMES else []) for c in CORES),
    ],
)
def test_all_operators_with_reused_memory(core: str, tmp_path: Path) -> None:
    sibling = core in SIBLINGS and not selection.NAMES
    once = sibling or (core in PLAIN and not selection.NAMES)
    count = REUSED_DRAWS if core == "host" else 1 if once else CORE_DRAWS
    graphs = [g for name, k in CASES if name in KERNEL_OPERATORS for g in draws(name, k, count)]
    for first in range(0, len(graphs), PART):
        graph = merge(f"all_on_{core}_{first}", graphs[first : first + PART])
        if sibling:
            check_bits(make_plan(graph, load_target(core)), graph, tmp_path / str(first), SAMPLES)
            continue
        samples = draw_samples(graph, np.random.default_rng(3), SAMPLES)
        result = run(graph, core, samples)
        assert result.bit_exact, f"not the reference's: {wrong_nodes(graph, samples, result.outputs)}"


@dataclass(frozen=True)
class Room:
    """Of an AVR for tensors and for constants, a kernel's code, of `code_bytes`, among them."""

    arena_bytes: int
    flash_bytes: int
    code_bytes: int = 1400


AVRS = {"atmega328p": Room(1100, 14000), "atmega2560": Room(5000, 40000), "attiny85": Room(100, 4400, 2200)}
"""The ATmega328P's groups have what it is; the ATmega2560's are larger, the ATtiny85's mostly single nodes."""
SMALL = ("attiny85",)
"""Cores that have no room for every operator."""


def avr_groups(core: str) -> list[list[Graph]]:
    """Draws packed greedily into models that a core has room for."""
    groups: list[list[Graph]] = []
    most, room = AVRS[core], (0, 0)
    for name, k in CASES if selection.cores([core]) else []:
        if name not in KERNEL_OPERATORS:
            continue
        fitting = 0
        for g in draws(name, k, DRAWS):
            ram = sum(t.type.bytes for t in g.tensors.values() if t.data is None)
            rom = sum(t.type.bytes for t in g.tensors.values() if t.data is not None) + most.code_bytes
            alone = 1 if core in SMALL else 2
            if ram > most.arena_bytes // alone or rom > most.flash_bytes // alone or fitting == 2 // (3 - alone):
                continue
            fitting += 1
            if not groups or room[0] + ram > most.arena_bytes or room[1] + rom > most.flash_bytes:
                groups.append([])
                room = (0, 0)
            groups[-1].append(g)
            room = (room[0] + ram, room[1] + rom)
    return groups


AVR_GROUPS = {core: avr_groups(core) for core in AVRS}
AVR_CASES = [
    pytest.param(core, k, marks=[] if core == "atmega328p" or selection.NAMES else [pytest.mark.long])
    for core, groups in AVR_GROUPS.items()
    for k in range(len(groups))
]


@pytest.mark.parametrize(("core", "group"), AVR_CASES)
def test_all_operators_on_the_avr(core: str, group: int) -> None:
    graph = merge(f"avr_{group}", AVR_GROUPS[core][group])
    samples = draw_samples(graph, np.random.default_rng(4), SAMPLES)
    try:
        assert run(graph, core, samples).bit_exact
    except DoesNotFit as e:
        if core not in SMALL:
            raise
        pytest.skip(e.message)


def test_every_case_reaches_the_avr() -> None:
    for core in set(AVRS) - set(SMALL):
        reached = {g.nodes[0].op for group in AVR_GROUPS[core] for g in group}
        assert reached == (set(KERNEL_OPERATORS) if selection.cores([core]) else set())


@pytest.mark.long
@pytest.mark.parametrize(("name", "k"), CASES, ids=CASE_IDS)
def test_many_draws(name: str, k: int) -> None:
    """Two hundred draws, against the oracle and on the host; twenty-five on a Cortex-M4 and an M55."""
    graphs = draws(name, k, 200)
    oracle = registry()[name].cases()[k].oracle
    for i, g in enumerate(graphs if registry()[name].tflite and oracle != "none" else []):
        check_against_oracle(g, np.random.default_rng(i), oracle)
    groups = [("host", graphs[i : i + MOST_MERGED]) for i in range(0, 200, MOST_MERGED)]
    for target, group in (*groups, ("cortex-m4", graphs[:25]), ("cortex-m55", graphs[:25])):
        graph = merge(f"many_{name}", group)
        assert run(graph, target, draw_samples(graph, np.random.default_rng(8), SAMPLES)).bit_exact
