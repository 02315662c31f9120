"""How samples were taken and how outputs meet labels: parts of the record of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Input:
    """How the samples of one input became the model's integers. how: the rule. saturated: the share of float values
    beyond the input's range, which were clamped; None for other samples."""

    name: str
    how: str
    saturated: float | None


@dataclass(frozen=True)
class Score:
    """How well outputs meet labels. accuracy: share of samples, of a classifier. r2, rmse: coefficient of determination
    (None where it is not defined) and root mean square error, of a regression."""

    accuracy: float | None = None
    r2: float | None = None
    rmse: float | None = None

    @property
    def share(self) -> float | None:
        """Accuracy or R², the one there is."""
        return self.r2 if self.accuracy is None else self.accuracy


@dataclass(frozen=True)
class Changed:
    """A sample to which the firmware gives another class than the float model. label: where labels were given."""

    sample: int
    float_class: int
    found_class: int
    label: int | None


@dataclass(frozen=True)
class Classes:
    """What a classifier made of each sample.

    confusion: confusion[i][j] samples with label i got class j of the firmware; empty without labels, and where there
    are more than MOST_CLASSES. changed: how many got another class than from the float model, None where that is not
    known; examples: the first of them, MOST_CHANGED at most.
    """

    confusion: tuple[tuple[int, ...], ...]
    changed: int | None
    examples: tuple[Changed, ...]


MOST_CLASSES = 50
"""Of a classifier whose confusion is recorded."""
MOST_CHANGED = 100
"""Samples that are named one by one."""
LOUD_LOSS = 0.01
"""Accuracy or R² that may be lost against the float model before it is a warning: one percentage point."""
ROUNDING = 1e-9
"""Of a share: it is not more than a bound if it is not more than that beyond it."""


def share_lost(before: Score | None, after: Score | None) -> float | None:
    """The accuracy or R² that is lost from one score to the other, if both have the same."""
    if before is None or after is None or before.share is None or after.share is None:
        return None
    return before.share - after.share


def loss_text(score: Score | None, lost: float) -> str:
    """What is lost of such a score: in points of accuracy, or of R²."""
    return f"{lost:.4f} of R²" if score is not None and score.accuracy is None else f"{100 * lost:.2f} points"
