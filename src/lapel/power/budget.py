"""The average power of a board that infers again and again: its parts, what is unknown, and the verdict on a limit."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lapel.errors import UsageError
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
    """Parts of the average power, what is unknown (a sentence by its part), and the constants that they rest on."""

    parts: tuple[PowerPart, ...]
    unknown: Mapping[str, str]
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
    | computing | cycles x pJ a cycle x inferences a second, at most all the time |
    | waking | wake_uj x inferences a second; where only wake_us is known, at most as computing takes in that time |
    | sleeping | sleep_uw x the share of the time in which the core neither computes nor wakes up |
    | sampling | capture_uw |
    """
    pj, target = per_cycle(load.target), load.target
    rest = _rest(duty)
    waking = _share(target.constant("wake_us"), rate_hz, rest)
    found = [_computing(load, pj, rate_hz), _waking(target, pj, rate_hz, waking), _sleeping(target, rest, waking)]
    found += [_sampling(target)] if samples else []
    parts = tuple(part for part in found if isinstance(part, PowerPart))
    unknown = dict(why for why in found if not isinstance(why, PowerPart))
    return Budget(parts, unknown, (*([pj] if pj else []), *target.energy))


Unknown = tuple[str, str]
"""A part, and why it is not known."""


def _rest(duty: Bounded | None) -> Bounded:
    """The share of the time in which the core does not compute."""
    awake = duty or NOTHING
    return Bounded(1 - awake.value, max(0.0, 1 - awake.high), 1 - awake.low)


def _share(wake_us: Constant | None, rate_hz: float, rest: Bounded) -> Bounded:
    """The share of the time in which it wakes up, at most all that computing leaves."""
    if wake_us is None:
        return NOTHING
    found = wake_us.figure * (rate_hz * 1e-6)
    return Bounded(min(found.value, rest.value), min(found.low, rest.low), min(found.high, rest.high))


def _computing(load: Load, pj: Constant | None, rate_hz: float) -> PowerPart | Unknown:
    if pj is None or load.cycles is None:
        what = "its energy a cycle (pj_per_cycle)" if pj is None else "how many cycles an inference takes"
        return "computing", f"computing: {what} is not known for {load.target.name}"
    power = load.cycles * pj.figure * (rate_hz * 1e-6)
    if load.target.clock_hz is not None:  # by the upper bound of its cycles it may not keep up: it never rests then
        power = Bounded(power.value, power.low, min(power.high, load.target.clock_hz * pj.figure.high * 1e-6))
    how = f"{load.cycles.value:,.0f} cycles x {pj.figure.value:g} pJ x {rate_hz:g} a second"
    return PowerPart("computing", power, how)


def _waking(target: Target, pj: Constant | None, rate_hz: float, share: Bounded) -> PowerPart | Unknown:
    energy, time = target.constant("wake_uj"), target.constant("wake_us")
    if energy is not None:
        return PowerPart("waking", energy.figure * rate_hz, f"{energy.figure.value:g} uJ x {rate_hz:g} a second")
    if time is None or pj is None or target.clock_hz is None:
        why = f"waking: how long {target.name} takes from sleep to its full clock (wake_us) is not known"
        return "waking", why
    most = share * pj.figure * (target.clock_hz * 1e-6)
    how = f"{time.figure.value:g} us x {rate_hz:g} a second, at most at the power of computing"
    return PowerPart("waking", Bounded(most.value, 0.0, most.high), how)


def _sleeping(target: Target, rest: Bounded, waking: Bounded) -> PowerPart | Unknown:
    sleep = target.constant("sleep_uw")
    if sleep is None:
        return "sleeping", f"sleeping: what {target.name} takes between inferences (sleep_uw) is not known"
    share = Bounded(rest.value - waking.value, max(0.0, rest.low - waking.high), rest.high - waking.low)
    how = f"{sleep.figure.value:g} uW x {share.value:.1%} of the time"
    return PowerPart("sleeping", sleep.figure * share, how)


def _sampling(target: Target) -> PowerPart | Unknown:
    capture = target.constant("capture_uw")
    if capture is not None:
        return PowerPart("sampling", capture.figure, "while the core sleeps")
    why = f"what converter, filter and DMA of {target.name} take while the core sleeps (capture_uw) is not known"
    return "sampling", f"sampling: {why}: measure it and say --also sampling=UW, or set it in a board of yours"


def with_parts(
    budget: Budget,
    microphone: Part | None,
    radio: Part | None,
    report_bytes_s: float,
    also: Mapping[str, Bounded],
) -> Budget:
    """The budget with what stands beside the core, and with what was given of the board itself where it does not say
    it. Raises UsageError: a power is given of what is known already."""
    parts, constants = list(budget.parts), list(budget.constants)
    if microphone is not None:
        parts.append(PowerPart("microphone", microphone["power_uw"], microphone.name))
        constants += microphone.constants
    if radio is not None:
        power = radio["uj_per_byte"] * report_bytes_s
        parts.append(PowerPart("radio", power, f"{report_bytes_s:g} bytes a second by {radio.name}"))
        constants += radio.constants
    taken = {p.name: p.power_uw.value for p in parts}
    for name, power in also.items():
        if name in taken:
            raise UsageError(
                f"the power of {name} is given twice: {power.value:g} uW, and {taken[name]:,.4g} uW that are in it "
                "already: leave it out, or give it another name if it is something else"
            )
    parts += [PowerPart(name, power, "given") for name, power in also.items()]
    unknown = {name: why for name, why in budget.unknown.items() if name not in also}
    return Budget(tuple(parts), unknown, tuple(constants))


def judge(power_uw: Bounded, unknown: Collection[str], limit_uw: float) -> Verdict:
    """Whether a power is below a limit: surely, surely not, or open."""
    if power_uw.low >= limit_uw:
        return "above"
    return "below" if power_uw.high < limit_uw and not unknown else "open"


def why_open(power_uw: Bounded, unknown: Collection[str], limit_uw: float) -> str:
    """Why nobody can say whether a power is below a limit, and from what on; unknown: names of parts."""
    if power_uw.high >= limit_uw:
        return "it lies within the bounds" + (f", and {', '.join(unknown)} comes on top" if unknown else "")
    return (
        f"{', '.join(unknown)} not known: surely below with less than {limit_uw - power_uw.high:,.0f} uW for it, "
        f"surely above with {limit_uw - power_uw.low:,.0f} uW or more"
    )


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
    most_hz = math.inf if load.target.clock_hz is None else load.target.clock_hz / load.cycles.value
    cycles = min((limit_uw - rest) * 1e6 / (rate_hz * pj.figure.value), load.cycles.value * most_hz / rate_hz)
    times = cycles / load.cycles.value
    waking = budget.part_uw("waking").value  # comes as often as computing does
    often_hz = min(rate_hz * (limit_uw - rest + waking) / (computing.value + waking), most_hz)
    verb = "may take" if times >= 1 else "must take"
    change = f"{times:,.1f} times what it takes" if times >= 1 else f"{1 / times:,.1f} times fewer than it takes"
    often = f"come {often_hz:,.2f} times a second"
    return f"for {limit} an inference {verb} at most {cycles:,.0f} cycles, {change}, or {often}"
