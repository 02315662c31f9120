"""`lapel boards`: everything that can be a target."""

from __future__ import annotations

import click

import lapel
from lapel.cli import options, screen, tables
from lapel.records import ListedTarget, Targets
from lapel.targets import Target


@click.command("boards")
@options.BOARDS
@options.JSON
def COMMAND(as_json: bool) -> int:
    """List boards and cores: the names that --target takes."""
    found = Targets(tuple(_listed(lapel.load_target(name)) for name in lapel.list_targets()))
    if as_json:
        screen.print_json(found.to_json())
    else:
        tables.print_targets(found)
    return 0


def _listed(t: Target) -> ListedTarget:
    return ListedTarget(t.name, t.kind, t.core, t.description, t.clock_hz, t.flash_bytes, t.ram_bytes)
