"""A `Diff` for readers: which layer differs on which machine, the float model beside the layers, and the samples."""

from __future__ import annotations

import math

from lapel.cli.grid import Column
from lapel.cli.screen import number, percent, print_table, say, say_warning
from lapel.records import Beside, BesideLayer, BesideSample, Diff, DiffLayer, Element, ElementRow


def print_diff(found: Diff) -> None:
    """The heat map where anything differs or several targets were asked for, then the float model."""
    machines = " and ".join(found.machines)
    if found.equal:
        say(f"{found.model}: {found.tensors:,} tensors of {found.samples:,} samples are the same on {machines}")
    if not found.equal or len(found.machines) > 2:
        print_heat(found)
    if found.beside is not None:
        print_beside(found.beside)


def print_heat(found: Diff) -> None:
    """Layers x machines: elements that differ from the reference, in brackets where the layer is not to blame."""
    columns = [Column("layer", "name"), Column("op", "name", 2), Column("elements", spare=1)]
    columns += [Column(machine) for machine in found.machines]
    rows = [
        [row.layer, row.op, number(row.size), *(cell(row, machine) for machine in found.machines)]
        for row in found.layers
    ]
    print_table("elements that differ from the reference", columns, rows)
    if not found.equal:
        say("in brackets: the layer computed rightly what it was given, and that was wrong already")


def cell(row: DiffLayer, machine: str) -> str:
    """What a table says of a layer on a machine; empty where that machine has no such tensor."""
    count = row.differing.get(machine)
    if count is None:
        return ""
    if count == 0:
        return "="
    return number(count) if row.own.get(machine, True) else f"({number(count)})"


def print_beside(found: Beside) -> None:
    """Layer by layer, then which one hurts first, and which samples suffer."""
    columns = [
        Column("layer", "name"), Column("op", "name", 3), Column("in the float model", "name", 4),
        Column("SQNR dB"), Column("own dB"), Column("saturated", spare=1),
    ]  # fmt: skip
    print_table("", columns, [_row(layer) for layer in found.layers])
    if found.unmatched:
        say(f"without a counterpart in the float model: {', '.join(found.unmatched)}")
    if found.unlike:
        say_warning(found.unlike)
    say(first_line(found))
    say(f"samples that suffer most: {', '.join(map(_sample, found.worst))}")


def first_line(found: Beside) -> str:
    """The first layer that hurts by itself, in words."""
    at = next((layer for layer in found.layers if layer.layer == found.first), None)
    what = found.float_model or "its own network over the reals"
    if at is None:
        return f"no layer hurts by itself beside {what}"
    said = f"the first layer that hurts beside {what} is {at.layer} ({at.op}): {db(at.own_sqnr_db)} dB of its own"
    if at.saturated > 0:
        said += f", {percent(at.saturated)} of its values are beyond its range"
    return said


def _row(layer: BesideLayer) -> list[str]:
    counterpart = layer.counterpart.split(";")[0]
    return [layer.layer, layer.op, counterpart, db(layer.sqnr_db), db(layer.own_sqnr_db), percent(layer.saturated)]


def _sample(row: BesideSample) -> str:
    return f"{row.sample} ({db(row.sqnr_db)} dB{', another class' if row.changed else ''})"


def db(value: float) -> str:
    """Decibels; what has no noise is exact."""
    return f"{value:.1f}" if math.isfinite(value) else "exact" if value > 0 else "-"


HOW = {
    "run": "by running the layer on the core with other constants",
    "read": "from the firmware's image",
    "packed": "from the firmware's image, packed as the plan has it",
    "recomputed": "of the device's numbers above it",
    "traced": "from the core's memory after the step",
    "plan": "not to be had there: the plan's",
}
"""Ways to a device's number, in words, by `ElementRow.how`."""


def print_element(told: Element) -> None:
    """Number by number, then what could not be seen, and where they part."""
    where = f"{told.layer}{list(told.index)} of sample {told.sample}"
    say(f"{where}, {told.op} [{told.kernel}] on {told.target}")
    columns = [Column("number", "name"), Column("reference"), Column(told.target), Column("", "name"),
               Column("how the device's was had", "prose", 2), Column("what it is", "prose", 3)]  # fmt: skip
    print_table("", columns, [_element_row(told, row) for row in told.rows])
    for note in told.notes:
        say(f"not seen: {note}")
    if not told.parted:
        say(told.why)


def _element_row(told: Element, row: ElementRow) -> list[str]:
    mark = "<-- parts here" if row.name == told.parted else ""
    return [
        row.name,
        f"{row.reference:,}",
        "-" if row.device is None else f"{row.device:,}",
        mark,
        HOW[row.how],
        row.said,
    ]
