"""The average power of a board that infers again and again: its parts, what is unknown, and the verdict on a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lapel.power.load import Load
from lapel.power.parts import Part
from lapel.records import Bounded, Constant, PowerPart
from lapel.records.energy import Verdict
from lapel.targets import Target

NOTHING = Bounded.exactly(0)
OF_THE_CORE = ("computing", "waking", "sleeping")
"""Parts that are there because the core computes: what sending everything instead would save."""


@dataclass(frozen=True)
class Budget:
    """Parts of the average power, what is unknown (a sentence each), and the constants that they rest on."""

    parts: tuple[PowerPart, ...]
    unknown: tuple[str, ...]
    constants: tuple[Constant, ...]

    @property
    def power_uw(self) -> Bounded:
        """The sum of the parts."""
        return sum((p.power_uw for p in self.parts), NOTHING)

    def part_uw(self, *names: str) -> Bounded:
        """The sum of the parts of these names."""
        return sum((p.power_uw for p in self.parts if p.name in names), NOTHING)


def per_cycle(target: Target) -> Constant | None:
    """The board's energy of one cycle; None where nobody measured it."""
    if target.pj_per_cycle is None:
        return None
    error = target.pj_per_cycle_error or 0.0
    figure = Bounded(target.pj_per_cycle, target.pj_per_cycle * (1 - error), target.pj_per_cycle * (1 + error))
    source = target.pj_per_cycle_source or "the board's file, which says neither source nor error"
    return Constant(target.name, "pj_per_cycle", figure, source)


def core_budget(load: Load, rate_hz: float, duty: Bounded | None, *, samples: bool) -> Budget:
    """What the board itself takes: computing, waking up for each inference, sleeping in between, and sampling.

    | part | uW |
    |---|---|
    | computing | cycles x pJ a cycle x inferences a second |
    | waking | wake_uj x inferences a second; where only wake_us is known, at most as computing takes in that time |
    | sleeping | sleep_uw x the share of the time in which the core does not compute |
    | sampling | capture_uw |
    """
    parts, unknown = list[PowerPart](), list[str]()
    pj, target = per_cycle(load.target), load.target
    if pj is None or load.cycles is None:
        what = "its energy a cycle (pj_per_cycle)" if pj is None else "how many cycles an inference takes"
        unknown.append(f"computing: {what} is not known for {target.name}")
    else:
        power = load.cycles * pj.figure * (rate_hz * 1e-6)
        parts.append(PowerPart("computing", power, _product(load.cycles, pj.figure, rate_hz)))
    others = [_waking(target, pj, rate_hz), _sleeping(target, duty), *([_sampling(target)] if samples else [])]
    for part, why in others:
        parts += [part] if part else []
        unknown += [why] if why else []
    return Budget(tuple(parts), tuple(unknown), (*([pj] if pj else []), *target.energy))


def _product(cycles: Bounded, pj: Bounded, rate_hz: float) -> str:
    return f"{cycles.value:,.0f} cycles x {pj.value:g} pJ x {rate_hz:g} a second"


def _waking(target: Target, pj: Constant | None, rate_hz: float) -> tuple[PowerPart | None, str]:
    energy, time = target.constant("wake_uj"), target.constant("wake_us")
    if energy is not None:
        return PowerPart("waking", energy.figure * rate_hz, f"{energy.figure.value:g} uJ x {rate_hz:g} a second"), ""
    if time is None or pj is None or target.clock_hz is None:
        return None, f"waking: how long {target.name} takes from sleep to its full clock (wake_us) is not known"
    active = pj.figure * (target.clock_hz * 1e-6)
    most = time.figure * active * (rate_hz * 1e-6)
    how = f"{time.figure.value:g} us x {rate_hz:g} a second, at most at the power of computing"
    return PowerPart("waking", Bounded(most.value, 0.0, most.high), how), ""


def _sleeping(target: Target, duty: Bounded | None) -> tuple[PowerPart | None, str]:
    sleep = target.constant("sleep_uw")
    if sleep is None:
        return None, f"sleeping: what {target.name} takes between inferences (sleep_uw) is not known"
    awake = duty or NOTHING
    share = Bounded(1 - awake.value, max(0.0, 1 - awake.high), 1 - awake.low)
    return PowerPart("sleeping", sleep.figure * share, f"{sleep.figure.value:g} uW x {share.value:.1%} of the time"), ""


def _sampling(target: Target) -> tuple[PowerPart | None, str]:
    capture = target.constant("capture_uw")
    if capture is not None:
        return PowerPart("sampling", capture.figure, "while the core sleeps"), ""
    return None, f"sampling: what {target.name} takes for it while the core sleeps (capture_uw) is not known"


def with_parts(
    budget: Budget,
    microphone: Part | None,
    radio: Part | None,
    report_bytes_s: float,
    also: Mapping[str, Bounded],
) -> Budget:
    """The budget with what stands beside the core."""
    parts, constants = list(budget.parts), list(budget.constants)
    if microphone is not None:
        parts.append(PowerPart("microphone", microphone["power_uw"], microphone.name))
        constants += microphone.constants
    if radio is not None:
        power = radio["uj_per_byte"] * report_bytes_s
        parts.append(PowerPart("radio", power, f"{report_bytes_s:g} bytes a second by {radio.name}"))
        constants += radio.constants
    parts += [PowerPart(name, power, "given") for name, power in also.items()]
    return Budget(tuple(parts), budget.unknown, tuple(constants))


def judge(power_uw: Bounded, unknown: Sequence[str], limit_uw: float) -> Verdict:
    """Whether a power is below a limit: surely, surely not, or open."""
    if power_uw.low >= limit_uw:
        return "above"
    return "below" if power_uw.high < limit_uw and not unknown else "open"


def needed(budget: Budget, load: Load, rate_hz: float, limit_uw: float) -> str:
    """What would have to change to stay below a limit, or how much room there is, by the likeliest figures."""
    pj, computing = per_cycle(load.target), budget.part_uw("computing")
    rest = budget.power_uw.value - computing.value
    limit = f"{limit_uw:,g} uW"
    if rest >= limit_uw:
        others = ", ".join(f"{p.name} {p.power_uw.value:,.0f}" for p in budget.parts if p.name != "computing")
        return f"what is known beside computing takes {rest:,.0f} uW alone ({others}): {limit} is out of reach with it"
    if pj is None or load.cycles is None or computing.value == 0:
        return f"{limit_uw - rest:,.0f} uW of {limit} are left for what is unknown"
    cycles = (limit_uw - rest) * 1e6 / (rate_hz * pj.figure.value)
    times = cycles / load.cycles.value
    verb = "may take" if times >= 1 else "must take"
    change = f"{times:,.1f} times what it takes" if times >= 1 else f"{1 / times:,.1f} times fewer than it takes"
    often = f"come {rate_hz * times:,.2f} times a second"
    return f"for {limit} an inference {verb} at most {cycles:,.0f} cycles, {change}, or {often}"
