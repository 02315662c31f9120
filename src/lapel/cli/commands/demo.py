"""`lapel demo`: scikit-learn's digits, trained, quantized and classified on emulated cores."""

from __future__ import annotations

from pathlib import Path

import click

from lapel.apps import digits
from lapel.cli import options, screen
from lapel.cli.grid import Column
from lapel.errors import Mismatch
from lapel.targets import load_target


@click.command("demo")
@options.target_option("-t", "--target", "targets", multiple=True, help="A core or board; may be repeated.")
@options.path_option("-o", "--out", help="Folder to write; build/digits if not given.")
@options.TIMEOUT
@options.JSON
def COMMAND(targets: tuple[str, ...], out: Path | None, timeout_s: float, as_json: bool) -> int:
    """Train a small network on real handwritten digits, and prove it on emulated cores.

    All of the held-out images are classified by the firmware. Exit code 12 if any output is not the reference's.
    """
    chosen = [load_target(name) for name in dict.fromkeys(targets or digits.TARGETS)]
    with screen.stages(quiet=as_json) as progress:
        demo = digits.run_demo(chosen, out or Path("build/digits"), timeout_s=timeout_s, progress=progress)
    if as_json:
        screen.print_json(demo.to_json())
    else:
        _print(demo)
    return 0 if demo.bit_exact else Mismatch.exit_code


def _print(demo: digits.Demo) -> None:
    number = screen.number
    rows = [["scikit-learn, float", screen.percent(demo.float_accuracy), *["-"] * 7]]
    rows.append(["Python, int8 reference", screen.percent(demo.int8_accuracy), *["-"] * 7])
    for r in demo.runs:
        exact = "all" if r.bit_exact else f"{r.samples - r.mismatches:,} of {r.samples:,}"
        m = r.memory
        ms = None if r.time_us is None else r.time_us / 1000
        cells = [number(v) for v in (m.flash_bytes, m.ram_bytes, m.stack_bytes, r.instructions, r.cycles)]
        rows.append([r.target, screen.percent(r.accuracy), exact, *cells, number(ms, 2)])
    columns = [Column("where", "name"), *map(Column, ("accuracy", "exact", "flash", "RAM"))]
    columns += [Column("of it stack", spare=2), Column("instructions", spare=1), Column("cycles"), Column("ms")]
    title = f"{demo.model}: {demo.samples:,} held-out images, {number(demo.macs)} multiply-accumulates each"
    screen.print_table(title, columns, rows)
    screen.say("exact: images whose outputs are, bit for bit, the reference's. flash, RAM: bytes of the model.")
    for warning in dict.fromkeys(w for r in demo.runs for w in r.warnings):
        screen.say_warning(warning)
    screen.say(f"took {demo.seconds:.0f} s; files: {demo.folder}/ ({', '.join(demo.files)})")
