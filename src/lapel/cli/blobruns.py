"""A blob by itself on the command line: run, or what it says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lapel import arrays
from lapel.cli import data, screen, tables
from lapel.cli.grid import Column
from lapel.cli.screen import number, percent, say
from lapel.errors import UsageError, some
from lapel.proving.blobrun import blob_content, run_blob
from lapel.records import BlobContent, BlobPort, BlobRun, BlobStep
from lapel.targets import Target, load_target
from lapel.wish import ANY

SHOWN_SAMPLES = 8
"""Whose classes are printed."""


def check_alone(**given: Any) -> None:
    """Raise UsageError for options that say what a blob and its firmware say themselves."""
    wrong = [f"--{name.replace('_', '-')}" for name, value in given.items() if value not in (None, ANY)]
    if wrong:
        raise UsageError(f"a blob and its firmware are as they were built: leave {some(wrong)} out")


def run(
    blob: Path,
    folder: Path | None,
    inputs: Path | None,
    labels: str | None,
    reset_every: int | None,
    output: Path | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """`lapel run` of a blob."""
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {blob}")
        content = blob_content(blob, folder)
        given, wanted = data.read_samples(inputs, labels)
        if isinstance(given, dict) and len(content.inputs) == 1 and {"x"} <= set(given) <= {"x", "y"}:
            given, wanted = given["x"], given.get("y") if wanted is None else wanted
        if output is not None:
            read = (Path(content.file), inputs, data.labels_path(labels))
            arrays.check_output(output, len(content.outputs), [p for p in read if p is not None])
        found = run_blob(
            blob, given, folder=folder, labels=wanted, reset_every=reset_every, timeout_s=timeout_s, progress=progress
        )
    if output is not None:
        arrays.write_arrays(output, arrays.join_batch(found.outputs))
    if as_json:
        screen.print_json(found.to_json())
        return 0
    _print_run(found, load_target(found.target))
    if output is not None:
        say(f"written: {output}")
    for warning in found.warnings:
        screen.say_warning(warning)
    return 0


def show(blob: Path, folder: Path | None, as_json: bool) -> int:
    """`lapel plan` of a blob."""
    found = blob_content(blob, folder)
    if as_json:
        screen.print_json(found.to_json())
        return 0
    _print_content(found)
    kernels = dict.fromkeys(s.kernel for s in found.steps)
    if found.firmware:
        say(f"the firmware of {found.firmware} has them all: {', '.join(kernels)}")
    else:
        say(f"{len(kernels)} kernels by their numbers in the set; --build DIR of a firmware names them")
    if found.damaged:
        screen.say_warning(f"{found.file} is not what its checksum is of: it was changed since it was written")
    return 0


def _print_content(found: BlobContent) -> None:
    say(f"{found.file}: {found.model} as data, {number(found.blob_bytes)} bytes; {_place(found.slot)}")
    columns = [Column("port", "name"), Column("name", "name", 1), Column("type", "name"), Column("bytes"),
               Column("stands for", "prose", 2)]  # fmt: skip
    rows = [_port("input", p) for p in found.inputs] + [_port("output", p) for p in found.outputs]
    screen.print_table("", columns, rows)
    if found.classes:
        say(f"classes: {some(found.classes, 16)}")
    state = f", {number(found.state_bytes)} of them kept from call to call" if found.state_bytes else ""
    say(f"it needs an arena of {number(found.arena_bytes)} bytes{state}, and kernel set {found.kernel_set:08x}")
    _print_steps(found.steps, None)


def _place(slot: int) -> str:
    return f"linked for {slot:#x}" if slot else "it runs at any address"


def _port(kind: str, p: BlobPort) -> list[str]:
    stands = "" if p.scale is None else f"{p.scale:.6g} * (q {-(p.zero or 0):+d})"
    return [kind, p.name, f"{p.dtype}{list(p.shape)}", number(p.bytes), stands]


def _print_run(found: BlobRun, target: Target) -> None:
    samples = "1 sample" if found.samples == 1 else f"{number(found.samples)} samples"
    content = found.content
    say(f"{content.file}: {content.model} on {found.target}, {samples}, compared with nothing: a blob is no reference")
    _print_steps(found.steps, found.instructions)
    tables.print_memory(found.memory, target)
    tables.print_time(found.instructions, found.cycles, found.time_us)
    tables.print_model(found.cycle_model, target)
    for used in found.inputs:
        beyond = "" if used.saturated is None else f"; {percent(used.saturated)} beyond its range"
        say(f"input {used.name}: {used.how}{beyond}")
    if found.found:
        named = [content.classes[k] for k in found.found[:SHOWN_SAMPLES]]
        more = f" and {number(found.samples - SHOWN_SAMPLES)} more" if found.samples > SHOWN_SAMPLES else ""
        say(f"class{'' if found.samples == 1 else 'es'}: {', '.join(named)}{more}")
    if found.score is not None and found.score.accuracy is not None:
        say(f"accuracy: {percent(found.score.accuracy)} on {found.target}")


def _print_steps(steps: tuple[BlobStep, ...], whole: int | None) -> None:
    columns, named = [Column("step")], any(s.layer for s in steps)
    rows = [[str(k)] for k in range(len(steps))]

    def add(column: Column, cells: list[str]) -> None:
        columns.append(column)
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)

    if named:
        add(Column("layer", "name"), [s.layer for s in steps])
    add(Column("kernel", "name"), [s.kernel for s in steps])
    if whole:
        add(Column("instructions"), [number(s.instructions) for s in steps])
        add(Column("share", spare=1), [f"{100 * (s.instructions or 0) / whole:.1f} %" for s in steps])
    if any(s.modelled for s in steps):
        add(Column("modelled cycles"), [number(s.modelled.cycles if s.modelled else None) for s in steps])
    screen.print_table("", columns, rows)
