"""`build` of several models: one firmware, in which they take turns, measured and compared with the reference."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from lapel.codegen import Contract
from lapel.codegen.model import beside_names
from lapel.codegen.names import identifier
from lapel.codegen.program import ProgramCode, generate_program, prefixes, program_name
from lapel.codegen.sample import Proof
from lapel.codegen.values import Decision
from lapel.errors import Mismatch, UsageError
from lapel.files import check_folder, write_folder
from lapel.ir import Graph
from lapel.measuring import fit, plan_for
from lapel.measuring.budgets import linked_bytes
from lapel.planning import Plan
from lapel.planning.labels import labels
from lapel.planning.programs import Program, make_program
from lapel.proving.bits import count_mismatches
from lapel.proving.cycles import modelled, nominal
from lapel.proving.firmware import recipe_for
from lapel.proving.notices import notices
from lapel.proving.proof import SAMPLES, decision_of, proof_of
from lapel.proving.run import Progress, reference_outputs
from lapel.proving.samples import Samples, draw, from_bytes, to_bytes
from lapel.proving.stacks import measure_stacks, own_bound
from lapel.records import MANIFEST, CycleModel, Layer, Memory, ProgramBuild, ProgramModel, Recipe, Stack
from lapel.simulate import Firmware, RawRun, build_firmware, run_firmware
from lapel.simulate.machine import StackOverflow
from lapel.simulate.toolchain import Overflow
from lapel.simulate.workspace import workspace
from lapel.targets import Target
from lapel.wish import Wish

PLAN = "plan.txt"
ROUNDS = 3
"""Times that all models take their turn, each with a random sample: what one leaves behind meets all others."""


@dataclass(frozen=True, eq=False)
class Turns:
    """A program that was run: its memory, and of each model the outputs and the layers with their counts."""

    raw: RawRun
    memory: Memory
    outputs: tuple[Samples, ...]
    layers: tuple[tuple[Layer, ...], ...]
    cycle_model: CycleModel | None


def build_program(
    graphs: Sequence[Graph],
    target: Target,
    folder: Path | None,
    name: str | None,
    wish: Wish,
    timeout_s: float,
    progress: Progress,
) -> ProgramBuild:
    """See `lapel.build`, which is given several models."""
    started = time.perf_counter()
    if len(graphs) < 2:
        raise UsageError(f"a program of {len(graphs)} models, expected 2 or more: give a single model by itself")
    name = name or program_name([g.name for g in graphs])
    models = prefixes(name, [g.name for g in graphs])
    prefix = identifier(name)
    if folder is not None:
        beside = (name for m in models for name in (f"{m}.h", *beside_names(m)))
        check_folder(folder, (f"{prefix}.h", f"{prefix}.c", *beside, PLAN), MANIFEST)
    progress("planning")
    # The budget is the program's: what a model may take of it is not known before all are there.
    plans = [plan_for(g, target, replace(wish, flash_budget=None), progress, timeout_s, divided=False) for g in graphs]
    program = make_program(name, plans)
    code = generate_program(program)
    samples = tuple(draw(g, ROUNDS) for g in graphs)
    progress("compiling")
    turns = run_turns(program, code, graphs, samples, timeout_s)
    proofs = list[tuple[Proof, Decision | None]]()
    for graph, plan, found, given in zip(graphs, plans, turns.outputs, samples, strict=True):
        expected = reference_outputs(graph, given)
        if count_mismatches(found, expected):
            raise Mismatch(f"{graph.name} in {name} on {target.name} differs from the reference: report this defect")
        proofs.append((_proof(plan, graph, given, expected), decision_of(graph)))
    memory = turns.memory
    fit.check_program(name, program.plans[0], memory)
    fit.check_budgets(name, target, wish, memory, nominal(turns.raw.cycles, turns.cycle_model))
    stacks: tuple[Stack, ...] = ()
    if folder is not None:
        stacks = measure_stacks(code, target, _inputs(graphs, samples), turns.raw, timeout_s, progress)
    recipes = tuple(recipe_for(g, target, wish) for g in graphs)
    bound = own_bound(code, target, stacks)
    contract = Contract(
        memory.flash_code_bytes, memory.flash_data_bytes, memory.static_ram_bytes, memory.stack_bytes, stacks,
        bound=bound,
    )  # fmt: skip
    written = generate_program(program, recipes=recipes, proofs=tuple(proofs), contract=contract).written()
    records = _models(graphs, plans, program, turns, recipes, timeout_s)
    files = {**written, PLAN: "\n".join(str(m.plan) for m in records)}
    bounded = target.flash_bytes is not None or target.ram_bytes is not None
    build = ProgramBuild(
        program=name,
        target=target.name,
        core=target.core,
        samples=ROUNDS,
        instructions=turns.raw.instructions,
        cycles=turns.raw.cycles,
        memory=memory,
        models=records,
        fits=True if bounded else None,
        boards=fit.boards_with_room(memory.flash_bytes, memory.ram_bytes, target.core),
        files=() if folder is None else tuple(str(folder / file) for file in (*files, MANIFEST)),
        cycle_model=turns.cycle_model,
        stacks=stacks,
        stack_bound=bound,
        warnings=tuple(f"{g.name}: {w}" for g, plan in zip(graphs, plans, strict=True) for w in notices(g, plan)),
        seconds=time.perf_counter() - started,
    )
    if folder is not None:
        progress(f"writing {folder}")
        contents = {file: text.encode(errors="replace") for file, text in files.items()}
        write_folder(folder, contents, MANIFEST, replace(build, seconds=None).to_json())
    return build


def _proof(plan: Plan, graph: Graph, given: Samples, expected: Samples) -> Proof:
    """Of a model with state all calls, of another one the first."""
    count = ROUNDS if graph.carries else SAMPLES
    samples, outputs = ({n: x[:count] for n, x in arrays.items()} for arrays in (given, expected))
    return proof_of(plan, graph, samples, outputs, is_random=True)


def run_turns(
    program: Program, code: ProgramCode, graphs: Sequence[Graph], samples: Sequence[Samples], timeout_s: float
) -> Turns:
    """Link a program and let its models take turns: in each round one sample of every model. timeout_s: host seconds.

    Raises DoesNotFit where it is too large for the machine that emulates it.
    """
    target = program.target
    sizes = [sum(q.type.bytes for q in part.outputs) for part in code.parts]
    with workspace() as folder:
        try:
            firmware = build_firmware(code.files(), target, folder, timeout_s=timeout_s)
            inputs, profile = _inputs(graphs, samples), target.timing is not None
            raw = run_firmware(firmware, inputs, sum(sizes), timeout_s=timeout_s, profile=profile)
        except Overflow as e:
            over = f"with the harness that tests it, the {e.region} of the machine that emulates it is too small by "
            raise fit.program_too_large(
                program.name, target, f"{over}{e.extra_bytes:,} bytes", 0, program.arena_bytes
            ) from None
        except StackOverflow:
            over = f"there is no room for its stack beside {program.arena_bytes:,} bytes for its tensors"
            raise fit.program_too_large(program.name, target, over, 0, program.arena_bytes + 1) from None
        layers = tuple(layer for plan, counted in _parts(program, raw) for layer in _layers(plan, *counted))
        whole, layers = modelled(firmware, raw, layers)
        memory = _memory(program, firmware, raw)
    ends = np.cumsum([0, *sizes])
    parts = [raw.outputs[:, a:b] for a, b in pairwise(ends)]
    outputs = tuple(_named(g, p, part) for g, p, part in zip(graphs, program.plans, parts, strict=True))
    firsts = np.cumsum([0, *(len(p.steps) for p in program.plans)])
    by_model = tuple(layers[a:b] for a, b in pairwise(firsts))
    return Turns(raw, memory, outputs, by_model, whole)


Counts = tuple[tuple[int | None, ...], tuple[int | None, ...]]
"""Instructions and cycles of steps."""


def _inputs(graphs: Sequence[Graph], samples: Sequence[Samples]) -> np.ndarray:
    return np.concatenate([to_bytes(g, s) for g, s in zip(graphs, samples, strict=True)], axis=1)


def _named(graph: Graph, plan: Plan, raw: np.ndarray) -> Samples:
    return dict(zip(graph.results, from_bytes(plan.graph, raw).values(), strict=True))


def _parts(program: Program, raw: RawRun) -> list[tuple[Plan, Counts]]:
    """Each plan with the counts of its steps."""
    found: list[tuple[Plan, Counts]] = []
    first = 0
    for plan in program.plans:
        count = len(plan.steps)
        blank: tuple[None, ...] = (None,) * count
        instructions = raw.step_instructions[first : first + count] or blank
        found.append((plan, (instructions, raw.step_cycles[first : first + count] or blank)))
        first += count
    return found


def _layers(plan: Plan, instructions: Sequence[int | None], cycles: Sequence[int | None]) -> list[Layer]:
    names = labels(plan.graph)
    return [
        Layer(s.node.outputs[0], s.node.op, s.kernel, s.macs, i, c, label=names[s.node.outputs[0]])
        for s, i, c in zip(plan.steps, instructions, cycles, strict=True)
    ]


def _memory(program: Program, firmware: Firmware, raw: RawRun) -> Memory:
    return Memory(
        arena_bytes=program.arena_bytes,
        arena_used_bytes=raw.arena_bytes,
        arena_bound_bytes=program.bound_bytes,
        static_ram_bytes=firmware.static_ram_bytes,
        stack_bytes=raw.stack_bytes,
        flash_code_bytes=firmware.flash_code_bytes,
        flash_data_bytes=firmware.flash_data_bytes,
        state_bytes=program.state_bytes,
    )


def _models(
    graphs: Sequence[Graph],
    plans: Sequence[Plan],
    program: Program,
    turns: Turns,
    recipes: Sequence[Recipe],
    timeout_s: float,
) -> tuple[ProgramModel, ...]:
    """The models' records; each is linked alone, to say what they save together."""
    found = []
    for graph, alone, placed, layers, recipe in zip(graphs, plans, program.plans, turns.layers, recipes, strict=True):
        found.append(
            ProgramModel(
                model=graph.name,
                recipe=recipe,
                macs=alone.macs,
                instructions=_sum([x.instructions for x in layers]),
                cycles=_sum([x.cycles for x in layers]),
                modelled_cycles=_sum([x.modelled.cycles if x.modelled else None for x in layers]),
                state_bytes=graph.state_bytes,
                alone_flash_bytes=linked_bytes(alone, timeout_s),
                alone_arena_bytes=alone.arena_bytes,
                layers=layers,
                plan=placed.record(),
                classes=graph.classes,
            )
        )
    return tuple(found)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [c for c in counts if c is not None]
    return sum(known) if len(known) == len(counts) and known else None
