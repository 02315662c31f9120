"""`lapel doctor`: which tools are there, and what works with them."""

from __future__ import annotations

import click

from lapel import doctor
from lapel.cli import options, screen
from lapel.cli.grid import Column
from lapel.errors import MissingTool


@click.command("doctor")
@click.option("--packages", is_flag=True, help="Print only the missing Debian packages, one a line.")
@options.JSON
def COMMAND(packages: bool, as_json: bool) -> int:
    """Look for every tool, and say which targets work and what to install for the others.

    Exit code 0 if at least one core works, else 8.
    """
    report = doctor.examine()
    if packages:
        for name in report.packages:
            screen.say(name)
    elif as_json:
        screen.print_json(report.to_json())
    else:
        _print(report)
    return 0 if packages or report.working else MissingTool.exit_code


def _print(report: doctor.Report) -> None:
    rows = [[t.name, t.use, t.version or ("found" if t.path else "missing"), t.path or t.advice] for t in report.tools]
    columns = [Column("tool", "name"), Column("what for", "prose", least=16), Column("version", "name")]
    screen.print_table("", [*columns, Column("where, or what to do", "prose")], rows)
    cores = [[c.name, "works" if c.works else "needs " + ", ".join(c.missing)] for c in report.cores]
    screen.print_table("", [Column("core", "name"), Column("and boards with it", "prose")], cores)
    if report.packages:
        screen.say(f"all that is missing: {report.command}")
