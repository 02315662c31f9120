"""`Quantized`: a float model that became an integer one, layer by layer beside what it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from lapel.records.brief import warning_parts
from lapel.records.document import Record
from lapel.records.plain import Absent, Flat
from lapel.records.scores import ROUNDING, Score, share_lost
from lapel.wish import Quantization


@dataclass(frozen=True)
class QuantizedLayer:
    """A node of the float model, and its first output.

    dtype: of that output. lo, hi: the least and the greatest value in the calibration data. least, most: what the
    integers stand for at their ends; None where the layer computes in floats. saturated: the share of values beyond
    that. sqnr_db: signal to quantization noise of the output in the integer model, behind all that came before.
    alone_sqnr_db: of the model's results with this layer alone in integers; None where it is not. alone: how they meet
    the labels then or, without labels, the float model's classes.
    """

    name: str
    op: str
    dtype: str
    lo: float
    hi: float
    least: float | None
    most: float | None
    saturated: float
    sqnr_db: float
    alone_sqnr_db: float | None = None
    alone: Annotated[Score | None, Flat("alone_")] = None


@dataclass(frozen=True)
class Remedy:
    """Another way to quantize the model that was tried. option: how the command line asks for it. score, agreement,
    sqnr_db: as of the model itself."""

    name: str
    option: str
    sqnr_db: float
    score: Annotated[Score | None, Flat()] = None
    agreement: Score | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Quantized(Record):
    """A float model quantized after training.

    wish: how. samples: all that were given; held_back: those of them that do not calibrate, on which layers and noise
    are measured (0: all do both, for there were too few, or they are one sequence). sqnr_db: signal to quantization
    noise of the results of these. score, float_score: how the results of all samples meet the labels. agreement: how
    they meet the float model's. float_bytes, integer_bytes: of all constants, before and after. wide: layers that got
    int16 activations for the accuracy. notes: what was done to the network before, when it was read, too. remedies:
    what was tried beside, where more than LOUD_LOSS was lost. warnings: what a user has to know, a sentence each.
    graph: the integer `Graph`; not in JSON. file: where the command line wrote it.
    """

    ALSO: ClassVar = ("loss", "meets")

    model: str
    wish: Quantization
    samples: int
    held_back: int
    sqnr_db: float
    layers: tuple[QuantizedLayer, ...]
    float_bytes: int
    integer_bytes: int
    graph: Annotated[Any, Absent(lambda: None)]
    score: Annotated[Score | None, Flat()] = None
    float_score: Annotated[Score | None, Flat("float_")] = None
    agreement: Score | None = None
    wide: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    warnings: tuple[str, ...] = ()
    file: str | None = None

    @property
    def loss(self) -> float | None:
        """What of the float model's accuracy or R² is lost, or of full agreement; None where nothing is known."""
        return lost(self.float_score, self.score, self.agreement)

    @property
    def meets(self) -> bool | None:
        """Whether not more is lost than the wish allows; None if it says nothing of that."""
        if self.wish.accuracy_loss is None or self.loss is None:
            return None
        return self.loss <= self.wish.accuracy_loss / 100 + ROUNDING

    def __repr__(self) -> str:
        parts = [f"{self.samples} samples, {self.held_back} held back", f"{self.sqnr_db:.1f} dB"]
        if self.score is not None and self.score.share is not None and self.float_score is not None:
            parts.append(f"score {self.score.share:.4f} (float {self.float_score.share:.4f})")
        elif self.agreement is not None and self.agreement.share is not None:
            parts.append(f"agreement {self.agreement.share:.4f}")
        return f"<Quantized {self.model}: {', '.join([*parts, *warning_parts(self.warnings)])}>"


def lost(float_score: Score | None, score: Score | None, agreement: Score | None) -> float | None:
    """Of a share: that of the float model less ours or, without labels, what is missing to full agreement."""
    found = share_lost(float_score, score)
    if found is not None:
        return found
    return None if agreement is None or agreement.share is None else 1 - agreement.share
