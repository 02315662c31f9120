"""What one inference takes: of a run that is made now, or of one whose record is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeGuard

from lapel.errors import FormatError, UsageError, shown
from lapel.files import LEDGER
from lapel.frontends import Model, load
from lapel.proving.run import run
from lapel.records import Bounded, Build, Cascaded, Listening, Run
from lapel.records.document import KIND, read_json
from lapel.targets import Target, load_target

Costs = Run | Build | Listening | Cascaded
"""Records that say what one inference takes; of listening and of cascades it is a step, the mean of many."""
RECORDS: dict[str, Any] = {c.kind(): c for c in (Run, Build, Listening, Cascaded)}
"""These by what they are called in JSON."""


@dataclass(frozen=True)
class Load:
    """One inference on a target.

    cycles: with bounds, None where they are not known. input_bytes: of all inputs, None where only a record was given.
    rate_hz: how often it comes, where that is known, as of listening.
    """

    model: str
    target: Target
    cycles: Bounded | None
    cycles_are: Literal["counted", "modelled", "not known"]
    input_bytes: int | None
    warnings: tuple[str, ...]
    rate_hz: float | None = None


def load_of(model: Model | Costs, target: str | Target | None, **options: Any) -> Load:
    """What an inference takes. model: a record or its JSON file or build folder, or whatever `lapel.run` runs.

    options: those of `lapel.run`. Raises UsageError: a model without a target, a record of another target, or a target
    that is a core; FormatError: the file is no such record; and what `run` raises.
    """
    record = _record(model)
    if record is None:
        if target is None:
            raise UsageError("a model was given without a target: expected one; `lapel boards` lists them")
        graph = load(model)
        chosen = _check_board(load_target(target) if isinstance(target, str) else target)
        found = run(graph, chosen, **options)
        sizes = [graph.tensors[name].type.bytes for name in graph.inputs]
        return _load(found, chosen, sum(sizes))
    name = target.name if isinstance(target, Target) else target
    if record.target is None:
        raise UsageError(f"{record.model}: the cascade was not counted on a target: give it one")
    if name not in (None, record.target):
        raise UsageError(f"{record.model} was run on {record.target}, expected {name}: run it there, or leave it out")
    return _load(record, _check_board(load_target(record.target)), None)


def is_record(model: object) -> TypeGuard[str | Path]:
    """Whether what is given is the path of a record, a JSON file or a build folder, by its name."""
    return isinstance(model, str | Path) and (Path(model).is_dir() or Path(model).suffix == ".json")


def _record(model: object) -> Costs | None:
    """The record that is meant; None for a model."""
    if isinstance(model, Costs):
        return model
    if not is_record(model):
        return None
    path = Path(model)
    if path.is_dir():
        return Build.of_folder(path)
    content = read_json(path)
    kind = content.get(KIND) if isinstance(content, dict) else None
    if kind not in RECORDS:
        found = "it is no record" if kind is None else f"the record {shown(str(kind))!r} has no cycles of an inference"
        known = ", ".join(RECORDS)
        raise FormatError(f"{path}: {found}, expected one of {known}; `lapel run --json` writes the first")
    return RECORDS[kind].read(path, ignored=(LEDGER,))


def _check_board(target: Target) -> Target:
    if target.clock_hz is None:
        raise UsageError(f"{target.name} is a core without a clock, expected a board: `lapel boards` lists them")
    return target


def _load(record: Costs, target: Target, input_bytes: int | None) -> Load:
    if isinstance(record, Cascaded):
        sent = round(32 * record.step_ms)  # 16 samples of 16 bits a millisecond
        cycles = record.cycles
        are: Literal["counted", "modelled", "not known"] = "not known" if cycles is None else "modelled"
        if cycles is not None and cycles.low == cycles.high:
            are = "counted"
        return Load(record.model, target, cycles, are, sent, record.warnings, 1000 / record.step_ms)
    rate_hz = 1000 / record.step_ms if isinstance(record, Listening) else None
    if isinstance(record, Listening):
        input_bytes = 2 * record.step_samples
    rest = input_bytes, record.warnings, rate_hz
    if record.cycles is not None:
        return Load(record.model, target, Bounded.exactly(record.cycles), "counted", *rest)
    if record.cycle_model is not None:
        m = record.cycle_model.inference
        return Load(record.model, target, Bounded(m.cycles, m.low, m.high), "modelled", *rest)
    return Load(record.model, target, None, "not known", *rest)
