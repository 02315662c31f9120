"""`lapel check`: firmware within its budgets, or which are broken and by how much."""

from __future__ import annotations

from pathlib import Path

import click

import lapel
from lapel.checks.junit import junit
from lapel.cli import options, screen
from lapel.cli.grid import Column
from lapel.errors import BudgetBroken
from lapel.files import check_file, write_file
from lapel.records import FIGURES, LEAST, Check, Checked
from lapel.records.checked import written


@click.command("check")
@click.argument("budgets", callback=options.path, shell_complete=options.complete_path)
@click.option("--only", multiple=True, metavar="NAME", help="A table of the file; may be repeated. All if not given.")
@click.option("--update", is_flag=True, help="Write the figures as the baseline, and compare with the budgets alone.")
@options.path_option("--junit", "junit_path", help="Write a JUnit report, as CIs read it.")
@options.TIMEOUT
@options.JSON
def COMMAND(
    budgets: Path, only: tuple[str, ...], update: bool, junit_path: Path | None, timeout_s: float, as_json: bool
) -> int:
    """Measure the firmware of each table in BUDGETS, a TOML file, and compare it with its budgets.

    Exit code 18 if a budget is broken, or a figure is worse than the baseline's by more than the file allows; that of
    the error where a firmware could not be measured.
    """
    if junit_path is not None:
        check_file(junit_path)
    with screen.stages(quiet=as_json) as progress:
        found = lapel.check(budgets, only=only, update=update, timeout_s=timeout_s, progress=progress)
    if junit_path is not None:
        write_file(junit_path, junit(found))
    if as_json:
        screen.print_json(found.to_json())
    else:
        _print(found)
    return exit_code(found)


def exit_code(found: Checked) -> int:
    """That of a broken budget before those of errors."""
    if any(c.broken for c in found.checks):
        return BudgetBroken.exit_code
    return next((c.exit_code for c in found.checks if c.error is not None), 0)


def _print(found: Checked) -> None:
    for check in found.checks:
        _print_check(check)
    failed = [c.name for c in found.checks if not c.passed]
    kept = f"{len(found.checks) - len(failed)} of {len(found.checks)} firmwares are within their budgets"
    screen.say(kept + (f"; not {', '.join(failed)}" if failed else ""))


def _print_check(check: Check) -> None:
    head = f"{check.name}: {check.model}" + (f" on {check.target}" if check.target else "")
    if check.error is not None:
        screen.say(head)
        screen.say_error(check.error)
        return
    rows = [_row(check, name) for name in FIGURES if name in {**check.limits, **check.baseline} and name != "sha256"]
    columns = [Column("figure", "name"), *map(Column, ("found", "budget", "of it", "baseline", "change", "verdict"))]
    if rows:
        screen.print_table(head, columns, rows)
    else:
        screen.say(head)
    for broken in check.broken:
        screen.say_warning(str(broken))


def _row(check: Check, name: str) -> list[str]:
    found, limit, before = (x.get(name) for x in (check.figures, check.limits, check.baseline))
    used, change = "-", "-"
    if isinstance(found, int | float) and isinstance(limit, int | float) and limit:
        used = f"{found / limit:.1%}"
    if isinstance(found, int | float) and isinstance(before, int | float) and before:
        change = f"{found / before - 1:+.1%}"
    broken = [b.than for b in check.broken if b.figure == name]
    beyond = "not known" if found is None else "below the" if name in LEAST else "over the"
    verdict = f"{beyond} {'' if found is None else ' and '.join(broken)}".strip() if broken else "kept"
    cells = ["-" if v is None else written(v) for v in (found, limit, before)]
    return [name, cells[0], cells[1], used, cells[2], change, verdict]
