"""Other forms of a ladder: without one of its steps, or with other values of options."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lapel.compression.method import Kind
from lapel.errors import UsageError, shown
from lapel.ladder.code import CODE
from lapel.ladder.recipe import CompressionRecipe
from lapel.ladder.steps import QUANTIZE, Step, known, read_step, step_named

MOST = 200
"""Forms of one ladder."""


def variants(
    recipe: CompressionRecipe, without: Iterable[str], sweep: Mapping[str, Sequence[Any]], kind: Kind
) -> tuple[CompressionRecipe, ...]:
    """The recipe without each of these steps, one by one, and with every combination of the swept values.

    without: names of steps. sweep: values by "step.option". kind: of the first network. Raises UsageError: there is no
    such step or option, a value that is wrong, a ladder that makes no sense without the step.
    """
    made = [*(left_out(recipe, name, kind) for name in without), *swept(recipe, sweep)]
    different = {variant.label: variant for variant in made}
    for variant in different.values():
        variant.check(kind)
    return tuple(different.values())


def left_out(recipe: CompressionRecipe, name: str, kind: Kind) -> CompressionRecipe:
    """The recipe without a step; in the place of one that makes integers of floats besides, plain int8 is made."""
    step = step_named(recipe.steps, name, f"{recipe.where} without")
    rest = tuple(other for s in recipe.steps for other in ([s] if s is not step else _instead(recipe, step, kind)))
    if not rest:
        raise UsageError(f"{recipe.where}: {name!r} is the only step, and without it there is no ladder")
    return replace(recipe, steps=rest, label=f"without {name}")


def _instead(recipe: CompressionRecipe, step: Step, kind: Kind) -> list[Step]:
    """Of a step that, beside what it is for, makes integers of floats, that alone."""
    for earlier in recipe.steps[: recipe.steps.index(step)]:
        kind = known()[earlier.method].makes
    if kind == "integer" or known()[step.method].makes == "float" or step.method in (QUANTIZE, CODE.name):
        return []
    names = [s.name for s in recipe.steps]
    name = next(n for n in (QUANTIZE, f"{QUANTIZE}_only") if n not in names)
    return [read_step(str(recipe.where), {"method": QUANTIZE, "name": name})]


def left_out_of(whole: CompressionRecipe, part: CompressionRecipe) -> str:
    """The step that a variant leaves out; "" if it leaves out none."""
    names = [s.name for s in part.steps]
    return next((s.name for s in whole.steps if s.name not in names), "")


def swept(recipe: CompressionRecipe, sweep: Mapping[str, Sequence[Any]]) -> Iterator[CompressionRecipe]:
    """The recipe with every combination of values."""
    if not sweep:
        return
    for option, values in sweep.items():
        if not isinstance(values, Sequence) or isinstance(values, str) or not len(values):
            raise UsageError(f"{recipe.where}: sweep of {option} is {shown(repr(values))}, expected a list of values")
    combinations = list(itertools.product(*sweep.values()))
    if len(combinations) > MOST:
        raise UsageError(f"{recipe.where}: the sweep has {len(combinations):,} combinations, expected at most {MOST}")
    for values in combinations:
        made = recipe
        for option, value in zip(sweep, values, strict=True):
            made = with_option(made, option, value)
        yield replace(made, label=" ".join(f"{o}={_text(v)}" for o, v in zip(sweep, values, strict=True)))


def with_option(recipe: CompressionRecipe, option: str, value: Any) -> CompressionRecipe:
    """The recipe with another value of "step.option"."""
    where = f"{recipe.where} sweep of {shown(option)}"
    name, dot, key = option.partition(".")
    if not dot or not key:
        raise UsageError(f"{where}: expected STEP.OPTION, such as {recipe.steps[0].name}.epochs")
    step = step_named(recipe.steps, name, where)
    changed = read_step(where, {"method": step.method, "name": step.name, **step.given, key: value})
    return replace(recipe, steps=tuple(changed if s is step else s for s in recipe.steps))


def _text(value: Any) -> str:
    """Of a number all its digits: equal labels are equal ladders."""
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return repr(value) if isinstance(value, float) and float(short) != value else short
