"""`lapel.Wish`: one field an option of planning, one row of the command line."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click
import pytest

from lapel import Wish
from lapel.cli.wishes import wished
from lapel.errors import UsageError


def given(*arguments: str) -> Wish:
    """The wish that a command is called with."""
    found: list[Wish] = []

    @click.command()
    @wished
    def command(wish: Wish) -> int:
        found.append(wish)
        return 0

    command.main(list(arguments), standalone_mode=False)
    return found[0]


def test_every_field_is_a_row_of_the_command_line_with_the_same_default() -> None:
    assert given() == Wish()
    assert given("--optimize", "ram", "--flash-budget", "9", "--whole-input") == Wish("ram", 9, True)

    @click.command()
    @wished
    def command(**unused: Any) -> int:
        return 0

    assert {p.name for p in command.params} == {f.name for f in fields(Wish)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"optimize": "speed"}, "optimize is 'speed', expected one of latency, ram, flash, balanced"),
        ({"flash_budget": 0}, "flash_budget is 0, expected at least 1 byte"),
        ({"ram_budget": 0}, "ram_budget is 0, expected at least 1 byte"),
        ({"cycle_budget": -5}, "cycle_budget is -5, expected at least 1 cycle"),
    ],
)
def test_what_cannot_be_wished_is_said(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Wish(**options)
    assert caught.value.message == said
