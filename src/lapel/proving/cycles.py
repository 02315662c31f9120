"""Modelled cycles of a run as records: for the whole inference, and layer by layer."""

from __future__ import annotations

from dataclasses import replace

from lapel.errors import SimulationError
from lapel.records import CycleModel, Layer, Modelled
from lapel.simulate import Firmware, RawRun
from lapel.targets import Target
from lapel.targets.timetable import Range


def modelled(firmware: Firmware, raw: RawRun, layers: tuple[Layer, ...]) -> tuple[CycleModel | None, tuple[Layer, ...]]:
    """The model's account of a profiled run, and the layers with theirs; None and the layers as they are without one.

    Raises SimulationError if the profile does not hold exactly the instructions that were counted.
    """
    if raw.profile is None or not firmware.target.timing:
        return None, layers
    from lapel.simulate import cycles  # the disassembler takes a while to import

    estimates = cycles.estimate(firmware, raw.profile)
    table, whole = cycles.timetable(firmware.target), cycles.whole(estimates)
    assert table is not None
    counted = (*raw.step_instructions, whole.instructions)
    if whole.instructions != raw.instructions or any(
        e.instructions != n for e, n in zip(estimates[:-1], counted, strict=False)
    ):
        raise SimulationError(
            f"{firmware.target.name}: the profile has {whole.instructions} instructions, {raw.instructions} were "
            "counted: please report this defect of Lapel's counter"
        )
    target, inference = firmware.target, _record(whole.cycles, table.margin)
    model = CycleModel(
        table=table.name,
        title=table.title,
        source=table.source,
        flash=flash_assumption(target),
        inference=inference,
        time_us=inference.cycles * 1e6 / target.clock_hz if target.clock_hz else None,
        energy_uj=inference.cycles * target.pj_per_cycle / 1e6 if target.pj_per_cycle else None,
        by_class=dict(sorted(whole.by_row.items(), key=lambda item: -item[1])),
    )
    timed = zip(layers, estimates, strict=False)
    return model, tuple(replace(layer, modelled=_record(e.cycles, table.margin)) for layer, e in timed)


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
