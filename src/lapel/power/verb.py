"""`lapel.energy`: power, batteries, the verdict on 1 mW, and sending everything instead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.power.budget import OF_THE_CORE, Budget, core_budget, judge, needed, per_cycle, why_open, with_parts
from lapel.power.lives import life_of
from lapel.power.load import Costs, Load, is_record, load_of
from lapel.power.parts import Part, list_parts, load_part
from lapel.records import Bounded, Constant, Energy, Life, Sending
from lapel.targets import Target

LIMIT_UW = 1000.0
"""The power that TinyML promises to stay below: 1 mW."""
RADIO_V = 3.0
"""At which radios' currents are given, nearly."""
AUDIO_BYTES_S = 32000.0
"""What a microphone gives: 16,000 samples of 16 bits a second."""


def energy(
    model: Model | Costs,
    target: str | Target | None = None,
    *,
    period_ms: float | None = None,
    rate_hz: float | None = None,
    batteries: Sequence[str | Path] | None = None,
    microphone: str | Path | None = None,
    radio: str | Path | None = None,
    report_bytes_s: float = 0.0,
    also_uw: Mapping[str, float | Bounded] | None = None,
    sent_bytes_s: float | None = None,
    **options: Any,
) -> Energy:
    """The average power of a board that infers once a period, and what follows of it.

    model: whatever `lapel.run` takes, which is run then; or a record of a run, of a build or of listening, its JSON
    file, or the folder of a build. period_ms, rate_hz: how often it infers, one of both; a model that listens does it
    once a step. batteries: names, or paths of .toml files (default: all that Lapel has). microphone, radio: the same,
    none by default; report_bytes_s: what the radio sends of results, on average. also_uw: what stands beside it on the
    board, by name; or a part of the board itself that its file does not say, such as sampling. sent_bytes_s: what would
    have to be sent instead of computing (default: with a microphone its 16,000 samples of 16 bits a second, else the
    model's inputs).
    options: those of `lapel.run`.

    What is not known is left out and said (`Energy.unknown`). Raises UsageError: no period, a period in which an
    inference does not end, a part that there is not, a power that is given twice, more bytes than the radio carries, a
    target that is no board; and what `load_of` raises.
    """
    stores = [load_part("batteries", b) for b in (list_parts("batteries") if batteries is None else batteries)]
    listening = None if microphone is None else load_part("microphones", microphone)
    speaking = None if radio is None else load_part("radios", radio)
    beside = {name: _given(name, power) for name, power in (also_uw or {}).items()}
    _check_report(speaking, report_bytes_s)
    _check_bytes("sent", sent_bytes_s)
    if period_ms is not None or rate_hz is not None or not (isinstance(model, Costs) or is_record(model)):
        _rate(period_ms, rate_hz)  # before anything is run; records of listening have a period
    load = load_of(model, target, **options)
    rate = _rate(period_ms, load.rate_hz if period_ms is None and rate_hz is None else rate_hz)
    time_us, duty = _time(load, rate)
    core = core_budget(load, rate, duty, samples=listening is not None)
    budget = with_parts(core, listening, speaking, report_bytes_s, beside)
    pj, power = per_cycle(load.target), budget.power_uw
    sent = sent_bytes_s if sent_bytes_s is not None else _sent(load, listening, rate)
    radios = [load_part("radios", r) for r in list_parts("radios")] if speaking is None else [speaking]
    verdict = judge(power, budget.unknown, LIMIT_UW)
    lives = [life_of(b, power, _peak_uw(load, speaking)) for b in stores]
    return Energy(
        model=load.model,
        target=load.target.name,
        core=load.target.core,
        rate_hz=rate,
        cycles=load.cycles,
        cycles_are=load.cycles_are,
        time_us=time_us,
        duty=duty,
        energy_uj=None if pj is None or load.cycles is None else load.cycles * pj.figure * 1e-6,
        parts=budget.parts,
        power_uw=power,
        unknown=tuple(budget.unknown.values()),
        limit_uw=LIMIT_UW,
        verdict=verdict,
        reason=why_open(power, budget.unknown, LIMIT_UW) if verdict == "open" else "",
        needed=needed(budget, load, rate, LIMIT_UW),
        lives=tuple(lives),
        sendings=() if sent is None else tuple(_sending(r, sent, budget) for r in radios),
        constants=_constants(budget, stores, () if sent is None else radios),
        warnings=(*load.warnings, *_slow(load, rate), *_warnings(load, listening, lives)),
    )


