"""`check`: the firmware of each table, its figures, and what of its budgets and of the baseline is broken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lapel import arrays, frames
from lapel.checks.budgets import BUILD_ALONE, Budget, Budgets, read_budgets
from lapel.errors import LapelError, Mismatch, UsageError, shown
from lapel.files import check_file, write_file
from lapel.frontends import load
from lapel.ir import Graph
from lapel.keywords import meant
from lapel.proving.blob import build_blob
from lapel.proving.blobfolder import build_of
from lapel.proving.build import build
from lapel.proving.cycles import nominal
from lapel.proving.run import run
from lapel.records import EQUAL, LEAST, MOST, Baseline, BlobBuild, Broken, Build, Check, Checked, Run
from lapel.targets import load_target

Figures = dict[str, int | float | str]
Progress = Callable[[str], None]


def check(
    budgets: Path | str | Budgets,
    *,
    only: tuple[str, ...] = (),
    update: bool = False,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Checked:
    """Measure each firmware of a file of budgets, and compare it with its budgets and with the baseline.

    only: names of tables; all if none are given. update: write the figures as the new baseline; of tables that are left
    out, or have none, those that it has stay. An error of one firmware is its check's, and the others are made.

    Raises UsageError, FormatError (the file, or the baseline), OutputError (the baseline).
    """
    read = budgets if isinstance(budgets, Budgets) else read_budgets(budgets)
    for name in only:
        if name not in read.checks:
            raise UsageError(f"{read.path}: has no table {shown(name)!r}: {meant(name, read.checks)}")
    if update and read.baseline is None:
        raise UsageError(f'{read.path}: names no baseline to be written: add baseline = "baseline.json"')
    before = _baseline(read, update)
    made = []
    for number, name in enumerate(only or read.checks, 1):
        label = f"{name} ({number} of {len(only or read.checks)})"

        def said(stage: str, label: str = label) -> None:
            progress(f"{label}: {stage}")

        made.append(check_one(read, name, {} if update else before.get(name, {}), timeout_s, said))
    if update:
        _write(read, before, made)
    return Checked(str(read.path), tuple(made))


def check_one(read: Budgets, name: str, before: Mapping[str, Any], timeout_s: float, progress: Progress) -> Check:
    """The check of one table. before: its figures in the baseline."""
    budget, started = read.checks[name], time.perf_counter()
    limits = dict(budget.limits)
    try:
        model, target, figures = _measured(read.path.parent, budget, timeout_s, progress)
    except LapelError as e:
        model, target = budget.model or budget.build or "", budget.target or ""
        spent = time.perf_counter() - started
        kind = type(e).__name__
        return Check(name, model, target, {}, limits, dict(before), (), spent, e.message, kind, e.exit_code)
    worse = read.worse if budget.worse is None else budget.worse
    broken = (*_broken(figures, limits), *_worse(figures, before, worse))
    spent = time.perf_counter() - started
    return Check(name, model, target, figures, limits, dict(before), broken, spent)


def baseline_of(read: Budgets) -> Mapping[str, Mapping[str, Any]]:
    """The figures of the baseline by check; none if the file names none. Raises FormatError."""
    return _baseline(read, update=False)


def _baseline(read: Budgets, update: bool) -> dict[str, Mapping[str, Any]]:
    if read.baseline is None or (update and not read.baseline.exists()):
        return {}
    return dict(Baseline.read(read.baseline).checks)


def _write(read: Budgets, before: Mapping[str, Mapping[str, Any]], made: list[Check]) -> None:
    """Tables in the file's order, so that a difference shows figures alone."""
    assert read.baseline is not None
    known = {**before, **{c.name: c.figures for c in made if c.error is None}}
    figures = {name: known[name] for name in read.checks if name in known}
    content = json.dumps(Baseline(figures).to_json(), indent=2) + "\n"
    write_file(check_file(read.baseline), content.encode())


