"""`run`: a model over samples on an emulated core, every output compared with the reference."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.measuring import fit, plan_for
from lapel.ops import evaluate_sequence
from lapel.proving import judge
from lapel.proving.beside import with_float_model
from lapel.proving.bits import count_mismatches
from lapel.proving.blobfolder import BlobFirmware, read_firmware
from lapel.proving.cycles import nominal
from lapel.proving.firmware import Compiled, compiled, recipe_for
from lapel.proving.inputs import take
from lapel.proving.interpreting import Interpreting, interpreted_plan, interpreting
from lapel.proving.models import load
from lapel.proving.notices import notices
from lapel.proving.parts import flash_parts, interpreter_parts
from lapel.proving.samples import Samples, check_sequences, draw, each, from_bytes
from lapel.records import Run
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish

Progress = Callable[[str], None]


def run(
    model: Model,
    target: str | Target | None,
    inputs: Any = None,
    *,
    labels: Any = None,
    float_outputs: Any = None,
    float_model: Model | None = None,
    calibration: Any = None,
    reset_every: int | None = None,
    folder: Path | str | None = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Run:
    """Build the firmware, run it over `inputs` (default: one random sample), compare each output with the reference.

    model, calibration: see `lapel.load`. inputs: one sample or a batch, arrays or DataFrames, by name if there are
    several; see `lapel.proving.inputs.take`. labels: of each sample the class, by its name where the model knows its
    classes (else by its index), or the targets of a regression; see `lapel.proving.scoring.targets`. float_outputs:
    what the float model says to the same samples, (N, outputs) as the model's output stands for it, or a class each;
    not needed where the graph knows its float model, or with float_model, which computes them: a float graph, or the
    path of its file; see `lapel.proving.beside`. reset_every: samples of a sequence, for a model with state: before
    each sequence its state is reset; by default all samples are one, in their order. folder: of `build_blob`, whose
    interpreter and kernels run its blob as they are now, or a blob's file beside them; target and wish are that
    build's. wish: see `lapel.Wish`. timeout_s: host seconds for the emulator. progress: called with each stage's name.

    Raises UsageError, UnknownTarget, DoesNotFit, InputError, FormatError (of the folder, or a blob that the interpreter
    refuses), MissingTool, CompileError, SimulationError.
    """
    if float_outputs is not None and float_model is not None:
        raise UsageError("float outputs and a float model were given, expected one of both: the model computes outputs")
    graph = load(model, calibration)
    if float_model is not None:
        progress("reading the float model")
        graph = with_float_model(graph, float_model)
    firmware = None if folder is None else read_firmware(folder)
    chosen = _target(target, firmware)
    given = None if inputs is None else take(graph, inputs)
    samples = draw(graph, 1) if given is None else given.samples
    count = len(next(iter(samples.values()))) if samples else 1
    check_sequences(graph, count, reset_every)
    case = judge.prepare(graph, given, labels, float_outputs, count)
    progress("planning")
    made: AbstractContextManager[Compiled]
    if firmware is None:
        plan = plan_for(graph, chosen, wish, progress, timeout_s)
        made = compiled(plan, graph, "count", timeout_s=timeout_s)
    else:
        plan, wish = interpreted_plan(firmware, graph, progress, timeout_s), firmware.record.recipe.wish
        made = interpreting(firmware, graph, plan, timeout_s=timeout_s)
    progress("compiling")
    with made as c:
        progress(f"running {count:,} sample{'s' if count != 1 else ''} on {chosen.core}")
        raw = c.execute(samples, timeout_s, reset_every)
        memory, (modelled_run, layers) = c.memory(raw), c.costs(raw)
        parts = interpreter_parts(c.firmware, len(c.image.data)) if isinstance(c, Interpreting) else flash_parts(c)
    fit.check_budgets(graph.name, chosen, wish, memory, nominal(raw.cycles, modelled_run), graph)
    progress("comparing with the reference")
    found = from_bytes(plan.graph, raw.outputs)
    outputs = dict(zip(graph.results, found.values(), strict=True))
    expected = reference_outputs(graph, samples, reset_every)
    verdict = judge.judge(case, outputs, expected, reference_outputs)
    return Run(
        model=graph.name,
        target=chosen.name,
        core=chosen.core,
        samples=count,
        macs=plan.macs,
        instructions=raw.instructions,
        cycles=raw.cycles,
        time_us=None if raw.cycles is None or not chosen.clock_hz else raw.cycles * 1e6 / chosen.clock_hz,
        memory=memory,
        layers=layers,
        mismatches=count_mismatches(outputs, expected),
        host_seconds=raw.host_seconds,
        outputs=outputs,
        recipe=recipe_for(graph, chosen, wish),
        cycle_model=modelled_run,
        score=verdict.score,
        reference_score=verdict.reference_score,
        float_score=verdict.float_score,
        float_agreement=verdict.float_agreement,
        classes=graph.classes,
        inputs=() if given is None else given.used,
        warnings=(*notices(graph, plan), *verdict.warnings),
        parts=parts,
        by_class=verdict.by_class,
    )


def _target(target: str | Target | None, firmware: BlobFirmware | None) -> Target:
    """The one that was asked for; of a firmware that is there, its own."""
    chosen = load_target(target) if isinstance(target, str) else target
    if firmware is None:
        if chosen is None:
            raise UsageError("no target was given, expected the name of a core or board")
        return chosen
    if chosen is not None and chosen.name != firmware.target.name:
        found = f"{firmware.folder} was built for {firmware.target.name}, found target {chosen.name}"
        raise UsageError(f"{found}: leave the target out")
    return firmware.target


def reference_outputs(graph: Graph, samples: Samples, reset_every: int | None = None) -> Samples:
    """The reference's outputs for every sample, by name; see `lapel.run` for the sequences of a model with state."""
    rows: dict[str, list[np.ndarray]] = {o: [] for o in graph.results}
    for values in evaluate_sequence(graph, each(samples), reset_every):
        for o in graph.results:
            rows[o].append(values[o])
    return {o: np.stack(r) for o, r in rows.items()}
