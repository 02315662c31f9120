"""A cascade's program on a target: made, run over steps of a recording beside its reference, and stage by stage."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.audio.detector import to_scores
from lapel.audio.stages import front_tensors
from lapel.cascades.listener import Call, CascadeListener
from lapel.cascades.stages import Stages
from lapel.codegen import Contract
from lapel.codegen.cascade import COUNTED_BYTES, WORDS, CascadeCode, cascade_code
from lapel.codegen.listen import HEARD_BYTES
from lapel.codegen.names import identifier
from lapel.codegen.program import generate_program, prefixes
from lapel.codegen.stage import FRESH_BYTES, stage_adapter
from lapel.measuring import fit, plan_for
from lapel.planning import Plan
from lapel.planning.programs import Program, make_program
from lapel.proving.cycles import modelled_mean
from lapel.records import Bounded, CascadeStage, Event, Memory
from lapel.simulate import Firmware, RawRun, build_firmware, run_firmware
from lapel.simulate.machine import StackOverflow
from lapel.simulate.profile import Chosen
from lapel.simulate.toolchain import Overflow
from lapel.simulate.workspace import workspace
from lapel.targets import Target
from lapel.wish import Wish

Progress = Callable[[str], None]
MODELLED_CALLS = 8
"""Of a stage, whose cycles are modelled, spread evenly."""
MOST_CALLS = 500
"""Of a stage that are counted alone: what a call takes hardly depends on what is heard."""


@dataclass(frozen=True, eq=False)
class Made:
    """A cascade's program for a target. template: of the speaker whom the harness enrols. alone: a plan of each stage,
    as it would be without the others."""

    stages: Stages
    target: Target
    template: np.ndarray | None
    alone: tuple[Plan, ...]
    program: Program
    code: CascadeCode

    def written(self, memory: Memory) -> dict[str, str]:
        """What users compile and include, by file name, with the figures that were measured."""
        m = memory
        contract = Contract(m.flash_code_bytes, m.flash_data_bytes, m.static_ram_bytes, m.stack_bytes)
        entry = f"{self.code.prefix}_listen"
        program = generate_program(self.program, contract=contract, entry=entry)
        return cascade_code(program, self.stages.gating).written()


@dataclass(frozen=True, eq=False)
class Counted:
    """Steps of a recording on a target. heard_in: how many steps were heard in each; checks: made in all of them;
    mismatches: steps that are not the reference's. instructions: of each step, empty where nothing is counted. quiet,
    once: cycles of a step in which nothing is heard, and of one in which a step is; None where they are not known, or
    there was no such step."""

    events: tuple[Event, ...]
    heard_in: np.ndarray
    checks: int
    mismatches: int
    instructions: np.ndarray
    quiet: Bounded | None
    once: Bounded | None
    memory: Memory
    stages: tuple[CascadeStage, ...]

    def mean(self, chosen: np.ndarray) -> int | None:
        """Instructions of these steps; None if there are none, or none are counted."""
        return round(float(self.instructions[chosen].mean())) if len(self.instructions) and chosen.any() else None

    @property
    def listening(self) -> int | None:
        """Instructions of a step that are no stage's, the mean."""
        known = [s.instructions for s in self.stages if s.instructions is not None]
        if not len(self.instructions) or len(known) < len(self.stages):
            return None
        calls = (len(self.heard_in), int(self.heard_in.sum()), self.checks)
        of_stages = sum(n * k for n, k in zip(known, calls, strict=False))
        return max(0, round((float(self.instructions.sum()) - of_stages) / len(self.heard_in)))


def make(
    stages: Stages,
    name: str,
    target: Target,
    wish: Wish,
    timeout_s: float,
    progress: Progress = lambda stage: None,
    template: np.ndarray | None = None,
) -> Made:
    """The program of a cascade, planned and written down. template: int8, of a speaker, whom the harness enrols.

    Raises what `lapel.plan` raises, UsageError for its name.
    """
    prefix = identifier(name)
    stages = stages.named(prefix)
    prefixes(prefix, [g.name for g in stages.graphs])
    plans = tuple(
        plan_for(g, target, replace(wish, flash_budget=None, whole_input=True), progress, timeout_s, divided=False)
        for g in stages.graphs
    )
    program = make_program(prefix, plans)
    values = () if template is None else template.tolist()
    code = cascade_code(generate_program(program), stages.gating, values)
    return Made(stages, target, template, plans, program, code)


