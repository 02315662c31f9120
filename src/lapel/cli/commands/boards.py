"""`lapel boards`: everything that can be a target."""

from __future__ import annotations

import click

import lapel
from lapel.cli import options, screen, tables


@click.command("boards")
@options.BOARDS
@options.JSON
def COMMAND(as_json: bool) -> int:
    """List boards and cores: the names that --target takes."""
    if as_json:
        screen.print_json({"targets": [_row(name) for name in lapel.list_targets()]})
    else:
        tables.print_targets(lapel.list_targets())
    return 0


def _row(name: str) -> dict[str, object]:
    t = lapel.load_target(name)
    return {
        "name": name,
        "kind": t.kind,
        "core": t.core,
        "description": t.description,
        "clock_hz": t.clock_hz,
        "flash_bytes": t.flash_bytes,
        "ram_bytes": t.ram_bytes,
    }
