"""Recipes of ladders: a .toml file, or a mapping of the same form, checked as a whole before anything is computed.

| key | meaning |
|---|---|
| `target` | core or board that every step is measured on |
| `seed` | of all trainings that have none of their own; 0 |
| `threads` | of PyTorch; the same number gives the same bits |
| `optimize`, `flash_budget` | of the plans, as of `lapel build` |
| `samples` | of the test set, that a step's firmware is run on; that of the last step runs on all; 200 |
| `[data]`, `[split]`, `[network]` | as in recipes of trainings |
| `[training]` | options of `lapel.train` for the first network; needed for one of the zoo |
| `[[step]]` | `method` and its options; `name`, where a method occurs twice |
| `[search.STEP]` | options that a search sets, see `lapel.ladder.space` |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lapel.compression.method import Kind
from lapel.data import Dataset, Splits, split
from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.keywords import check_names
from lapel.ladder.space import Free, read_space
from lapel.ladder.steps import Step, check_order, read_steps
from lapel.records import TrainingOptions
from lapel.targets import Target, load_target
from lapel.training.options import make_options
from lapel.training.recipe import Source, check_tables, read_source, read_toml
from lapel.wish import ANY, Wish

TABLES = ("data", "split", "network", "training")
COUNTS = {"seed": 0, "threads": 1, "samples": 1, "flash_budget": 1}
"""Whole numbers, and the least that each may be."""
KEYS = ("target", "optimize", *COUNTS, *TABLES, "step", "search")
SAMPLES = 200


@dataclass(frozen=True)
class CompressionRecipe(Source):
    """What a recipe says. training, given: of the first network; None: it is taken as it is. label: what tells this
    form of the ladder from the recipe's own, "" for that. held, graph: data and network, where they are no files."""

    training: TrainingOptions | None
    given: Mapping[str, Any]
    target: Target
    seed: int
    threads: int | None
    wish: Wish
    samples: int
    steps: tuple[Step, ...]
    space: tuple[Free, ...] = ()
    label: str = ""
    held: Dataset | Splits | None = None
    graph: Graph | None = None

    @property
    def network_name(self) -> str:
        """What the network, and all that is made of it, is called."""
        if self.graph is not None:
            return self.graph.name
        return self.name if self.model is None else self.model.stem

    def splits(self) -> Splits:
        """The data, read and split."""
        if self.held is None:
            return super().splits()
        return self.held if isinstance(self.held, Splits) else split(self.held, **self.split)

    def maker(self, splits: Splits) -> Graph | Callable[[int], Graph]:
        """See `Source.maker`."""
        return super().maker(splits) if self.graph is None else self.graph

    def check(self, kind: Kind) -> None:
        """Raise UsageError for steps in an order that makes no sense. kind: of the first network."""
        check_order(self.steps, kind, f"{self.where}{self.label and f', {self.label}'}")

    def wish_at(self, count: int) -> Wish:
        """The wish of the plan after so many steps. Where weights are coded by a step, they are not before it."""
        wish = replace(self.wish, uncoded=any(s.plan_only for s in self.steps))
        for step in self.steps[:count]:
            if step.plan_only:
                wish = Wish(step.options.optimize, step.options.flash_budget)
        return wish


def read_recipe(recipe: Path | str | Mapping[str, Any]) -> CompressionRecipe:
    """A recipe from its file, or from what that would say; then its data and network may be objects, not tables.

    Raises InputError: not readable, no TOML; UsageError: keys, tables or values that are unknown or wrong, steps in an
    order that makes no sense; UnknownTarget.
    """
    if isinstance(recipe, Mapping):
        where, found = Path("recipe"), dict(recipe)
    else:
        where, found = Path(recipe), read_toml(Path(recipe))
    check_names(found, KEYS, f"{where}:")
    held, graph = found.get("data"), found.get("network")
    held = held if isinstance(held, Dataset | Splits) else None
    graph = graph if isinstance(graph, Graph) else None
    tables = {name: found[name] for name in TABLES if name in found}
    tables |= {"data": {"path": "."}} if held is not None else {}
    tables |= {"network": {"model": "model"}} if graph is not None else {}
    check_tables(where, tables)
    _check_counts(where, found)
    source, seed = read_source(where, tables), found.get("seed", 0)
    training, given = _training(where, found, source, seed)
    if "target" not in found:
        raise UsageError(f"{where} has no target, expected target = …; `lapel boards` lists the names")
    steps = read_steps(str(where), found.get("step"))
    made = CompressionRecipe(
        **vars(source),
        training=training,
        given=given,
        target=load_target(str(found["target"])),
        seed=seed,
        threads=found.get("threads"),
        wish=Wish(found.get("optimize", ANY.optimize), found.get("flash_budget")),
        samples=found.get("samples", SAMPLES),
        steps=steps,
        space=read_space(str(where), found.get("search", {}), steps),
        held=held,
        graph=graph,
    )
    if made.model is None:
        made.check("float")
    return made


def _check_counts(where: Path, found: Mapping[str, Any]) -> None:
    for name, least in COUNTS.items():
        value = found.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise UsageError(f"{where}: {name} is {shown(repr(value))}, expected a whole number from {least} on")


def _training(
    where: Path, found: Mapping[str, Any], source: Source, seed: int
) -> tuple[TrainingOptions | None, Mapping[str, Any]]:
    if "training" not in found:
        if source.model is None:
            raise UsageError(f"{where} has no [training], expected one: networks of the zoo begin untrained")
        return None, {}
    given = {"normalize": source.normal, "seed": seed, **found["training"]}
    options = make_options(given, f"{where} [training]")
    if options.quantize:
        raise UsageError(f'{where} [training]: quantize is set, expected a step for that: method = "quantize"')
    return options, given
