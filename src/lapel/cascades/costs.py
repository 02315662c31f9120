"""What the steps of a cascade take on a target, and so any share of them in which it listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lapel.cascades.firmware import Counted
from lapel.errors import UsageError
from lapel.power import energy
from lapel.records import Bounded, Cascaded, CascadeStage, Energy
from lapel.targets import Target


@dataclass(frozen=True)
class StepCosts:
    """Of a step. quiet: in which nothing is heard; heard: what is more in one that is; check: of a detection. words: of
    the model of words alone. instructions: None where nothing is counted; cycles: None where none are known."""

    target: Target
    quiet: tuple[float, Bounded | None]
    heard: tuple[float, Bounded | None]
    check: tuple[float, Bounded | None]
    words: tuple[float, Bounded | None]

    def spend(self, listened: float, checks: float) -> tuple[float, Bounded | None]:
        """Instructions and cycles of a step on average. listened: share of steps; checks: a step."""
        cycles = None
        if self.quiet[1] is not None and self.heard[1] is not None and self.check[1] is not None:
            cycles = self.quiet[1] + self.heard[1] * listened + self.check[1] * checks
        return self.quiet[0] + self.heard[0] * listened + self.check[0] * checks, cycles

    def applied(self, found: Cascaded, checks: int) -> Cascaded:
        """A cascade with its figures on the target. checks: of detections, in all steps."""
        per_s = 1000 / found.step_ms
        instructions, cycles = self.spend(found.listened_steps / found.steps, checks / found.steps)
        return replace(
            found,
            target=self.target.name,
            gate_instructions=round(self.quiet[0]),
            model_instructions=round(self.heard[0]),
            average_instructions_s=instructions * per_s,
            alone_instructions_s=self.words[0] * per_s,
            saved_times=self.words[0] / instructions,
            cycles=cycles,
        )

    def alone(self, found: Cascaded) -> Cascaded:
        """The model of words that listens all the time, as a cascade that costs nothing more."""
        per_s = 1000 / found.step_ms
        return replace(
            found, target=self.target.name, average_instructions_s=self.words[0] * per_s, cycles=self.words[1]
        )


def step_costs(counted: Counted, target: Target) -> StepCosts:
    """The costs of steps that ran on a target. Raises UsageError where it does not count."""
    stages = counted.stages
    quiet, once = counted.mean(counted.heard_in == 0), counted.mean(counted.heard_in == 1)
    if any(s.instructions is None for s in stages):
        raise UsageError(f"{target.name} does not count instructions: give an emulated core or a board, `lapel boards`")
    gate, words = _of(stages[0]), _of(stages[1])
    check = _of(stages[2]) if len(stages) > 2 else (0.0, Bounded.exactly(0))
    asleep = (float(quiet), counted.quiet) if quiet is not None else gate
    more = words
    if quiet is not None and once is not None:
        more = (float(once - quiet), _less(counted.once, counted.quiet))
    return StepCosts(target, asleep, more, check, words)


def _of(stage: CascadeStage) -> tuple[float, Bounded | None]:
    m = stage.modelled
    cycles = None if m is None else Bounded(m.cycles, m.low, m.high)
    if stage.cycles is not None:
        cycles = Bounded.exactly(stage.cycles)
    return float(stage.instructions or 0), cycles


def _less(more: Bounded | None, less: Bounded | None) -> Bounded | None:
    """The difference, whose bounds are those of the same errors in both."""
    if more is None or less is None:
        return None
    return Bounded(more.value - less.value, more.low - less.low, more.high - less.high)


def check_power(target: Target) -> None:
    """Raise UsageError for a target whose power nobody knows: thresholds could not be weighed against it."""
    if target.clock_hz is None:
        raise UsageError(f"{target.name} is a core without a clock, expected a board: `lapel boards` lists them")
    if target.pj_per_cycle is None:
        raise UsageError(
            f"{target.name}: how much energy a cycle takes (pj_per_cycle) is not known, so that nothing can be weighed "
            "against its power: give a board with that figure, or write it into a board's file (docs/add-board.md)"
        )


def power_of(found: Cascaded, microphone: str | None) -> Energy:
    """The power of a cascade with its figures on a board. Raises what `lapel.energy` raises."""
    return energy(found, microphone=microphone, batteries=())


def unknown_of(found: Sequence[str]) -> str:
    """What power is not known of, in one line."""
    return "; ".join(text.partition(":")[0] for text in found)
