"""Options of planning: a row for each field of `lapel.Wish`, and one decorator that gives a command all of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

import click

from lapel.wish import Goal, Wish

ROWS: tuple[Any, ...] = (
    click.option(
        "--optimize", type=click.Choice(get_args(Goal)), default="latency", show_default=True,
        help="The fastest kernels, the smallest arena, the least flash, or the best product of time and flash.",
    ),
    click.option(
        "--flash-budget", type=int, metavar="BYTES",
        help="Flash for code and constants; what the target has, if not given.",
    ),
    click.option(
        "--whole-input", is_flag=True,
        help="Keep the input in the arena as a whole, even where --optimize ram would read it in bands.",
    ),
)  # fmt: skip


def wished(command: Callable[..., int]) -> Callable[..., int]:
    """Options of a command for all fields of a wish, which it is given as `wish`."""

    @functools.wraps(command)
    def called(**given: Any) -> int:
        wish = Wish(**{field.name: given.pop(field.name) for field in fields(Wish)})
        return command(wish=wish, **given)

    return functools.reduce(lambda made, option: option(made), reversed(ROWS), called)