def _rate(period_ms: float | None, rate_hz: float | None) -> float:
    if (period_ms is None) == (rate_hz is None):
        found = "neither" if period_ms is None else "both"
        raise UsageError(f"found {found} of a period and a rate of inferences, expected one: such as a period of 20 ms")
    found_rate = rate_hz if period_ms is None else (1000 / period_ms if period_ms else math.inf)
    assert found_rate is not None
    if not 0 < found_rate < math.inf:
        raise UsageError(f"the inferences come {found_rate:g} times a second, expected a number above 0")
    return float(found_rate)


def _given(name: str, power: float | Bounded) -> Bounded:
    found = power if isinstance(power, Bounded) else Bounded.exactly(float(power))
    if not 0 <= found.low <= found.value <= found.high < math.inf:
        raise UsageError(f"{name} takes {found.low:g} to {found.high:g} uW, expected numbers from 0 on, in order")
    return found


def _check_report(radio: Part | None, report_bytes_s: float) -> None:
    _check_bytes("reported", report_bytes_s)
    if report_bytes_s and radio is None:
        raise UsageError(f"{report_bytes_s:g} bytes a second are reported by no radio: name one, such as ble")
    if radio is not None and report_bytes_s > radio["most_bytes_s"].high:
        most = radio["most_bytes_s"].high
        raise UsageError(f"{report_bytes_s:,g} bytes a second are reported, {radio.name} carries {most:,g} at most")


def _check_bytes(what: str, bytes_s: float | None) -> None:
    if bytes_s is not None and not 0 <= bytes_s < math.inf:
        raise UsageError(f"{bytes_s:g} bytes a second are {what}, expected a number that is not below 0")


def _time(load: Load, rate_hz: float) -> tuple[Bounded | None, Bounded | None]:
    """Microseconds of an inference, and the duty. Raises UsageError where it does not end within its period."""
    if load.cycles is None or load.target.clock_hz is None:
        return None, None
    time_us = load.cycles * (1e6 / load.target.clock_hz)
    duty = time_us * (rate_hz * 1e-6)
    if duty.value > 1:
        raise UsageError(
            f"{load.model} on {load.target.name}: an inference takes {time_us.value / 1000:,.2f} ms, the period is "
            f"{1000 / rate_hz:,.2f} ms: the core cannot keep up; give a longer period, or another board"
        )
    return time_us, Bounded(duty.value, duty.low, min(1.0, duty.high))


def _peak_uw(load: Load, radio: Part | None) -> Bounded | None:
    """The most that is taken at once: by the core that computes, or the radio, one at a time."""
    pj = per_cycle(load.target)
    core = None if pj is None or load.target.clock_hz is None else pj.figure * (load.target.clock_hz * 1e-6)
    sends = None if radio is None else radio["peak_ma"] * (1000 * RADIO_V)
    known = [p for p in (core, sends) if p is not None]
    return max(known, key=lambda p: p.value) if known else None


def _sent(load: Load, microphone: Part | None, rate_hz: float) -> float | None:
    if microphone is not None:
        return AUDIO_BYTES_S
    return None if load.input_bytes is None else load.input_bytes * rate_hz


def _sending(radio: Part, bytes_s: float, budget: Budget) -> Sending:
    most = radio["most_bytes_s"].high
    power = radio["uj_per_byte"] * bytes_s if bytes_s <= most else None
    ours = budget.part_uw(*OF_THE_CORE)
    computes = any(p.name == "computing" for p in budget.parts)
    times = power.over(ours) if power is not None and computes and ours.low > 0 else None
    return Sending(radio.name, radio.description, bytes_s, most, power, times)


def _constants(budget: Budget, batteries: Sequence[Part], radios: Sequence[Part]) -> tuple[Constant, ...]:
    found = [*budget.constants, *(c for part in (*batteries, *radios) for c in part.constants)]
    return tuple(dict.fromkeys(found))


def _slow(load: Load, rate_hz: float) -> list[str]:
    """Whether an inference may not end within its period, by the bounds of its cycles."""
    clock_hz = load.target.clock_hz
    if load.cycles is None or clock_hz is None or load.cycles.high * rate_hz <= clock_hz:
        return []
    high_ms, period_ms = load.cycles.high * 1000 / clock_hz, 1000 / rate_hz
    return [f"an inference may take {high_ms:,.2f} ms, more than its period of {period_ms:,.2f} ms: it may not keep up"]


def _warnings(load: Load, microphone: Part | None, lives: Sequence[Life]) -> list[str]:
    said = []
    if load.target.pj_per_cycle is not None and load.target.pj_per_cycle_error is None:
        said.append(f"{load.target.name}: pj_per_cycle is taken as exact, its error is not known (pj_per_cycle_error)")
    if microphone is not None and microphone.note:
        said.append(f"{microphone.name}: {microphone.note}")
    said += [f"{life.battery}: {life.notices[0]}" for life in lives if life.days is None]
    return said
