"""`build`: a model to firmware in a folder, measured by running it once."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

from lapel import codegen
from lapel.codegen.listen import Hearing, listener_files
from lapel.codegen.model import beside_names
from lapel.codegen.names import identifier
from lapel.errors import Mismatch, UsageError, shown
from lapel.files import check_folder, write_folder
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.measuring import fit, plan_for
from lapel.planning import Plan
from lapel.proving.beside import known_agreement
from lapel.proving.bits import count_mismatches
from lapel.proving.cycles import modelled, nominal
from lapel.proving.ears import Ears
from lapel.proving.firmware import compiled, recipe_for
from lapel.proving.heard import mismatches_of, read_run
from lapel.proving.models import load
from lapel.proving.notices import notices
from lapel.proving.program import build_program
from lapel.proving.proof import check_given, choose, decision_of, proof_of
from lapel.proving.run import Progress, reference_outputs
from lapel.proving.samples import Samples, from_bytes, to_bytes
from lapel.proving.stacks import measure_stacks, own_bound
from lapel.proving.twin import int8_twin
from lapel.records import MANIFEST, Build, CycleModel, Layer, Memory, ProgramBuild
from lapel.simulate import RawRun
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish

PLAN = "plan.txt"
"""In every folder that `build` writes: the text of `Build.plan`, which is in lapel.json too (`lapel.files`)."""


PLANS_FOR_STACK = 3
"""More plans at most for a board whose first memory has less room beside stack and variables than was thought."""


@overload
def build(
    model: list[Any],
    target: str | Target,
    out: Path | str | None = None,
    *,
    calibration: Any = None,
    sample: Any = None,
    wish: Wish = ANY,
    name: str | None = None,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> ProgramBuild: ...
@overload
def build(
    model: Model,
    target: str | Target,
    out: Path | str | None = None,
    *,
    calibration: Any = None,
    sample: Any = None,
    wish: Wish = ANY,
    name: str | None = None,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Build: ...
def build(
    model: Model | list[Any],
    target: str | Target,
    out: Path | str | None = None,
    *,
    calibration: Any = None,
    sample: Any = None,
    wish: Wish = ANY,
    name: str | None = None,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Build | ProgramBuild:
    """Generate, compile, run once on a random sample, compare with the reference, check that it fits, and write.

    model, calibration: a path, a graph, or an estimator with its calibration data; see `lapel.load`. Of ears
    (`lapel.proving.ears.take`) the firmware has `<model>_listen` as well, in two files of its own.
    `out` (a folder; None writes nothing) gets `<model>.c`, `<model>.h`, `plan.txt` and `lapel.json`, and two headers
    for those who want them, `<model>_values.h` and `<model>_sample.h`; other files in it stay as they are, and so do
    these if they do not change. sample: samples as `run` takes them, of which the first is run in place of a random
    one, and is that of `<model>_sample.h`. wish: the goal of the plan, budgets and other options.
    timeout_s: host seconds for a compiler, and for the emulator.

    A list of models is one program: they share kernels, equal constants and one arena, and `out` gets one source, a
    header for each and one for all. name: of the program, else made of the models' names; a single model has its own.

    Raises UsageError (two names that are one), UnknownTarget, DoesNotFit, OutputError, MissingTool, CompileError,
    SimulationError, and Mismatch should the firmware ever differ from the reference.
    """
    started = time.perf_counter()
    chosen = load_target(target) if isinstance(target, str) else target
    folder = None if out is None else Path(out)
    check_given(sample, isinstance(model, list | Ears))
    if isinstance(model, list):
        graphs = [load(m, calibration) for m in model]
        return build_program(graphs, chosen, folder, name, wish, timeout_s, progress)
    if name is not None:
        raise UsageError(f"name is {shown(name)!r}, and only programs have one: lapel.load(path, name=…) names a model")
    graph, ears = load(model, calibration), model if isinstance(model, Ears) else None
    if folder is not None:
        check_folder(folder, build_files(graph.name, ears is not None), MANIFEST)
    progress("planning")
    plan = plan_for(graph, chosen, wish, progress, timeout_s)
    samples = choose(graph, sample)
    count = len(next(iter(samples.values()))) if samples else 1
    hearing = None if ears is None else ears.hearing
    made = _measured(graph, plan, samples, hearing, timeout_s, progress)
    beside, over = 0, fit.beside_excess(plan, made.memory)
    for _ in range(PLANS_FOR_STACK):
        if over > 0:  # where tensors lie the stack depends on, a little, and what listens has more of it
            beside += over
            plan = plan_for(graph, chosen, wish, progress, timeout_s, beside_bytes=beside)
            made = _measured(graph, plan, samples, hearing, timeout_s, progress)
            over = fit.beside_excess(plan, made.memory)
    raw, memory, modelled_run, layers, code = made.raw, made.memory, made.modelled, made.layers, made.code
    expected = reference_outputs(graph, samples)
    if _differs(ears, plan, code, raw, samples, expected):
        raise Mismatch(f"{graph.name} on {chosen.name} differs from the reference: lapel diff says where")
    fit.check_parts(graph.name, plan, memory)
    fit.check_fit(fit.Asked(graph, chosen, wish), memory)
    fit.check_budgets(graph.name, chosen, wish, memory, nominal(raw.cycles, modelled_run), graph)
    twin, unknown = int8_twin(graph, chosen, wish, progress, timeout_s)
    stacks = () if folder is None else measure_stacks(code, chosen, to_bytes(graph, samples), raw, timeout_s, progress)
    bound = own_bound(code, chosen, stacks)
    contract = codegen.Contract(
        memory.flash_code_bytes, memory.flash_data_bytes, memory.static_ram_bytes, memory.stack_bytes, stacks,
        raw.instructions, nominal(raw.cycles, modelled_run), bound,
    )  # fmt: skip
    recipe = recipe_for(graph, chosen, wish)
    proof = proof_of(plan, graph, samples, expected, sample is None)
    code = codegen.generate(
        plan, recipe=recipe, contract=contract, hearing=hearing, proof=proof, decision=decision_of(graph)
    )
    planned = plan.record()
    files = {**code.written(), PLAN: str(planned)}
    bounded = chosen.flash_bytes is not None or chosen.ram_bytes is not None
    record = Build(
        model=graph.name,
        target=chosen.name,
        core=chosen.core,
        recipe=recipe,
        samples=count,
        macs=plan.macs,
        instructions=raw.instructions,
        cycles=raw.cycles,
        memory=memory,
        layers=layers,
        fits=True if bounded else None,
        boards=fit.boards_with_room(memory.flash_bytes, memory.ram_bytes, chosen.core, chosen.name),
        files=() if folder is None else tuple(str(folder / name) for name in (*files, MANIFEST)),
        plan=planned,
        cycle_model=modelled_run,
        stacks=stacks,
        stack_bound=bound,
        classes=graph.classes,
        float_agreement=known_agreement(graph),
        float_samples=None if graph.origin.agreement is None else graph.origin.agreement.samples,
        warnings=(*(ears.warnings if ears else ()), *notices(graph, plan), *filter(None, [unknown])),
        int8=twin,
        seconds=time.perf_counter() - started,
    )
    if folder is not None:
        progress(f"writing {folder}")
        contents = {name: text.encode(errors="replace") for name, text in files.items()}
        # Without the time that this took: the same build writes the same file, and so leaves it alone.
        write_folder(folder, contents, MANIFEST, replace(record, seconds=None).to_json())
    return record


@dataclass(frozen=True, eq=False)
class _Measured:
    """The C of a plan, and what its firmware did and takes."""

    code: codegen.Firmware
    raw: RawRun
    memory: Memory
    modelled: CycleModel | None
    layers: tuple[Layer, ...]


def _measured(
    graph: Graph, plan: Plan, samples: Samples, hearing: Hearing | None, timeout_s: float, progress: Progress
) -> _Measured:
    """Compile a plan's firmware and run it on the samples."""
    progress("compiling")
    with compiled(plan, graph, "count", timeout_s=timeout_s, hearing=hearing) as c:
        progress(f"running on {plan.target.core}")
        raw = c.execute(samples, timeout_s)
        return _Measured(c.code, raw, c.memory(raw), *modelled(c.firmware, raw, c.layers(raw)))


def _differs(
    ears: Ears | None,
    plan: Plan,
    code: codegen.Firmware,
    raw: RawRun,
    samples: Samples,
    expected: Samples,
) -> bool:
    """Whether an output, or a detection, is not the reference's."""
    if ears is not None:
        (x,) = samples.values()
        return mismatches_of(ears, x.reshape(-1), read_run(code, raw)) > 0
    outputs = from_bytes(plan.graph, raw.outputs)
    outputs = dict(zip(expected, outputs.values(), strict=True))
    return count_mismatches(outputs, expected) > 0


def build_files(model: str, listens: bool = False) -> tuple[str, ...]:
    """Names of what `build` writes for a model beside the manifest: headers, source and plan, and what listens."""
    prefix = identifier(model)
    return f"{prefix}.h", f"{prefix}.c", PLAN, *beside_names(prefix), *(listener_files(prefix) if listens else ())