def count(made: Made, steps: np.ndarray, timeout_s: float, progress: Progress = lambda stage: None) -> Counted:
    """Run steps, int16 [N, samples], through the firmware and the reference. Raises DoesNotFit, SimulationError."""
    progress("comparing with the reference")
    reference = CascadeListener(made.stages)
    reference.template = made.template
    expected = [reference.listen(step) for step in steps]
    progress(f"running {len(steps):,} steps on {made.target.core}")
    scores = made.stages.words.tensors[made.stages.words.results[0]].type
    with workspace() as folder:
        try:
            firmware = build_firmware(made.code.files(), made.target, folder, timeout_s=timeout_s, mode="plain")
            raw = run_firmware(firmware, steps.view(np.uint8), COUNTED_BYTES + scores.bytes, timeout_s=timeout_s)
        except Overflow as e:
            over = f"with the harness that tests it, the {e.region} of the machine that emulates it is too small by "
            raise _too_large(made, f"{over}{e.extra_bytes:,} bytes", 0) from None
        except StackOverflow:
            raise _too_large(
                made, f"there is no room for its stack beside {made.program.arena_bytes:,} bytes", 1
            ) from None
        heard_in = np.array(reference.heard_in)
        cycles = [_cycles(firmware, steps, raw, heard_in == n, timeout_s) for n in (0, 1)]
        memory = _memory(made, firmware.static_ram_bytes, firmware.flash_code_bytes, firmware.flash_data_bytes, raw)
    fit.check_program(made.program.name, made.program.plans[0], memory)
    found = [_answer(row, scores.dtype) for row in raw.outputs]
    stages = tuple(
        _stage(made, k, calls, timeout_s, progress) for k, calls in enumerate(_calls(made.stages, reference, steps))
    )
    return Counted(
        events=tuple(e for events in expected for e in events),
        heard_in=heard_in,
        checks=reference.checks,
        mismatches=_mismatches(reference, expected, found),
        instructions=np.array(raw.sample_instructions, np.int64),
        quiet=cycles[0],
        once=cycles[1],
        memory=memory,
        stages=stages,
    )


