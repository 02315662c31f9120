"""`lapel update`: the package that brings devices from one model to the next."""

from __future__ import annotations

from pathlib import Path

import click

from lapel.cli import options, screen
from lapel.cli.grid import Column
from lapel.cli.screen import number
from lapel.errors import UsageError
from lapel.records import Update
from lapel.updates.device import write_device
from lapel.updates.status import update_statuses
from lapel.updates.trial import Flash
from lapel.updates.update import make_update


@click.command("update")
@options.path_option("--from", "old", help="Folder of the blob that devices have, whose firmware has its kernels.")
@options.path_option("--to", "new", help="Folder of the new blob.")
@options.path_option("-o", "--out", help="File to write; none if not given: the update is tried alone.")
@options.path_option("--key", help="Private key that signs; `lapel key` makes one.")
@click.option(
    "--counter", type=int, metavar="N",
    help="Devices refuse lower ones than they had; 0 if not given, with a key the seconds since 1970.",
)  # fmt: skip
@click.option("--whole", is_flag=True, help="Send the whole blob, for devices that may have another one than OLD.")
@click.option("--sector", type=int, metavar="BYTES", default=4096, show_default=True, help="What flash erases at once.")
@click.option("--unit", type=int, metavar="BYTES", default=8, show_default=True, help="What flash programs at once.")
@click.option("--slot-bytes", type=int, metavar="BYTES", default=0, help="Of a slot; if not given, as the blobs.")
@click.option("--arena-bytes", type=int, metavar="BYTES", help="Of devices, for models; if not given, any.")
@click.option(
    "--device", metavar="BOARD",
    help="Write the C of a device of this board, with the firmware of OLD, into the folder --out; no update.",
)  # fmt: skip
@click.option("--explain", type=int, metavar="CODE", help="Say what a device means that returned this, and end.")
@options.TIMEOUT
@options.JSON
def COMMAND(
    old: Path | None,
    new: Path | None,
    out: Path | None,
    key: Path | None,
    counter: int | None,
    whole: bool,
    sector: int,
    unit: int,
    slot_bytes: int,
    arena_bytes: int | None,
    device: str | None,
    explain: int | None,
    timeout_s: float,
    as_json: bool,
) -> int:
    """Write the package with which devices go from one model to the next, and try it on the emulated core.

    OLD and NEW are folders of `lapel build --format blob`; NEW was built with --kernel-set OLD. On the emulated core a
    device with OLD in its first slot takes the package, starts NEW, tests and confirms it.
    """
    if explain is not None:
        return _explain(explain)
    if device is not None:
        return _device(device, old, new, out, key)
    if old is None or new is None:
        raise UsageError("an update is --from the folder of one blob --to that of another: give both")
    with screen.stages(quiet=as_json) as progress:
        flash = Flash(sector, unit, slot_bytes)
        found = make_update(
            old, new, out, key=key, counter=counter, whole=whole, flash=flash, arena_bytes=arena_bytes,
            timeout_s=timeout_s, progress=progress,
        )  # fmt: skip
    if as_json:
        screen.print_json(found.to_json())
    else:
        _print(found)
    return 0


def _device(board: str, old: Path | None, new: Path | None, out: Path | None, key: Path | None) -> int:
    if old is None or new is not None or out is None:
        raise UsageError("--device is written --from the folder of its first blob to a folder --out: give these two")
    for path in write_device(old, board, out, key):
        screen.say(f"written: {path}")
    return 0


def _explain(code: int) -> int:
    found = next((s for s in update_statuses().values() if s.code == code), None)
    if found is None:
        raise UsageError(f"--explain is {code}, expected 0 to {max(s.code for s in update_statuses().values())}")
    screen.say(f"LAPEL_UPDATE_{found.name} ({code}): {found.meaning or 'it is done'}")
    return 0


def _print(found: Update) -> None:
    test = "its sample gave its outputs" if found.self_test else "it was loaded"
    screen.say(f"{found.old} -> {found.new} on {found.core}: the emulated device took it, and {test} there")
    rows = [["whole blob", number(found.whole_bytes)]]
    if found.delta_bytes is not None:
        rows.append(["delta", number(found.delta_bytes)])
    screen.print_table("", [Column("package", "name"), Column("bytes")], rows)
    signed = "signed" if found.signed else "not signed"
    screen.say(f"sent: {found.sent}, {found.package_bytes:,} bytes, counter {found.counter}, {signed}")
    screen.say(
        f"flash: slots of {found.slot_bytes:,} bytes or more, three sectors of {found.sector_bytes:,} for the state; "
        f"erased {found.slot_erases} + {found.state_erases} sectors, programmed {found.programs:,} units"
    )
    screen.say(
        f"update: {found.code_bytes:,} bytes of code, {found.state_bytes:,} of state, {found.stack_bytes:,} of stack"
    )
    if found.update_instructions is not None:
        screen.say(
            f"instructions: update {number(found.update_instructions)}, "
            f"first start {number(found.trial_instructions)}, others {number(found.boot_instructions)}"
        )
    if found.file is not None:
        screen.say(f"written: {found.file}")
    for notice in found.notices:
        screen.say_warning(notice)
