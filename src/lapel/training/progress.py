"""`Progress`: where a training is, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """After a step. loss: the mean of the epoch so far; samples_per_s: of this run; left_s: what remains of this seed,
    if it takes all epochs."""

    seed: int
    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    samples_per_s: float
    left_s: float

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.left_s), 60)
        return (
            f"seed {self.seed}, epoch {self.epoch}/{self.epochs}, step {self.step}/{self.steps}: loss {self.loss:.4g}, "
            f"{self.samples_per_s:,.0f} samples/s, {minutes}:{seconds:02d} left"
        )
