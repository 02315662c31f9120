"""`Session`: a ladder, its other forms and a search, over one set of data and one folder, written after each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lapel.data import Dataset, Splits
from lapel.data.digests import data_digest
from lapel.errors import InputError, UsageError
from lapel.ir import Origin
from lapel.ladder.climb import Climb, Tell, first_kind
from lapel.ladder.folder import PICTURE, Folder
from lapel.ladder.front import check_budgets
from lapel.ladder.judgement import better_without, beyond
from lapel.ladder.picture import picture
from lapel.ladder.recipe import CompressionRecipe
from lapel.ladder.search import Searcher, check_search, found_label, judged_by
from lapel.ladder.steps import check_augmented
from lapel.ladder.variants import left_out_of, variants
from lapel.records import NO_BUDGETS, Budgets, CompressionRecord, Rung, Search, Variant
from lapel.version import VERSION


@dataclass(frozen=True)
class Wanted:
    """What is wanted beside the recipe's own ladder: see `lapel.compress`."""

    without: Sequence[str] = ()
    sweep: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    trials: int | None = None
    budgets: Budgets = NO_BUDGETS
    fresh: bool = False


@dataclass
class Session:
    """See the module. found: rungs by label, at first those that earlier runs have finished: so the record always has
    them, and an interrupted run loses none."""

    recipe: CompressionRecipe
    others: list[CompressionRecipe]
    wanted: Wanted
    splits: Splits
    test: Dataset
    folder: Folder
    tell: Tell
    digest: str
    found: dict[str, tuple[Rung, ...]] = field(default_factory=dict)
    search: Search | None = None

    @classmethod
    def begun(cls, recipe: CompressionRecipe, out: Path | str | None, wanted: Wanted, tell: Tell) -> Session:
        """Check all that can be checked before anything is computed."""
        if recipe.threads is not None:
            import torch

            torch.set_num_threads(recipe.threads)
        if wanted.budgets and wanted.trials is None:
            raise UsageError("budgets were given without a search, expected both: say how many trials it may take")
        check_budgets(wanted.budgets)
        tell("reading the data")
        splits, test = _parts(recipe)
        if wanted.trials is not None:
            check_search(recipe, wanted.trials)
        others = variants(recipe, wanted.without, wanted.sweep, first_kind(recipe, splits))
        train = splits.train
        for form in (recipe, *others):
            check_augmented(form.steps, train.x.shape[1:], str(form.where))
        origin = Origin(train.task, train.classes, numbers=train.factor == 1.0)
        folder = Folder(None if out is None else Path(out), recipe.network_name, origin)
        folder.check((recipe, *others))
        if wanted.fresh:
            folder.discard()
        return cls(recipe, list(others), wanted, splits, test, folder, tell, data_digest(splits))

    def run(self) -> CompressionRecord:
        """The ladder, its other forms, then the search and the ladder that it found."""
        forms = (self.recipe, *self.others)
        self.found = {recipe.label: self._climber(recipe).finished() for recipe in forms}
        if self.wanted.trials is not None and self.folder.trials():
            self.search = self._with_earlier(Search(self.wanted.budgets, judged_by(self._val()), (), ()))
        for recipe in forms:
            self._climb(recipe)
        if self.wanted.trials is not None:
            self._search(self.wanted.trials)
        record = self._record()
        drawn = picture(record) if self.folder.path is not None else None
        if drawn is None:
            self.folder.write(record, {})
            return record
        record = replace(record, picture=PICTURE)
        self.folder.write(record, {PICTURE: drawn})
        return record

    def _climb(self, recipe: CompressionRecipe) -> None:
        self._climber(recipe).run()

    def _climber(self, recipe: CompressionRecipe) -> Climb:
        def done(rungs: tuple[Rung, ...]) -> None:
            self.found[recipe.label] = (*rungs, *self.found.get(recipe.label, ())[len(rungs) :])
            self.folder.write(self._record(), {})

        return Climb(recipe, self.splits, self.test, self.folder, self.digest, self.tell, done)

    def _search(self, trials: int) -> None:
        def climbed(recipe: CompressionRecipe) -> Climb:
            return Climb(
                recipe, self.splits, self.test, self.folder, self.digest, self.tell, lambda rungs: None, measured=False
            )

        def done(search: Search) -> None:
            self.search = self._with_earlier(search)
            self.folder.write(self._record(), {})

        searcher = Searcher(
            self.recipe, self._val(), self.wanted.budgets, trials, climbed, self.tell,
            self.folder.trials(), done,
        )  # fmt: skip
        self.search = searcher.run()
        if self.search.chosen is not None:
            values = self.search.trials[self.search.chosen].values
            chosen = replace(searcher.recipe_of(values), label=found_label(self.search))
            self.others.append(chosen)
            self._climb(chosen)

    def _val(self) -> Dataset:
        assert self.splits.val is not None
        return self.splits.val

    def _with_earlier(self, search: Search) -> Search:
        """A search that is not at its end, with the trials of earlier runs that it may still come to."""
        there = {t.key for t in search.trials}
        trials = (*search.trials, *(t for key, t in self.folder.trials().items() if key not in there))
        return replace(search, trials=tuple(replace(t, number=k) for k, t in enumerate(trials)))

    def _record(self) -> CompressionRecord:
        r, splits = self.recipe, self.splits
        bare = CompressionRecord(
            lapel=VERSION,
            network=r.network_name,
            target=r.target.name,
            core=r.target.core,
            seed=r.seed,
            train_samples=len(splits.train),
            val_samples=0 if splits.val is None else len(splits.val),
            test_samples=len(self.test),
            float_bytes=self.folder.float_bytes(self.found[r.label][0]),
            rungs=self.found[r.label],
            search=self.search,
        )
        others = tuple(self._variant(bare, o) for o in self.others if self.found.get(o.label))
        return replace(bare, variants=others)

    def _variant(self, record: CompressionRecord, recipe: CompressionRecipe) -> Variant:
        rungs = self.found[recipe.label]
        variant = Variant(recipe.label, rungs)
        if len(record.rungs) <= len(self.recipe.steps) or len(rungs) <= len(recipe.steps):
            return variant  # one of both is not finished
        return replace(variant, warnings=tuple(self._said(record, variant, recipe)))

    def _said(self, record: CompressionRecord, variant: Variant, recipe: CompressionRecipe) -> Iterator[str]:
        step = left_out_of(self.recipe, recipe)
        said = better_without(record, variant, step) if step else ""
        if said:
            yield said
        if self.search is not None and recipe.label == found_label(self.search):
            yield from beyond(variant.rungs[-1], self.wanted.budgets)


def _parts(recipe: CompressionRecipe) -> tuple[Splits, Dataset]:
    """The data as it is split for trainings, and its test set."""
    from lapel.training.trainer import as_splits

    splits = as_splits(recipe.splits())
    if splits.test is None:
        raise InputError(f"{splits.train.where} has no test samples, expected some to measure by: give them a share")
    return splits, splits.test
