"""`lapel build --format blob`: its options, and what it prints."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

import lapel
from lapel.cli import data, options, screen, tables
from lapel.cli.grid import Column
from lapel.cli.screen import number
from lapel.codegen.kernelfamilies import ALL, families, family_kernels
from lapel.codegen.names import identifier
from lapel.errors import UsageError
from lapel.proving.blob import build_blob
from lapel.records import BlobBuild, FlashPart, KernelNeeds
from lapel.targets import Target
from lapel.wish import Wish


@dataclass(frozen=True)
class Asked:
    """What the options say. given: that a blob is wanted; slot, arena: the addresses that it is linked for; kernels:
    the name of a set, or the folder of a blob for the firmware that shall run it; None: the model's own. self_test: a
    sample goes with it. streamed: inputs may be."""

    given: bool
    slot: int
    arena: int
    kernels: str | None
    self_test: bool
    streamed: bool


def ASKED(command: Callable[..., int]) -> Callable[..., int]:
    """The options, which a command is given as `blob`."""

    @options.form_option(" for an interpreter")
    @click.option("--slot", metavar="ADDRESS", help="Where the blob will lie in flash; if not given, anywhere.")
    @click.option("--arena", metavar="ADDRESS", help="Where the arena will lie in RAM: of an AVR, whose params say it.")
    @click.option(
        "--kernel-set",
        metavar="NAME|DIR",
        help=f"Of the firmware: {ALL} that a blob can call, {', '.join(families())}, or those of the blob in DIR; the "
        "model's own, if not given.",
    )
    @click.option(
        "--no-self-test", is_flag=True,
        help="Leave the sample out that travels in a blob: its bytes are those of all inputs and outputs.",
    )  # fmt: skip
    @click.option(
        "--streamed", is_flag=True, help="A blob's input may be read while the inference runs, with --goal ram."
    )
    @functools.wraps(command)
    def called(
        form: str,
        slot: str | None,
        arena: str | None,
        kernel_set: str | None,
        no_self_test: bool,
        streamed: bool,
        **given: Any,
    ) -> int:
        if form == "c" and ((slot, arena, kernel_set) != (None, None, None) or no_self_test or streamed):
            known = "--slot, --arena, --kernel-set, --no-self-test and --streamed"
            raise UsageError(f"{known} are for --format blob: add that, or leave them out")
        places = _address("--slot", slot), _address("--arena", arena)
        return command(blob=Asked(form == "blob", *places, kernel_set, not no_self_test, streamed), **given)

    return called


def _address(option: str, text: str | None) -> int:
    try:
        return 0 if text is None else int(text, 0)
    except ValueError:
        raise UsageError(f"{option} is {text!r}, expected an address, such as 0x8010000") from None


def build(
    asked: Asked,
    model: Path,
    target: Target,
    out: Path | None,
    classes: Any,
    wish: Wish,
    name: str | None,
    sample: Path | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """The command."""
    with screen.stages(quiet=as_json) as progress:
        progress(f"reading {model}")
        graph = lapel.load(model, name=name, classes=classes)
        given = None if sample is None else data.by_recipe(graph, data.read_table(sample), None)[0]
        folder = Path("build") / f"{identifier(graph.name)}-{target.name}-blob" if out is None else out
        found = build_blob(
            graph, target, folder, sample=given, wish=wish, slot=asked.slot, arena=asked.arena,
            kernels=_kernels(asked, target), self_test=asked.self_test, streamed=asked.streamed,
            timeout_s=timeout_s, progress=progress,
        )  # fmt: skip
    if as_json:
        screen.print_json(found.to_json())
        return 0
    _print(found, target, random=sample is None)
    screen.say(f"written: {' '.join(found.files)}")
    for warning in found.warnings:
        screen.say_warning(warning)
    return 0


def _place(found: BlobBuild) -> str:
    if not found.slot:
        return "it runs at any address"
    places, ran = _places(found.slot, found.arena_address), _places(found.proven_slot, found.proven_arena)
    return f"linked for {places}" + ("" if places == ran else f"; what ran was linked for {ran} of the emulator")


def _places(slot: int, arena: int) -> str:
    return f"{slot:#x} and an arena at {arena:#x}" if arena else f"{slot:#x}"


def _kernels(asked: Asked, target: Target) -> tuple[str, ...] | None:
    if asked.kernels is None:
        return None
    if asked.kernels in (ALL, *families()) or not Path(asked.kernels).is_dir():
        return family_kernels(asked.kernels, target)
    other = BlobBuild.of_folder(asked.kernels)
    if other.core != target.core:
        raise UsageError(f"--kernel-set {asked.kernels} is for {other.core}, and {target.name} is a {target.core}")
    return other.set_kernels


def print_needs(found: KernelNeeds, *, as_json: bool) -> None:
    """What `lapel plan --format blob` found."""
    if as_json:
        screen.print_json(found.to_json())
        return
    screen.say_lines(str(found.plan).rstrip("\n"))
    rows = [[k, number(size), number(found.checks[k])] for k, size in found.kernels.items()]
    rows += [["shared by several", number(found.shared_bytes), ""], ["in all", number(found.flash_bytes), ""]]
    columns = [Column("kernel", "name"), Column("bytes of flash"), Column("of it checks")]
    screen.print_table(f"kernel set {found.kernel_set:08x}", columns, rows)


_PARTS = {
    "blob": "blob",
    "interpreter": "loader and interpreter",
    "checks": "checks of params",
    "kernels": "kernels",
    "tables": "constants of theirs",
}
"""What tables say of parts of the flash, by their kind."""


def _blob_first(found: BlobBuild) -> list[FlashPart]:
    return sorted(found.parts, key=lambda p: p.kind != "blob")


def _print(found: BlobBuild, target: Target, random: bool) -> None:
    samples = f"{found.samples} {'random ' if random else ''}sample{'' if found.samples == 1 else 's'}"
    screen.say(
        f"{found.model} as data for {found.target}: interpreted, it gave the reference's bits on {samples}; "
        f"{_place(found)}"
    )
    rows = [[f"{'  ' if p.kind != 'blob' else ''}{_PARTS[p.kind]}", number(p.bytes)] for p in _blob_first(found)]
    rows.insert(1, ["interpreter and kernels", number(found.memory.flash_bytes)])
    total = ["in all", number(found.whole_flash_bytes)]
    screen.print_table("", [Column("flash", "name"), Column("bytes")], rows, total=total)
    tables.print_ram(found.memory, target, found)
    tables.print_deepest(found.stack_bound)
    tables.print_time(found.instructions, found.cycles, None)
    tables.print_model(found.cycle_model, target)
    if found.load_instructions is not None:
        screen.say(f"checking the whole blob, once: {number(found.load_instructions)} instructions")
    screen.say(f"kernel set {found.kernel_set:08x}: {', '.join(found.set_kernels)}")
