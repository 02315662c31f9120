"""`Session`: contenders over one set of data, one after the other: folds, training, firmware; kept as they come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lapel.contest import beside
from lapel.contest.candidate import Candidate, Options, Size, labels, spread
from lapel.contest.chip import Bench, judged, on_chip
from lapel.contest.folder import PICTURE, Folder
from lapel.contest.parts import Asked, Parts
from lapel.contest.picture import picture
from lapel.contest.verdict import RULE, answer, enough, with_front
from lapel.data import Dataset, Splits
from lapel.data.digests import data_digest, digest
from lapel.errors import DoesNotFit, InputError, TrainingError, UnfitData, UnsupportedModel, UsageError
from lapel.ir import Graph
from lapel.proving.build import build
from lapel.proving.estimate import estimate
from lapel.proving.models import load
from lapel.records import Comparison, Contender, LeftOut, Neighbours, Score, Tried
from lapel.version import VERSION

UNFIT = (UnfitData, UnsupportedModel, TrainingError)
"""Why a size of a candidate may take no part; all else ends the comparison."""


@dataclass
class Session:
    """See the module. found: what is finished, of this and earlier runs. chip_at: held-out samples that run."""

    name: str
    asked: Asked
    parts: Parts
    candidates: tuple[Candidate, ...]
    bench: Bench
    folder: Folder
    samples: int | None
    found: list[Contender] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    neighbours: Neighbours | None = None
    baseline: Score = field(default_factory=Score)

    def run(self) -> Comparison:
        """All contenders, then the verdict."""
        test = self.parts.test
        self.held = test if self.samples is None else test.take(spread(len(test), self.samples))
        self.digest = data_digest(Splits(self.parts.train, None, test))
        self.folds_digest = digest(*(part.tolist() for pair in self.parts.folds for part in pair))
        self.baseline = beside.baseline(self.parts)
        sizes = list(self._sizes())
        for candidate, size in sizes:
            self._add(candidate, size)
            self.folder.write(self._record(finished=False), {})
        self.bench.say("nearest neighbours, which keep all training samples")
        self.neighbours = beside.neighbours(self.parts, self.bench.target)
        record = self._record(finished=True)
        drawn = picture(record) if self.folder.path is not None else None
        record = record if drawn is None else replace(record, picture=PICTURE)
        self.folder.write(record, {} if drawn is None else {PICTURE: drawn})
        return record

    def _sizes(self) -> Iterator[tuple[Candidate, Size]]:
        """Who takes part, in every size."""
        for candidate in self.candidates:
            why = candidate.unfit(self.parts.train)
            if why:
                self.left_out.append(LeftOut(candidate.name, why))
            else:
                yield from ((candidate, size) for size in candidate.sizes(self.parts.train))

    def _add(self, candidate: Candidate, size: Size) -> None:
        name = f"{candidate.name} {size.name}".strip()
        key = digest(VERSION, self.digest, self.folds_digest, candidate.name, size.name, size.settings, self.asked.seed)
        measured = digest(key, repr(self.bench.target), repr(self.bench.wish), len(self.held))
        started = time.perf_counter()
        found = self.folder.known(key)
        try:
            if found is None:
                tried = tuple(self._tried(candidate, name, options) for options in size.settings)
                best = max(range(len(tried)), key=lambda k: (tried[k].mean, -k))
                found = Contender(name, candidate.name, size.name, key, "", tried, best)
            if not self.folder.whole(found, measured):
                self.bench.say(f"{name}: training on all {len(self.parts.train):,} training samples")
                graph = self._graph(candidate, found.best.parameters, self.parts.train, name)
                found = replace(found, measured_key=measured, sha256=graph.digest())
                found = self._measured(found, candidate, graph)
                found = replace(found, seconds=round(time.perf_counter() - started, 1))
        except UNFIT as e:
            self.left_out.append(LeftOut(name, " ".join(e.message.split())))
            return
        self.found.append(found)

    def _tried(self, candidate: Candidate, name: str, options: Options) -> Tried:
        said = ", ".join(f"{k} {v}" for k, v in options.items())
        shares = []
        for k, (fit, judge) in enumerate(self.parts.folds, 1):
            self.bench.say(f"{name}: fold {k} of {len(self.parts.folds)} ({said})")
            graph = self._graph(candidate, options, self.parts.train.take(fit), name)
            part = self.parts.train.take(judge)
            share = judged(graph, candidate.given(part), labels(part)).share
            if share is None:
                found = f"all samples of fold {k} have the same label"
                raise InputError(f"{part.where}: {found}, expected different ones: take fewer folds")
            shares.append(share)
        return Tried(options, tuple(shares))

    def _graph(self, candidate: Candidate, options: Options, data: Dataset, name: str) -> Graph:
        """What firmware computes."""
        return load(candidate.fit(options, data, self.asked.seed, identifier(name)))

    def _measured(self, found: Contender, candidate: Candidate, graph: Graph) -> Contender:
        """With the firmware's figures, or why there are none."""
        first = next((c for c in self.found if c.candidate == found.candidate and c.sha256 == found.sha256), None)
        b, place = self.bench, self.folder.place(identifier(found.name))
        fresh: dict[str, Any] = dict(chip=None, fits=None, over=None, flash_bytes=None, arena_bytes=None, build=None)
        found = replace(found, **fresh, unmeasured="", same_as=None if first is None else first.name)
        if first is not None:
            return replace(found, unmeasured=f"it is the same model as {first.name}")
        try:
            b.say(f"{found.name}: building for {b.target.name}")
            built = build(graph, b.target, place, wish=b.wish, timeout_s=b.timeout_s)
            chip = on_chip(graph, candidate.given(self.held), labels(self.held), b)
        except DoesNotFit as e:
            flash, arena = self._sizes_of(graph)
            why = e.message.splitlines()[0]
            return replace(found, fits=False, over=e.over, unmeasured=why, flash_bytes=flash, arena_bytes=arena)
        where = None if place is None else place.name
        return replace(found, chip=chip, fits=built.fits, build=where)

    def _sizes_of(self, graph: Graph) -> tuple[int | None, int | None]:
        """Estimated flash and arena of what does not fit."""
        try:
            e = estimate(graph, self.bench.target, wish=self.bench.wish, timeout_s=self.bench.timeout_s)
        except DoesNotFit:  # beyond what indexes reach: then there is no plan
            return None, None
        return e.flash_bytes, e.arena_bytes

    def _record(self, finished: bool) -> Comparison:
        train, test, b = self.parts.train, self.parts.test, self.bench
        contenders = with_front(self.found)
        flips = len(train) if train.task == "classification" else None
        found = enough(contenders, flips)
        return Comparison(
            lapel=VERSION,
            data=self.name,
            label=self.asked.label,
            group=self.asked.group,
            task=train.task,
            classes=train.classes,
            shape=tuple(map(int, train.x.shape[1:])),
            target=b.target.name,
            core=b.target.core,
            clock_hz=b.target.clock_hz,
            flash_bytes=b.target.flash_bytes,
            ram_bytes=b.target.ram_bytes,
            wish=b.wish,
            seed=self.asked.seed,
            folds=self.asked.folds,
            train_samples=len(train),
            test_samples=len(test),
            chip_samples=len(self.held),
            contenders=contenders,
            left_out=tuple(self.left_out),
            neighbours=self.neighbours,
            baseline=self.baseline,
            enough=None if found is None else found.name,
            rule=RULE,
            answer=answer(contenders, flips),
            finished=finished,
            earlier=self.folder.others(self.found),
        )


def identifier(name: str) -> str:
    """A contender's name as graphs and folders have it."""
    return "".join(c if c.isalnum() else "_" for c in name)


def check_samples(samples: int | None) -> None:
    """Raise UsageError."""
    if samples is not None and (not isinstance(samples, int) or isinstance(samples, bool) or samples < 1):
        raise UsageError(
            f"samples is {samples!r}, expected a whole number from 1 on, or None for all that are held out"
        )
