"""The ladder: a network is compressed step by step, and after each step its firmware is measured.

found = lapel.compress("digits.toml", "build/digits")
found.rungs[-1].firmware.memory.flash_bytes, found.factors
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lapel.ladder.recipe import CompressionRecipe, read_recipe
from lapel.records import NO_BUDGETS, Budgets, CompressionRecord
from lapel.training import Progress, require_torch

__all__ = ["CompressionRecipe", "compress", "read_recipe"]


def compress(
    recipe: Path | str | Mapping[str, Any] | CompressionRecipe,
    out: Path | str | None = None,
    *,
    without: Iterable[str] = (),
    sweep: Mapping[str, Sequence[Any]] | None = None,
    search: int | None = None,
    budgets: Budgets = NO_BUDGETS,
    fresh: bool = False,
    progress: Callable[[str | Progress], None] = lambda at: None,
) -> CompressionRecord:
    """Compress a network by the steps of a recipe, and measure its firmware after each of them.

    recipe: a file (`lapel.ladder.recipe`), or a mapping with the same keys, in which `data` may be a `Dataset` or
    `Splits` and `network` a graph. out: a folder that gets each step's network as .tflite, `compression.json` and, with
    matplotlib, `compression.svg`; what is finished there already is taken as it is, and a training goes on from its
    checkpoint. None writes nothing. without: steps that are left out, each in a ladder of its own. sweep: values by
    "step.option"; a ladder for each combination. search: so many trials of what the recipe leaves to a search
    (`lapel.ladder.space`), within budgets; the best of them is built and measured. fresh: begin anew. progress: called
    with what is done, and after each step of a training.

    Raises, before anything is computed, UsageError and InputError: recipe, data and network do not fit each other;
    later what methods and builds raise. What does not fit the target is no error: its rung says so.
    """
    started = time.perf_counter()
    require_torch()
    chosen = recipe if isinstance(recipe, CompressionRecipe) else read_recipe(recipe)
    from lapel.ladder.session import Session, Wanted

    wanted = Wanted(tuple(without), sweep or {}, search, budgets, fresh)
    session = Session.begun(chosen, out, wanted, progress)
    return replace(session.run(), seconds=time.perf_counter() - started)