def _cycles(firmware: Firmware, steps: np.ndarray, raw: RawRun, of: np.ndarray, timeout_s: float) -> Bounded | None:
    """What a step of some takes: counted, the mean; or modelled, of the one in their middle."""
    at = np.flatnonzero(of)
    if not len(at):
        return None
    if raw.sample_cycles:
        return Bounded.exactly(float(np.array(raw.sample_cycles)[at].mean()))
    if not firmware.target.timing:
        return None
    k = int(at[len(at) // 2])
    inputs, size = steps[: k + 1].view(np.uint8), raw.outputs.shape[1]
    again = run_firmware(firmware, inputs, size, timeout_s=timeout_s, chosen=Chosen(k))
    model, _ = modelled_mean(firmware, again, (k,))
    assert model is not None
    return Bounded(model.inference.cycles, model.inference.low, model.inference.high)


def _too_large(made: Made, over: str, more: int) -> Exception:
    return fit.program_too_large(made.program.name, made.target, over, 0, made.program.arena_bytes + more)


@dataclass(frozen=True, eq=False)
class _Answer:
    """Of the adapter: how many events there were and the first, counts so far, and the scores that were heard last."""

    events: int
    event: Event
    counts: tuple[int, ...]
    scores: np.ndarray


def _answer(row: np.ndarray, dtype: str) -> _Answer:
    heard, word, score, step = struct.unpack("<BBBxI", row[:HEARD_BYTES].tobytes())
    counts = struct.unpack("<III", row[HEARD_BYTES:COUNTED_BYTES].tobytes())
    (scores,) = to_scores(np.ascontiguousarray(row[COUNTED_BYTES:]).view(dtype).reshape(1, -1))
    return _Answer(heard, Event(word, step, score), counts, scores)


def _mismatches(reference: CascadeListener, expected: Sequence[tuple[Event, ...]], found: Sequence[_Answer]) -> int:
    """Steps whose first event, counts, or last scores (where no check came after them) are others."""
    heard, checks, wrong = 0, 0, 0
    for k, (events, answer) in enumerate(zip(expected, found, strict=True)):
        heard += reference.heard_in[k]
        same = answer.counts[:2] == (k + 1, heard) and answer.events == len(events)
        same &= not events or answer.event == events[0]
        if reference.heard_in[k] and answer.counts[2] == checks:
            same &= bool(np.array_equal(answer.scores, reference.scores[heard - 1]))
        checks = answer.counts[2]
        wrong += not same
    return wrong + (checks != reference.checks)


def _calls(stages: Stages, reference: CascadeListener, steps: np.ndarray) -> list[Sequence[Call]]:
    """Of each stage what it was called with; of one that was not called, once: the first step, features at rest."""
    found: list[Sequence[Call]] = []
    listened = reference.calls()
    for k, graph in enumerate(stages.graphs):
        calls = listened[k] if k < len(listened) else ()  # enrolment is the application's to call
        types = [graph.tensors[n].type for n in graph.arguments]
        idle = [steps[0] if t.dtype == "int16" else np.zeros(t.shape, np.int8) for t in types]
        found.append(calls[:MOST_CALLS] or [Call(True, tuple(idle))])
    return found


def _stage(made: Made, k: int, calls: Sequence[Call], timeout_s: float, progress: Progress) -> CascadeStage:
    """A stage alone, in the code of the whole."""
    stage, plan, part = made.stages.gating.stages[k], made.program.plans[k], made.code.program.parts[k]
    progress(f"counting {stage}")
    rows = [bytes([c.fresh]) + b"".join(x.tobytes() for x in c.arrays) for c in calls]
    inputs = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
    assert inputs.shape[1] == FRESH_BYTES + sum(p.type.bytes for p in part.inputs)
    every = max(1, len(calls) // MODELLED_CALLS)
    chosen = Chosen(min(every // 2, len(calls) - 1), every) if made.target.timing else None
    sources = {**made.code.program.written(), "adapter.c": stage_adapter(made.code.program, part)}
    size = sum(p.type.bytes for p in part.outputs)
    with workspace() as folder:
        firmware = build_firmware(sources, made.target, folder, timeout_s=timeout_s)
        raw = run_firmware(firmware, inputs, size, timeout_s=timeout_s, chosen=chosen)
        profiled = tuple(range(chosen.first, len(calls), every)) if chosen and raw.chosen_profiles else ()
        model, _ = modelled_mean(firmware, raw, profiled)
        flash_bytes = firmware.flash_bytes
    return CascadeStage(
        name=stage,
        runs=len(calls),
        instructions=_mean(raw.sample_instructions),
        most_instructions=max(raw.sample_instructions, default=None),
        cycles=_mean(raw.sample_cycles),
        modelled=model.inference if model else None,
        front_end_instructions=_front_end(made.stages, plan, raw) if stage == WORDS else None,
        flash_bytes=flash_bytes,
        arena_bytes=made.alone[k].arena_bytes,
        state_bytes=plan.graph.state_bytes,
        stack_bytes=raw.stack_bytes,
    )


def _front_end(stages: Stages, plan: Plan, raw: RawRun) -> int | None:
    """Instructions of the steps that make the features."""
    front = front_tensors(plan.graph, stages.features)
    ahead = [s.node.outputs[0] in front for s in plan.steps]
    if not raw.all_step_instructions.size or not any(ahead):
        return None
    return round(float(raw.all_step_instructions[:, ahead].sum(axis=1).mean()))


def _mean(counts: Sequence[int]) -> int | None:
    return round(sum(counts) / len(counts)) if counts else None


def _memory(made: Made, static_ram_bytes: int, code_bytes: int, data_bytes: int, raw: RawRun) -> Memory:
    program = made.program
    return Memory(
        arena_bytes=program.arena_bytes,
        arena_used_bytes=raw.arena_bytes,
        arena_bound_bytes=program.bound_bytes,
        static_ram_bytes=static_ram_bytes,
        stack_bytes=raw.stack_bytes,
        flash_code_bytes=code_bytes,
        flash_data_bytes=data_bytes,
        state_bytes=program.state_bytes,
    )


__all__ = ["Counted", "Made", "Progress", "count", "make"]