def _measured(folder: Path, budget: Budget, timeout_s: float, progress: Progress) -> tuple[str, str, Figures]:
    """Model, target and figures, of the record of a build, or of a run."""
    if budget.build is not None:
        read = build_of(folder / budget.build)
        return read.model, read.target, figures_of(read)
    assert budget.model is not None and budget.target is not None
    progress("reading the model")
    graph = load(folder / budget.model, classes=budget.classes or None)
    inputs = None if budget.inputs is None else _read(folder / budget.inputs)
    labels = None if budget.labels is None else _read(folder / budget.labels)
    if budget.format == "blob":
        return _measured_blob(graph, budget, inputs, labels, timeout_s, progress)
    if inputs is None:
        built = build(graph, budget.target, wish=budget.wish, timeout_s=timeout_s, progress=progress)
        return built.model, built.target, figures_of(built)
    ran = run(graph, budget.target, inputs, labels=labels, wish=budget.wish, timeout_s=timeout_s, progress=progress)
    return ran.model, ran.target, figures_of(_equal(ran))


def _measured_blob(
    graph: Graph, budget: Budget, inputs: Any, labels: Any, timeout_s: float, progress: Progress
) -> tuple[str, str, Figures]:
    """The same of a model as data: figures of its build, and of a run those that a run has."""
    assert budget.target is not None
    with TemporaryDirectory() as name:
        place = None if inputs is None else name
        built = build_blob(
            graph, budget.target, place, wish=budget.wish, timeout_s=timeout_s, progress=progress
        )
        if place is None:
            return built.model, built.target, figures_of(built)
        ran = run(graph, None, inputs, labels=labels, folder=place, timeout_s=timeout_s, progress=progress)
    return ran.model, ran.target, figures_of(built) | figures_of(_equal(ran))


def _equal(ran: Run) -> Run:
    """Raise Mismatch where outputs are not the reference's."""
    if not ran.bit_exact:
        differ = f"{ran.mismatches} of {ran.samples} samples differ from the reference"
        raise Mismatch(f"{differ}: lapel diff says where")
    return ran


def _read(path: Path) -> Any:
    return frames.read_csv(path) if path.suffix.lower() in frames.CSV_SUFFIXES else arrays.read_arrays(path)


def figures_of(record: Build | BlobBuild | Run) -> Figures:
    """All figures of a record that may have a budget, without those that are not known. Raises UnknownTarget."""
    memory, cycles = record.memory, nominal(record.cycles, record.cycle_model)
    pj = load_target(record.target).pj_per_cycle
    agreement = None if isinstance(record, BlobBuild) else record.float_agreement
    found = {
        "flash_bytes": record.whole_flash_bytes if isinstance(record, BlobBuild) else memory.flash_bytes,
        "blob_bytes": record.blob_bytes if isinstance(record, BlobBuild) else None,
        "ram_bytes": memory.ram_bytes,
        "arena_bytes": memory.arena_bytes,
        "stack_bytes": memory.stack_bytes,
        **{name: getattr(record, name, None) for name in BUILD_ALONE},
        "instructions": record.instructions,
        "load_instructions": record.load_instructions if isinstance(record, BlobBuild) else None,
        "cycles": cycles,
        "energy_uj": None if cycles is None or pj is None else cycles * pj / 1e6,
        "accuracy": record.accuracy if isinstance(record, Run) else None,
        "float_agreement": None if agreement is None else agreement.accuracy,
        "sha256": record.recipe.sha256,
    }
    return {name: value for name, value in found.items() if value is not None}


def _broken(figures: Figures, limits: Mapping[str, Any]) -> list[Broken]:
    """Budgets that are not kept, and those of figures that are not known."""
    beyond = [name for name, limit in limits.items() if _is_beyond(name, figures, limit)]
    return [Broken(name, figures.get(name), limits[name], "budget") for name in beyond]


def _is_beyond(name: str, figures: Mapping[str, Any], limit: Any) -> bool:
    if name not in figures:
        return True
    found = figures[name]
    return bool(found != limit if name in EQUAL else found < limit if name in LEAST else found > limit)


def _worse(figures: Figures, before: Mapping[str, Any], share: float) -> list[Broken]:
    """Figures that are worse than the baseline's by more than a share; another model's hash is none."""
    found = []
    for name, old in before.items():
        bound = old * (1 + share) if name in MOST else old * (1 - share) if name in LEAST else None
        if bound is not None and _is_beyond(name, figures, bound):
            found.append(Broken(name, figures.get(name), old, "baseline"))
    return found
