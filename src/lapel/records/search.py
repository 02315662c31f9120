"""`Search`: settings of a ladder's steps that were tried, and the best of them within budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from lapel.records.training import Setting


@dataclass(frozen=True)
class Budgets:
    """What a network may take at most, and how well it must do: accuracy (or R²) at least; None: does not matter.

    In a search RAM is the arena alone: the stack is not known before a firmware has run.
    """

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    cycles: int | None = None
    accuracy: float | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) is not None for f in fields(self))


NO_BUDGETS = Budgets()


@dataclass(frozen=True)
class Sensitivity:
    """A layer alone at one value of a step's option, without training: accuracy on the validation samples, None where
    the step refuses that."""

    option: str
    layer: str
    value: Setting
    share: float | None


@dataclass(frozen=True)
class Trial:
    """One setting. key: of the network. values: by "step.option", or "step.option[layer]". share: accuracy (or R²) of
    the reference on the validation samples. Others: estimated, of the firmware; unit: of time. failed: why there is no
    network."""

    number: int
    key: str
    values: Mapping[str, Setting]
    share: float | None = None
    flash_bytes: int | None = None
    arena_bytes: int | None = None
    time: int | None = None
    unit: str | None = None
    failed: str = ""


@dataclass(frozen=True)
class Search:
    """A search. samples: of validation. front: numbers of the trials that none is better
    than in all figures. chosen: the best within the budgets, else (not `met`) the nearest; limits: what is in the way,
    a sentence each."""

    budgets: Budgets
    samples: int
    sensitivities: tuple[Sensitivity, ...]
    trials: tuple[Trial, ...]
    front: tuple[int, ...] = ()
    chosen: int | None = None
    met: bool = False
    limits: tuple[str, ...] = ()

    @property
    def unit(self) -> str | None:
        """Of the trials' time."""
        return next((t.unit for t in self.trials if t.unit), None)
