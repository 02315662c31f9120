"""A ladder, step by step: each network is made, written, measured; what is finished already is taken as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lapel.compression import Context
from lapel.compression.method import Compressed, Kind, kind_of
from lapel.data import Dataset, Splits
from lapel.data.digests import digest
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.ladder.figures import check_finite, check_fits, measure
from lapel.ladder.folder import Folder, file_name
from lapel.ladder.judgement import dear, lost, no_gain
from lapel.ladder.recipe import CompressionRecipe
from lapel.ladder.steps import Step, known, plain
from lapel.records import Rung
from lapel.training import Progress
from lapel.version import VERSION
from lapel.wish import Wish

Tell = Callable[[str | Progress], None]
UNMEASURED: Mapping[str, Any] = {
    "measured_key": "",
    "float_score": None,
    "reference": None,
    "firmware": None,
    "unmeasured": "the run has not come to it yet",
}
"""Of a rung whose figures are not those that are asked for."""


@dataclass
class Climb:
    """One form of a ladder. data_digest: of all samples and labels; done: called after each rung; measured: else the
    rungs have no figures, and their networks no files."""

    recipe: CompressionRecipe
    splits: Splits
    test: Dataset
    folder: Folder
    data_digest: str
    tell: Tell
    done: Callable[[tuple[Rung, ...]], None]
    measured: bool = True
    rungs: list[Rung] = field(default_factory=list)

    def run(self) -> tuple[Rung, ...]:
        """All rungs. Raises what methods, trainings and builds raise."""
        self._climb_to(len(self.recipe.steps))
        return tuple(self.rungs)

    def network(self, at: int) -> Graph:
        """The network after so many steps."""
        self._climb_to(at)
        return self.folder.graph(self.rungs[at])

    def keys(self) -> list[str]:
        """Of all rungs, whether they are there or not."""
        found = [self._first_key()]
        for step in self.recipe.steps:
            found.append(digest(found[-1], step.method, step.settings(), self.recipe.seed))
        return found

    def finished(self) -> tuple[Rung, ...]:
        """The rungs that earlier runs have left, up to the first that is missing, as they are called here. Figures of
        another target, plan or number of samples are left out."""
        found: list[Rung] = []
        for at, key in enumerate(self.keys()):
            file = self.folder.place(key, file_name(self.recipe, at))
            rung = self.folder.finished(key) if len(found) == at else None
            if rung is not None:
                if rung.measured_key != self._measured_key(key, at):
                    rung = replace(rung, **UNMEASURED)
                found.append(replace(rung, step=self._name(at), file=file))
        return tuple(found)

    def _climb_to(self, at: int) -> None:
        for key, step in zip(self.keys(), (None, *self.recipe.steps), strict=True):
            if len(self.rungs) <= at and key not in [r.key for r in self.rungs]:
                self._add(step, key)

    def _add(self, step: Step | None, key: str) -> None:
        at = len(self.rungs)
        place = f"{self.recipe.label and f'{self.recipe.label}: '}step {at} of {len(self.recipe.steps)}"
        name = self._name(at)
        self._where = f"{place}, {name}"
        wish, count = self.recipe.wish_at(at), self._samples(at)
        measured = self._measured_key(key, at)
        found = self.folder.finished(key)
        if found is None:
            made = self._first() if step is None else self._applied(step, key)
            found = self._made(step, name, key, made)
        if self.measured and found.measured_key != measured:
            found = self._measured(replace(found, measured_key=measured, wish=wish), count)
        # The step may have had another name, and another file, where it was finished.
        file = self.folder.place(key, file_name(self.recipe, at)) if self.measured else found.file
        found = self._compared(replace(found, step=name, file=file))
        self.folder.keep(found, self.folder.graph(found))
        self.rungs.append(found)
        self.done(tuple(self.rungs))
        self.folder.remove_checkpoints(key)

    def _first_key(self) -> str:
        r = self.recipe
        network: Any = (r.name, dict(r.network), r.graph and r.graph.digest())
        if r.model is not None and r.graph is None:
            network = hashlib.sha256(r.model.read_bytes()).hexdigest()
        return digest(VERSION, self.data_digest, network, r.training and dict(r.given), r.seed)

    def _measured_key(self, key: str, at: int) -> str:
        return digest(key, repr(self.recipe.target), repr(self.recipe.wish_at(at)), self._samples(at))

    def _name(self, at: int) -> str:
        """What the step to this rung is called."""
        if at:
            return self.recipe.steps[at - 1].name
        return "load" if self.recipe.training is None else "train"

    def _samples(self, at: int) -> int:
        """Test samples that the firmware of this rung runs on."""
        return len(self.test) if at == len(self.recipe.steps) else min(self.recipe.samples, len(self.test))

    def _first(self) -> Compressed:
        """The network that the ladder begins with."""
        make = self.recipe.maker(self.splits)
        if self.recipe.training is None and isinstance(make, Graph):
            return Compressed(make)
        from lapel.compression.retraining import training_notes, training_warnings
        from lapel.training.trainer import run

        self._say("training")
        trained = run(make, self.splits, self.folder.checkpoint(self._first_key()), self.tell, self.recipe.given)
        return Compressed(trained.graph, training_notes(trained.record), training_warnings(trained.record))

    def _applied(self, step: Step, key: str) -> Compressed:
        self._say(step.method)
        first = self.folder.graph(self.rungs[0])
        context = Context(
            Splits(self.splits.train, self.splits.val),
            first if kind_of(first) == "float" else None,
            self.recipe.seed,
            self.folder.checkpoint(key),
            self.tell,
        )
        return known()[step.method].apply(self.folder.graph(self.rungs[-1]), step.options, context)

    def _made(self, step: Step | None, name: str, key: str, made: Compressed) -> Rung:
        """A rung without figures."""
        graph = self.folder.as_written(made.graph)
        check_finite(graph, f"{self.recipe.where}, {name}")
        rung = Rung(
            step=name,
            method=name if step is None else step.method,
            options=plain(self.recipe.given) if step is None else step.settings(),
            key=key,
            measured_key="",
            file=None,
            sha256=graph.digest(),
            kind=kind_of(graph),
            wish=Wish(),
            float_score=None,
            reference=None,
            firmware=None,
            notes=made.notes,
            warnings=made.warnings,
        )
        self.folder.keep(rung, graph)
        return rung

    def _measured(self, rung: Rung, count: int) -> Rung:
        graph = self.folder.graph(rung)
        found = measure(graph, self.recipe.target, rung.wish, self.test, count, self._say)
        return replace(
            rung,
            float_score=found.float_score,
            reference=found.reference,
            firmware=found.firmware,
            unmeasured=found.unmeasured,
        )

    def _compared(self, rung: Rung) -> Rung:
        """What the figures say, beside those of the rungs before."""
        if not self.rungs:
            return replace(rung, no_gain="", dear="", lost="")
        target = self.recipe.target.name
        first, before, last = self.rungs[0], self.rungs[-1], len(self.rungs) == len(self.recipe.steps)
        return replace(
            rung,
            no_gain=no_gain(before, rung, target),
            dear=dear(before, rung),
            lost=lost(first, before, rung, last),
        )

    def _say(self, stage: str) -> None:
        self.tell(f"{self._where}: {stage}")


def first_kind(recipe: CompressionRecipe, splits: Splits) -> Kind:
    """What the network computes on that the ladder begins with, checked: it fits the data, and the steps fit it.

    Raises UsageError, InputError.
    """
    make = recipe.maker(splits)
    graph = make if isinstance(make, Graph) else make(recipe.seed)
    check_fits(graph, splits.train)
    check_finite(graph, str(recipe.where))
    kind = kind_of(graph)
    if kind != "float" and recipe.training is not None:
        raise UsageError(f"{recipe.where} has [training], and {graph.name} is quantized already: leave it out")
    recipe.check(kind)
    return kind
