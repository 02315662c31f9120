"""`Comparison`: models of many kinds, trained on the same data, each run as firmware on one target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from lapel.records.brief import brief
from lapel.records.document import Record
from lapel.records.figures import Memory
from lapel.records.flash import FlashPart
from lapel.records.plain import Flat
from lapel.records.scores import Score
from lapel.records.training import Setting
from lapel.wish import Wish


@dataclass(frozen=True)
class Tried:
    """One setting, and what each fold of the training samples gave: accuracy (or R²) of the integers that firmware
    computes, on the samples of the fold, which it was not trained with."""

    ALSO: ClassVar = ("mean", "deviation", "error")

    parameters: Mapping[str, Setting | None]
    shares: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the folds."""
        return sum(self.shares) / len(self.shares)

    @property
    def deviation(self) -> float:
        """The sample standard deviation over the folds."""
        return math.sqrt(sum((s - self.mean) ** 2 for s in self.shares) / (len(self.shares) - 1))

    @property
    def error(self) -> float:
        """The standard error of the mean, of folds that share most of what they are trained with.

        Source: Nadeau, Bengio: Inference for the Generalization Error (2003), section 3.
        """
        k = len(self.shares)
        return self.deviation * math.sqrt(1 / k + 1 / (k - 1))


@dataclass(frozen=True)
class OnChip:
    """The firmware over held-out samples on the emulated core; every output was the reference's, bit for bit.

    score: of its outputs; float_score: of the model before it became integers, if it is known. instructions, cycles:
    most of any of these samples; mean_instructions, mean_cycles: their mean, None where they are not known of each
    sample (modelled cycles are those of the sample with most instructions). time_us: cycles over the target's clock.
    energy_uj: cycles times the board's energy of one, where it is known. parts: what is in the flash, which add up to
    it. warnings: of the model.
    """

    samples: int
    score: Annotated[Score, Flat()]
    memory: Annotated[Memory, Flat()]
    instructions: int | None
    mean_instructions: float | None
    cycles: int | None
    mean_cycles: float | None
    cycles_are: Literal["counted", "modelled"] | None
    time_us: float | None
    energy_uj: float | None
    parts: tuple[FlashPart, ...]
    float_score: Annotated[Score | None, Flat("float_")] = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contender:
    """A candidate in one of its sizes.

    | field | meaning |
    |---|---|
    | name | of both; build and graph are called by it |
    | candidate, size | which they are |
    | key, measured_key | SHA-256 of all that the cross-validation, and the firmware's figures, depend on |
    | tried | settings of this size, cross-validated; chosen: the best of them, which the firmware has |
    | chip | None where it was not run, and `unmeasured` says why |
    | sha256 | of the graph, once it was trained on all training samples |
    | same_as | the smaller size of the candidate that gave the very same graph, which is run for both; else None |
    | fits | on the target; None where its memory is not known, or it was not built |
    | over | bytes of "flash", "RAM" or "stack" beyond what the target has, at least, where it does not fit |
    | flash_bytes, arena_bytes | estimated, of one that does not fit, where that can be; None otherwise |
    | on_front | whether no contender that fits is better in all of accuracy (by folds), flash, RAM and time |
    | build | folder of the firmware in that of the comparison; None if nothing was written |
    | seconds | that folds, training and firmware took |
    """

    name: str
    candidate: str
    size: str
    key: str
    measured_key: str
    tried: tuple[Tried, ...]
    chosen: int
    chip: OnChip | None = None
    fits: bool | None = None
    over: Mapping[str, int] | None = None
    flash_bytes: int | None = None
    arena_bytes: int | None = None
    unmeasured: str = ""
    sha256: str = ""
    same_as: str | None = None
    on_front: bool = False
    build: str | None = None
    seconds: float | None = None

    @property
    def best(self) -> Tried:
        """The setting that was chosen."""
        return self.tried[self.chosen]


@dataclass(frozen=True)
class LeftOut:
    """A candidate, or one of its sizes, that could not take part, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Neighbours:
    """Nearest neighbours with all training samples, in floats on this computer: no firmware.

    tried, chosen: as of a contender, in floats. score: on all held-out samples. data_bytes: of samples and labels in
    float32; least_bytes: in the narrowest integers that hold them exactly, the same where none do. fits: whether even
    these bytes alone are no more than the target's flash; None where that is not known.
    """

    tried: tuple[Tried, ...]
    chosen: int
    score: Score
    data_bytes: int
    least_bytes: int
    fits: bool | None


@dataclass(frozen=True, repr=False)
class Comparison(Record):
    """Candidates on the same data and target. samples: test_samples were held out before anything was trained, and no
    choice was made by them; chip_samples of them ran on the emulated core, of every contender the same ones.

    baseline: on the held-out samples, of whoever always says the most frequent class of the training samples, or their
    mean. rule: how `enough` was found, the name of the smallest contender that is as good as the best, None if none
    fits; answer: in a sentence. finished: False in the folder of a comparison that was interrupted. earlier: contenders
    that other runs have left in the folder, with other data, options or candidates, so that nobody trains them again.
    """

    lapel: str
    data: str
    label: str | None
    group: str | None
    task: Literal["classification", "multilabel", "regression", "unknown"]
    classes: tuple[str | int | float | bool, ...]
    shape: tuple[int, ...]
    target: str
    core: str
    clock_hz: int | None
    flash_bytes: int | None
    ram_bytes: int | None
    wish: Wish
    seed: int
    folds: int
    train_samples: int
    test_samples: int
    chip_samples: int
    contenders: tuple[Contender, ...]
    left_out: tuple[LeftOut, ...]
    neighbours: Neighbours | None
    baseline: Score
    enough: str | None
    rule: str
    answer: str
    finished: bool
    earlier: tuple[Contender, ...] = ()
    picture: str | None = None
    seconds: float | None = None

    @property
    def ran(self) -> tuple[Contender, ...]:
        """Those that ran on the emulated core."""
        return tuple(c for c in self.contenders if c.chip is not None)

    def __repr__(self) -> str:
        return brief(
            "Comparison", self.data, self.target, [f"{len(self.ran)} of {len(self.contenders)} ran", self.answer]
        )
