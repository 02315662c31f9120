"""`Session`: a ladder with its other forms, over one set of data and one folder, written after each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lapel.data import Dataset, Splits
from lapel.errors import InputError
from lapel.ir import Origin
from lapel.ladder.climb import Climb, Tell, data_digest, first_kind
from lapel.ladder.folder import PICTURE, Folder
from lapel.ladder.judgement import better_without
from lapel.ladder.picture import picture
from lapel.ladder.recipe import CompressionRecipe
from lapel.ladder.variants import left_out_of, variants
from lapel.records import CompressionRecord, Rung, Variant
from lapel.version import VERSION


@dataclass
class Session:
    """See the module. found: rungs by label, in the order in which they were made."""

    recipe: CompressionRecipe
    others: tuple[CompressionRecipe, ...]
    splits: Splits
    test: Dataset
    folder: Folder
    tell: Tell
    digest: str
    found: dict[str, tuple[Rung, ...]] = field(default_factory=dict)

    @classmethod
    def begun(
        cls,
        recipe: CompressionRecipe,
        out: Path | str | None,
        without: Sequence[str],
        sweep: Mapping[str, Sequence[Any]],
        fresh: bool,
        tell: Tell,
    ) -> Session:
        """Check all that can be checked before anything is computed."""
        if recipe.threads is not None:
            import torch

            torch.set_num_threads(recipe.threads)
        tell("reading the data")
        splits, test = _parts(recipe)
        others = variants(recipe, without, sweep, first_kind(recipe, splits))
        train = splits.train
        origin = Origin(train.task, train.classes, numbers=train.factor == 1.0)
        folder = Folder(None if out is None else Path(out), recipe.network_name, origin)
        folder.check((recipe, *others))
        if fresh:
            folder.discard()
        return cls(recipe, others, splits, test, folder, tell, data_digest(splits))

    def run(self) -> CompressionRecord:
        """The ladder, then its other forms."""
        for recipe in (self.recipe, *self.others):

            def done(rungs: tuple[Rung, ...], label: str = recipe.label) -> None:
                self.found[label] = rungs
                self.folder.write(self._record(), {})

            Climb(recipe, self.splits, self.test, self.folder, self.digest, self.tell, done).run()
        record = self._record(PICTURE if self.folder.path is not None else None)
        drawn = picture(record)
        if drawn is None:
            record = self._record()
        self.folder.write(record, {} if drawn is None else {PICTURE: drawn})
        return record

    def _record(self, drawn: str | None = None) -> CompressionRecord:
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
            picture=drawn,
        )
        others = tuple(self._variant(bare, o) for o in self.others if o.label in self.found)
        return CompressionRecord(**{**vars(bare), "variants": others})

    def _variant(self, record: CompressionRecord, recipe: CompressionRecipe) -> Variant:
        variant = Variant(recipe.label, self.found[recipe.label])
        step = left_out_of(self.recipe, recipe)
        whole = len(record.rungs) > len(self.recipe.steps) and len(variant.rungs) > len(recipe.steps)
        said = better_without(record, variant, step) if whole and step else ""
        return Variant(variant.label, variant.rungs, (said,) if said else ())


def _parts(recipe: CompressionRecipe) -> tuple[Splits, Dataset]:
    """The data as it is split for trainings, and its test set."""
    from lapel.training.trainer import as_splits

    splits = as_splits(recipe.splits())
    if splits.test is None:
        raise InputError(f"{splits.train.where} has no test samples, expected some to measure by: give them a share")
    return splits, splits.test
