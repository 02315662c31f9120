"""Options of planning and of quantizing: a row for each field of `lapel.Wish` and of `lapel.Quantization`, and the
decorators that give a command all of one of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

import click

from lapel.keywords import check_names
from lapel.quantization import observers
from lapel.runtime.source import kernels
from lapel.wish import Accumulators, Activations, Goal, Quantization, Weights, Wish


def _names(context: click.Context, option: click.Parameter, given: str | tuple[str, ...]) -> tuple[str, ...]:
    """Names with commas between them."""
    found = tuple(filter(None, (n.strip() for n in given.split(",")))) if isinstance(given, str) else given
    check_names(found, kernels(), "kernel")
    return found


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
    click.option(
        "--shared", is_flag=True,
        help="Let steps share kernels, as in a model that is data: no step has code of its own.",
    ),
    click.option(
        "--kernels", default="", callback=_names, metavar="NAME,…",
        help="The kernels that may be called, by name; all of the core, if not given.",
    ),
    click.option(
        "--uncoded", is_flag=True,
        help="Store weights as they are, even where a code of them would take less flash.",
    ),
    click.option(
        "--ram-budget", type=int, metavar="BYTES",
        help="RAM for arena, variables and stack; what the target has, if not given. More is refused.",
    ),
    click.option(
        "--cycle-budget", type=int, metavar="CYCLES",
        help="Cycles of an inference, counted or modelled; more is refused.",
    ),
)  # fmt: skip


QUANTIZATION: tuple[Any, ...] = (
    click.option(
        "--weights", type=click.Choice(get_args(Weights)), default="int8", show_default=True,
        help="Of convolutions and fully connected layers, with a scale for each channel.",
    ),
    click.option(
        "--activations", type=click.Choice(get_args(Activations)), default="int8", show_default=True,
        help="int16 is more exact and slower; operators that do not have it stay int8.",
    ),
    click.option(
        "--observer", type=click.Choice(tuple(observers())), default="percentile", show_default=True,
        help="How ranges are found: all values, all but one in 10,000 at either end, or the least mean square error.",
    ),
    click.option(
        "--equalize/--no-equalize", default=False, show_default=True,
        help="Give channels between two layers like ranges first.",
    ),
    click.option(
        "--replace-relu6", is_flag=True,
        help="For --equalize, make relu6 a relu even where data is cut by it: that changes the network.",
    ),
    click.option(
        "--search-weights/--no-search-weights", default=True, show_default=True,
        help="Clip the widest weights where that makes sums more exact.",
    ),
    click.option(
        "--correct-bias/--no-correct-bias", default=True, show_default=True,
        help="Let biases take away what rounding the weights adds on average.",
    ),
    click.option(
        "--accumulators", type=click.Choice(get_args(Accumulators)), default="int32", show_default=True,
        help="int16: smaller weights, such that 16 bits hold every sum of an int8 layer. 8-bit cores gain by it.",
    ),
    click.option(
        "--accuracy-loss", type=float, metavar="POINTS",
        help="Give the worst layers int16 activations until no more than that is lost.",
    ),
)  # fmt: skip


def wished(command: Callable[..., int]) -> Callable[..., int]:
    """Options of a command for all fields of a wish, which it is given as `wish`."""
    return _with_options(command, Wish, ROWS)


def quantization(command: Callable[..., int]) -> Callable[..., int]:
    """Options of a command for all fields of a `Quantization`, which it is given as `wish`."""
    return _with_options(command, Quantization, QUANTIZATION)


def _with_options(command: Callable[..., int], kind: type, rows: tuple[Any, ...]) -> Callable[..., int]:
    @functools.wraps(command)
    def called(**given: Any) -> int:
        wish = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        return command(wish=wish, **given)

    return functools.reduce(lambda made, option: option(made), reversed(rows), called)
