"""Modelled cycles of a run as records: for the whole inference, and layer by layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lapel.errors import SimulationError
from lapel.records import Bounded, CycleModel, Layer, MemoryWaits, Modelled
from lapel.simulate import Firmware, RawRun
from lapel.simulate.profile import Profile
from lapel.targets import Target
from lapel.targets.timetable import ZERO, Range

if TYPE_CHECKING:
    from lapel.simulate import cycles


def nominal(counted: int | None, model: CycleModel | None) -> int | None:
    """Cycles of an inference: counted, else modelled; None where nobody knows."""
    return counted if counted is not None else model.inference.cycles if model is not None else None


def modelled(firmware: Firmware, raw: RawRun, layers: tuple[Layer, ...]) -> tuple[CycleModel | None, tuple[Layer, ...]]:
    """The model's account of a profiled run, and the layers with theirs; None and the layers as they are without one.

    Raises SimulationError if the profile does not hold exactly the instructions that were counted.
    """
    if raw.profile is None or not firmware.target.timing:
        return None, layers
    estimates = _estimates(firmware, raw.profile, raw.step_instructions, raw.instructions)
    model, steps = _account(firmware.target, estimates)
    timed = zip(layers, steps, strict=False)
    return model, tuple(replace(layer, modelled=found) for layer, found in timed)


def modelled_mean(
    firmware: Firmware, raw: RawRun, samples: Sequence[int]
) -> tuple[CycleModel | None, tuple[Modelled, ...]]:
    """The mean of the chosen samples that were profiled: of a whole invocation, of each step, and of what follows.

    samples: their numbers. None and nothing without profiles. Raises SimulationError as `modelled` does.
    """
    if not raw.chosen_profiles or not firmware.target.timing:
        return None, ()
    each = [
        _estimates(firmware, profile, raw.all_step_instructions[k].tolist(), raw.sample_instructions[k])
        for k, profile in zip(samples, raw.chosen_profiles, strict=True)
    ]
    return _account(firmware.target, tuple(map(_mean, zip(*each, strict=True))))


def _mean(estimates: tuple[cycles.Estimate, ...]) -> cycles.Estimate:
    from lapel.simulate import cycles

    share, rows, accesses = 1 / len(estimates), Counter[str](), cycles.whole(estimates).accesses
    for e in estimates:
        rows.update(e.by_row)
    return cycles.Estimate(
        cycles=sum((e.cycles for e in estimates), ZERO).times(share),
        instructions=round(sum(e.instructions for e in estimates) * share),
        by_row={name: round(count * share) for name, count in rows.items()},
        accesses={k: (round(reads * share), round(writes * share)) for k, (reads, writes) in accesses.items()},
    )


def _estimates(
    firmware: Firmware, profile: Profile, steps: Sequence[int], instructions: int | None
) -> tuple[cycles.Estimate, ...]:
    """One for each interval of a profile, in which there is what was counted."""
    from lapel.simulate import cycles  # the disassembler takes a while to import

    estimates = cycles.estimate(firmware, profile)
    whole = sum(e.instructions for e in estimates)
    if whole != instructions or any(e.instructions != n for e, n in zip(estimates[:-1], steps, strict=False)):
        raise SimulationError(
            f"{firmware.target.name}: the profile has {whole} instructions, {instructions} were "
            "counted: please report this defect of Lapel's counter"
        )
    return estimates


def _account(target: Target, estimates: tuple[cycles.Estimate, ...]) -> tuple[CycleModel, tuple[Modelled, ...]]:
    """The model's account of an invocation, and of each interval."""
    from lapel.simulate import cycles

    table, whole = cycles.timetable(target), cycles.whole(estimates)
    assert table is not None
    inference = _record(whole.cycles, table.margin)
    model = CycleModel(
        table=table.name,
        title=table.title,
        source=table.source,
        flash=flash_assumption(target),
        inference=inference,
        time_us=inference.cycles * 1e6 / target.clock_hz if target.clock_hz else None,
        energy_uj=inference.cycles * target.pj_per_cycle / 1e6 if target.pj_per_cycle else None,
        by_class=dict(sorted(whole.by_row.items(), key=lambda item: -item[1])),
        memories=tuple(_waits(target, k, whole.accesses.get(k, (0, 0))) for k in range(len(target.memories))),
    )
    return model, tuple(_record(e.cycles, table.margin) for e in estimates)


def _waits(target: Target, k: int, accesses: tuple[int, int]) -> MemoryWaits:
    """What accesses to one of the target's memories cost."""
    from lapel.simulate.cycles import memories

    m = target.memories[k]
    found, (read, write) = memories.waits(m, accesses), (m.read_cycles, m.write_cycles)
    how = f"{_cycles(read.figure)} a read ({read.source}), {_cycles(write.figure)} a write ({write.source})"
    return MemoryWaits(m.name, *accesses, round(found.nominal), round(found.low), round(found.high), how)


def _cycles(figure: Bounded) -> str:
    bounds = "" if figure.low == figure.high else f" ({figure.low:g} to {figure.high:g})"
    return f"{figure.value:g}{bounds} cycles"


def flash_assumption(target: Target) -> str:
    """What the model takes the flash to be, in words."""
    waits = target.flash_wait_states
    if waits is None:
        return "flash without wait states" + (", whose real number is not known" if target.kind == "board" else "")
    helper = target.flash_accelerator if target.flash_accelerator != "none" else "no accelerator"
    return f"flash with {waits} wait state{'s' if waits != 1 else ''} and {helper}"


def _record(cycles: Range, margin: float) -> Modelled:
    more = margin * cycles.nominal
    return Modelled(round(cycles.nominal), max(0, round(cycles.low - more)), round(cycles.high + more))
