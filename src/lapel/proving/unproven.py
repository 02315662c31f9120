"""`generate`: a model's C where there is no compiler; nothing of it is compiled, run or measured, and it says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lapel import codegen
from lapel.codegen.model import beside_names
from lapel.codegen.names import identifier
from lapel.errors import UsageError
from lapel.files import check_folder, write_folder
from lapel.frontends import Model
from lapel.measuring import fit
from lapel.measuring.traffic import uncounted
from lapel.planning import make_plan
from lapel.planning.floats import as_reals
from lapel.proving.build import PLAN
from lapel.proving.models import load
from lapel.proving.notices import notices
from lapel.proving.proof import choose, decision_of, proof_of
from lapel.proving.run import Progress, reference_outputs
from lapel.records import MANIFEST, Generated, Recipe
from lapel.targets import Target, load_target
from lapel.version import VERSION
from lapel.wish import ANY, Wish

NO_COSTS = "nothing was compiled to measure it"


def generate(
    model: Model,
    target: str | Target,
    out: Path | str,
    *,
    calibration: Any = None,
    sample: Any = None,
    wish: Wish = ANY,
    progress: Progress = lambda stage: None,
) -> Generated:
    """Write the files that `build` writes, without compiling and running them: no compiler and no emulator is needed.

    Kernels are chosen by the target's order of preference. What is known all the same is checked: that the arena, and
    the constants that every plan needs, fit. `<model>_sample.h` has the reference's outputs, so that the device can
    prove what this did not. Other arguments are those of `build`.

    Raises UsageError (a budget that only a measurement could keep), UnknownTarget, DoesNotFit, InputError, OutputError.
    """
    budgets = [n for n in ("flash_budget", "ram_budget", "cycle_budget") if getattr(wish, n) is not None]
    if budgets:
        raise UsageError(f"{budgets[0]} is given, and without a proof nothing is measured: leave one of both out")
    chosen, folder = load_target(target) if isinstance(target, str) else target, Path(out)
    graph = load(model, calibration)
    prefix = identifier(graph.name)
    check_folder(folder, (f"{prefix}.h", f"{prefix}.c", PLAN, *beside_names(prefix)), MANIFEST)
    progress("planning")
    asked = fit.Asked(graph, chosen, wish)
    plan = make_plan(graph, chosen, wish, costs=NO_COSTS, check=lambda least: fit.check_least(asked, least))
    fit.check_plan(asked, plan)
    if chosen.memories:
        plan = uncounted(plan, "a proof was not wanted")
    progress("computing the sample's outputs")
    samples = choose(graph, sample)
    proof = proof_of(plan, graph, samples, reference_outputs(graph, samples), sample is None)
    recipe = Recipe(VERSION, chosen.name, as_reals(graph).digest(), graph.file_sha256 or None, wish, "", "")
    code = codegen.generate(plan, recipe=recipe, proof=proof, decision=decision_of(graph))
    planned = plan.record()
    files = {**code.written(), PLAN: str(planned)}
    record = Generated(
        model=graph.name,
        target=chosen.name,
        core=chosen.core,
        recipe=recipe,
        macs=plan.macs,
        files=tuple(str(folder / name) for name in (*files, MANIFEST)),
        plan=planned,
        classes=graph.classes,
        warnings=notices(graph, plan),
    )
    progress(f"writing {folder}")
    contents = {name: text.encode(errors="replace") for name, text in files.items()}
    write_folder(folder, contents, MANIFEST, record.to_json())
    return record
