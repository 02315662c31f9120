"""A search over the options of a ladder's steps: each layer alone first, then trials, by estimates and not by builds.

A trial is the whole ladder with other options, trained and all, judged by validation samples; the test set has no say.
Its firmware is estimated. The sampler is Optuna's (TPE with constraints, from a seed): the same search asks the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lapel.data import Dataset
from lapel.data.digests import digest
from lapel.errors import LapelError, MissingTool, OutputError, UsageError
from lapel.ladder.climb import Climb
from lapel.ladder.figures import referenced, spread
from lapel.ladder.front import concluded, excess
from lapel.ladder.recipe import CompressionRecipe
from lapel.ladder.space import Free
from lapel.ladder.variants import with_option
from lapel.proving.estimate import estimate
from lapel.records import Budgets, Search, Sensitivity, Trial

VALIDATED = 1000
"""Most samples that a trial is judged by."""
DROPS = (0.005, 0.02, 0.08)
"""Of accuracy, that a layer alone may cost in the settings that are tried first."""
Values = Mapping[str, Any]
Climbed = Callable[[CompressionRecipe], Climb]


def check_search(recipe: CompressionRecipe, trials: int) -> None:
    """Raise what is wrong before anything is computed."""
    if trials < 1:
        raise UsageError(f"a search of {trials} trials, expected at least 1")
    if not recipe.space:
        raise UsageError(f"{recipe.where} has no [search.STEP], expected what a search may set, as low and high")
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise MissingTool('Optuna is not installed, a search needs it: pip install "lapel[search]"') from None


@dataclass
class Searcher:
    """One search. climbed: a ladder without figures; known: trials of earlier runs by key; done: called after each."""

    recipe: CompressionRecipe
    val: Dataset
    budgets: Budgets
    count: int
    climbed: Climbed
    tell: Callable[[str], None]
    known: Mapping[str, Trial]
    done: Callable[[Search], None]
    layers: tuple[str, ...] = ()
    trials: list[Trial] = field(default_factory=list)

    def run(self) -> Search:
        """Sensitivities, then trials, then the conclusion."""
        import optuna

        self.layers = self._layers() if any(f.layers for f in self.recipe.space) else ()
        sensitivities = tuple(s for f in self.recipe.space if f.layers for s in self._sensitivities(f))
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            warnings.simplefilter("ignore", FutureWarning)  # what takes the place of constraints_func is of version 5
            sampler = optuna.samplers.TPESampler(
                seed=self.recipe.seed, multivariate=True, constraints_func=lambda t: t.user_attrs["beyond"]
            )
        study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
        for values in self._first(sensitivities):
            study.enqueue_trial(values, skip_if_exists=True)
        while len(self.trials) < self.count:
            asked = study.ask()
            values = dict(self._suggested(asked))
            trial = self._tried(len(self.trials), values)
            self.trials.append(trial)
            asked.set_user_attr("beyond", list(excess(trial, self.budgets).values()) if not trial.failed else [1.0])
            if trial.failed:
                study.tell(asked, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(asked, [trial.share or 0.0, float(trial.flash_bytes or 0)])
            self.done(self._search(sensitivities))
        return concluded(self._search(sensitivities))

    def recipe_of(self, values: Values) -> CompressionRecipe:
        """The recipe with these values."""
        made = self.recipe
        for free in self.recipe.space:
            value = values.get(free.name)
            if free.layers:
                value = {layer: values[f"{free.name}[{layer}]"] for layer in self.layers}
            made = with_option(made, free.name, value)
        return made

    def _search(self, sensitivities: tuple[Sensitivity, ...]) -> Search:
        return Search(self.budgets, judged_by(self.val), sensitivities, tuple(self.trials))

    def _layers(self) -> tuple[str, ...]:
        from lapel.compression.densities import layer_names

        climb = self.climbed(self.recipe)
        return tuple(layer_names(climb.network(0)).values())

    def _sensitivities(self, free: Free) -> Iterator[Sensitivity]:
        """Each layer alone at a few values, without training."""
        at = [s.name for s in self.recipe.steps].index(free.step)
        for layer in self.layers:
            for value in free.ladder():
                self.tell(f"search: {free.name} of {layer} alone at {_text(value)}")
                yield Sensitivity(free.name, layer, value, self._alone(free, at, layer, value))

    def _alone(self, free: Free, at: int, layer: str, value: Any) -> float | None:
        recipe = with_option(self.recipe, free.name, {layer: value})
        if hasattr(recipe.steps[at].options, "epochs"):
            recipe = with_option(recipe, f"{free.step}.epochs", 0)
        try:
            graph = self.climbed(replace(recipe, steps=recipe.steps[: at + 1])).network(at + 1)
        except OutputError:
            raise
        except LapelError:
            return None
        return self._share(graph)

    def _share(self, graph: Any) -> float | None:
        return referenced(graph, spread(self.val, VALIDATED), lambda stage: None).score.share

    def _first(self, sensitivities: Sequence[Sensitivity]) -> Iterator[dict[str, Any]]:
        """Settings that are tried first: the recipe's own, then by layers, each as far as it alone costs so much."""
        yield self._own()
        if not sensitivities:
            return
        best = max((s.share for s in sensitivities if s.share is not None), default=0.0)
        for drop in DROPS:
            values = self._own()
            for s in reversed(sensitivities):  # the least value that costs no more; ladders of values ascend
                if s.share is not None and s.share >= best - drop:
                    values[f"{s.option}[{s.layer}]"] = s.value
            yield values

    def _own(self) -> dict[str, Any]:
        """The recipe's own values, as far as the space has them."""
        found: dict[str, Any] = {}
        for free in self.recipe.space:
            step = next(s for s in self.recipe.steps if s.name == free.step)
            value = getattr(step.options, free.option)
            for name in [f"{free.name}[{layer}]" for layer in self.layers] if free.layers else [free.name]:
                inside = value in free.choices if free.choices else _within(free, value)
                if inside:
                    found[name] = value
        return found

    def _suggested(self, asked: Any) -> Iterator[tuple[str, Any]]:
        for free in self.recipe.space:
            for name in [f"{free.name}[{layer}]" for layer in self.layers] if free.layers else [free.name]:
                if free.choices:
                    yield name, asked.suggest_categorical(name, list(free.choices))
                elif free.whole:
                    yield name, asked.suggest_int(name, free.low, free.high, log=free.logarithmic)
                else:
                    yield name, asked.suggest_float(name, free.low, free.high, log=free.logarithmic)

    def _tried(self, number: int, values: Values) -> Trial:
        self.tell(f"search: trial {number + 1} of {self.count}")
        wish = replace(self.recipe.wish_at(len(self.recipe.steps)), flash_budget=None)
        try:
            climb = self.climbed(replace(self.recipe_of(values), label=f"trial {number + 1} of {self.count}"))
            key = digest(climb.keys()[-1], repr(self.recipe.target), repr(wish))
            if key in self.known:
                return replace(self.known[key], number=number, values=values)
            graph = climb.network(len(self.recipe.steps))
        except OutputError:
            raise
        except LapelError as e:
            return Trial(number, "", values, failed=e.message.splitlines()[0])
        found = estimate(graph, self.recipe.target, wish=wish)
        if found.flash_bytes is None or found.time is None:
            raise UsageError(f"{self.recipe.target.name} cannot be searched: {'; '.join(found.unmeasured)}")
        if self.budgets.cycles is not None and not (found.unit or "").endswith("cycles"):
            raise UsageError(
                f"{self.recipe.target.name}: time is in {found.unit}, and cycles are budgeted: leave that out"
            )
        figures = found.flash_bytes, found.arena_bytes, found.time, found.unit
        return Trial(number, key, values, self._share(graph), *figures)


def judged_by(val: Dataset) -> int:
    """How many validation samples a trial is judged by."""
    return min(len(val), VALIDATED)


def found_label(search: Search) -> str:
    """What the ladder of the chosen trial is called."""
    return f"found by search, trial {(search.chosen or 0) + 1}"


def _within(free: Free, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return bool(number and free.low is not None and free.high is not None and free.low <= value <= free.high)


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
