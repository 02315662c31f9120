"""`lapel.energy`: parts of the power against products by hand, of runs, records and folders; and wrong calls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import lapel
from cores import needs
from lapel.errors import FormatError, TargetError, UsageError
from lapel.ir import Graph
from lapel.power import load as power_load
from lapel.records import Bounded, CycleModel, Detector, Energy, Listening, Modelled, Recording, Run
from lapel.targets import load_target
from nets import Net


def net() -> Graph:
    built = Net("tiny", (1, 4, 4, 2))
    return built.graph(built.conv("x", 2))


@pytest.fixture(scope="module")
def counted() -> Run:
    """A run on this computer, as if it had been on a board: its figures are put in by the tests."""
    return lapel.run(net(), "host")


def on(run: Run, target: str, cycles: int | None = None, model: tuple[int, int, int] | None = None) -> Run:
    found = None
    if model is not None:
        found = CycleModel("t", "t", "s", "f", Modelled(*model), None, None, {})
    recipe = replace(run.recipe, target=target)
    return replace(run, target=target, core=load_target(target).core, cycles=cycles, cycle_model=found, recipe=recipe)


def powers(found: Energy) -> dict[str, Bounded]:
    return {p.name: p.power_uw for p in found.parts}


def test_the_parts_by_hand(counted: Run) -> None:
    """1 M cycles of 55 pJ each are 55 uJ; 50 of them a second are 2.75 mW and 52 % of 96 MHz."""
    found = lapel.energy(on(counted, "nucleo-u385rg-q", model=(1_000_000, 900_000, 1_100_000)), period_ms=20)
    assert found.rate_hz == 50 and found.cycles_are == "modelled"
    assert found.duty is not None and found.duty.value == pytest.approx(50 / 96)
    assert found.energy_uj is not None and found.energy_uj.value == pytest.approx(55)
    parts = powers(found)
    computing = parts["computing"]
    assert computing.value == pytest.approx(2750)
    assert computing.low == pytest.approx(2750 * 0.9 * 0.96) and computing.high == pytest.approx(2750 * 1.1 * 1.04)
    assert parts["sleeping"].value == pytest.approx(14.9 * (1 - 50 / 96 - 50 * 53e-6))
    assert parts["sleeping"].low == pytest.approx(7.3 * (1 - 55 / 96 - 50 * 755e-6))
    assert parts["sleeping"].high == pytest.approx(20 * (1 - 45 / 96 - 50 * 23e-6))
    assert parts["waking"].value == pytest.approx(50 * 53e-6 * 96e6 * 55e-6) and parts["waking"].low == 0
    assert found.power_uw.value == pytest.approx(sum(p.value for p in parts.values()))
    assert found.unknown == () and found.verdict == "above"
    left = (1000 - parts["waking"].value - parts["sleeping"].value) / (50 * 55e-6)
    assert found.needed.startswith(f"for 1,000 uW an inference must take at most {left:,.0f} cycles, 2.8 times fewer")
    often = 50 * (1000 - parts["sleeping"].value) / (parts["computing"].value + parts["waking"].value)
    assert found.needed.endswith(f"or come {often:,.2f} times a second")
    assert found.lives[1].battery == "cr2032" and found.lives[1].peak_ma is not None
    assert found.lives[1].peak_ma.value == pytest.approx(55e-6 * 96e6 / 3000)
    assert found.sendings == () and not found.warnings


def test_what_stands_beside_the_core(counted: Run) -> None:
    run = on(counted, "nucleo-u385rg-q", cycles=100_000)
    also = {"adc": Bounded(55, 30, 80), "led": 5}
    found = lapel.energy(
        run, rate_hz=2, microphone="ics-40310", radio="ble", report_bytes_s=3, also_uw=also, batteries=["cr2032"]
    )
    parts = powers(found)
    assert parts["microphone"] == Bounded(48, 16, 60) and parts["adc"] == also["adc"]
    assert parts["led"] == Bounded.exactly(5) and parts["radio"].value == pytest.approx(0.6)
    said = "sampling: what converter, filter and DMA of nucleo-u385rg-q take while the core sleeps (capture_uw) is not"
    assert found.unknown[0].startswith(said)
    assert found.verdict == "open" and len(found.lives) == 1
    least, most = 1000 - found.power_uw.high, 1000 - found.power_uw.low
    surely = f"surely below with less than {least:,.0f} uW for it, surely above with {most:,.0f} uW or more"
    assert found.reason == f"sampling not known: {surely}"
    (sent,) = found.sendings
    ours = sum(parts[name].value for name in ("computing", "waking", "sleeping"))
    assert (sent.radio, sent.bytes_per_s) == ("ble", 32000) and sent.power_uw is not None and sent.times is not None
    assert sent.power_uw.value == pytest.approx(6400) and sent.times.value == pytest.approx(6400 / ours)
    assert found.warnings == ("ics-40310: analog: an amplifier and an ADC come on top",)
    assert {c.of for c in found.constants} == {"nucleo-u385rg-q", "ics-40310", "ble", "cr2032"}


def test_a_radio_that_is_too_slow_for_audio(counted: Run) -> None:
    found = lapel.energy(on(counted, "nucleo-u385rg-q", cycles=1000), rate_hz=1, radio="lora", sent_bytes_s=32000)
    (sent,) = found.sendings
    assert sent.power_uw is None and sent.times is None and sent.most_bytes_per_s == 683


def test_what_a_board_does_not_say_is_left_out(counted: Run) -> None:
    found = lapel.energy(on(counted, "arduino-uno", cycles=16_000), rate_hz=10)
    assert found.parts == () and found.power_uw == Bounded.exactly(0) and found.verdict == "open"
    assert [u.split(":")[0] for u in found.unknown] == ["computing", "waking", "sleeping"]
    assert found.duty is not None and found.duty.value == pytest.approx(0.01) and found.energy_uj is None
    assert found.needed == "1,000 uW of 1,000 uW are left for what is unknown"
    assert all(life.days is not None and life.notices for life in found.lives)


def test_a_run_without_cycles(counted: Run) -> None:
    found = lapel.energy(on(counted, "nucleo-u385rg-q"), rate_hz=10)
    assert found.cycles is None and found.cycles_are == "not known" and found.time_us is None
    assert found.unknown == ("computing: how many cycles an inference takes is not known for nucleo-u385rg-q",)
    assert "computing" not in powers(found)


def test_a_wake_up_by_energy_and_sampling_of_the_user_s_board(counted: Run, tmp_path: Path) -> None:
    text = 'inherits = "nucleo-u385rg-q"\ndescription = "mine"\npj_per_cycle = 60\n[energy]\n'
    text += 'wake_uj = { value = 0.5, error = 0.1, source = "measured" }\n'
    text += 'capture_uw = { value = 40, error = 0.5, source = "measured" }\n'
    (tmp_path / "mine.toml").write_text(text)
    with lapel.boards_from(tmp_path):
        found = lapel.energy(on(counted, "mine", cycles=1000), rate_hz=4, microphone="t5818-low-power")
    parts = powers(found)
    assert parts["waking"].value == 2 and parts["sampling"] == Bounded(40, 20, 60) and not found.unknown
    assert parts["computing"] == Bounded.exactly(1000 * 60 * 4e-6)
    assert found.warnings[0] == "mine: pj_per_cycle is taken as exact, its error is not known (pj_per_cycle_error)"


def test_sampling_that_was_measured_by_the_user(counted: Run) -> None:
    """What the board's file does not say, the caller may: the verdict is not open any more."""
    run = on(counted, "nucleo-u385rg-q", cycles=1000)
    found = lapel.energy(run, rate_hz=4, microphone="ics-40310", also_uw={"sampling": Bounded(55, 30, 80)})
    assert powers(found)["sampling"] == Bounded(55, 30, 80)
    assert not found.unknown and found.verdict == "below" and found.reason == ""


def test_sampling_alone_may_decide(counted: Run) -> None:
    """1.24 mA of an nRF52840's converter at 16 ksps, whatever the rest takes; without a microphone nothing samples."""
    run = on(counted, "arduino-nano33ble", cycles=1000)
    found = lapel.energy(run, rate_hz=1, microphone="ics-40310")
    assert found.verdict == "above" and powers(found)["sampling"] == Bounded(3720, 1300, 4500)
    assert [u.split(":")[0] for u in found.unknown] == ["computing", "waking", "sleeping"]
    assert "is out of reach with it" in found.needed
    assert lapel.energy(run, rate_hz=1).verdict == "open"


def test_parts_share_the_time(counted: Run) -> None:
    """By its bounds this inference takes up to 11 ms of 10.5: it never takes more than computing all the time, and
    computing, waking and sleeping never take more than all of it."""
    run = on(counted, "nucleo-u385rg-q", model=(1_000_000, 900_000, 1_056_000))
    found = lapel.energy(run, period_ms=10.5)
    parts, active_uw = powers(found), 96e6 * 55e-6
    assert parts["computing"].high == pytest.approx(active_uw * 1.04) and parts["sleeping"].low == 0
    share = 1_000_000 / 96e6 / 10.5e-3
    assert parts["computing"].value == pytest.approx(active_uw * share)
    assert parts["waking"].value == pytest.approx(active_uw * 53e-6 / 10.5e-3)
    busy = parts["computing"].value + parts["waking"].value
    assert busy / active_uw + parts["sleeping"].value / 14.9 == pytest.approx(1)
    said = "an inference may take 11.00 ms, more than its period of 10.50 ms: it may not keep up"
    assert found.warnings == (said,)
    barely = lapel.energy(on(counted, "nucleo-u385rg-q", cycles=998_400), rate_hz=96)
    assert powers(barely)["waking"].value == pytest.approx(active_uw * 0.0016) and not barely.warnings
    assert powers(barely)["sleeping"].value == 0 and found.power_uw.value < active_uw * 1.01


def test_nothing_is_built_without_a_period(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power_load, "run", lambda *_, **__: pytest.fail("it was run"))
    with pytest.raises(UsageError, match="found neither of a period and a rate of inferences, expected one"):
        lapel.energy(net(), "nucleo-u385rg-q")


def test_a_battery_that_nothing_empties(counted: Run, tmp_path: Path) -> None:
    """No power is known, and the battery loses none by itself: as long as it keeps."""
    figures = {"voltage_v": 3, "energy_wh": 1, "self_discharge_percent": 0, "pulse_ma": 9, "most_ma": 9}
    text = "\n".join(
        f'{key} = {{ value = {value}, error = 0, source = "x" }}'
        for key, value in {**figures, "pulsed_share": 1, "shelf_years": 7}.items()
    )
    (tmp_path / "kept.toml").write_text(f'description = "kept"\n{text}\n')
    found = lapel.energy(on(counted, "arduino-uno", cycles=16_000), rate_hz=1, batteries=[tmp_path / "kept.toml"])
    assert found.lives[0].days == Bounded.exactly(7 * 365.25) and found.lives[0].shelf_limited
    assert Energy.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


def test_a_power_that_is_out_of_reach(counted: Run) -> None:
    found = lapel.energy(on(counted, "nucleo-u385rg-q", cycles=1000), rate_hz=1, microphone="t5818")
    assert found.verdict == "above"
    assert "beside computing takes 1,785 uW alone" in found.needed and "out of reach" in found.needed


def test_a_board_whose_current_a_coin_cell_does_not_give(counted: Run, tmp_path: Path) -> None:
    (tmp_path / "hot.toml").write_text('inherits = "nucleo-l4r5zi"\ndescription = "hot"\npj_per_cycle = 900\n')
    with lapel.boards_from(tmp_path):
        found = lapel.energy(on(counted, "hot", cycles=1000), rate_hz=1, batteries=["cr2032"])
    assert found.lives[0].days is None and found.warnings[-1].startswith("cr2032: 36.0 mA at once are more than")


def test_records_of_files_and_folders(counted: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    run = on(counted, "nucleo-u385rg-q", cycles=1000)
    path.write_text(json.dumps(run.to_json()))
    found = lapel.energy(path, rate_hz=1)
    assert found == lapel.energy(run, "nucleo-u385rg-q", rate_hz=1)
    read = Energy.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False)))
    assert read == found
    assert repr(found) == f"<Energy 'tiny' on nucleo-u385rg-q: {found.power_uw.value:,.0f} uW, below 1,000 uW>"


def test_what_listens_infers_once_a_step(counted: Run) -> None:
    """A step of 320 samples is 20 ms; what would be sent are its samples."""
    run = on(counted, "nucleo-u385rg-q")
    sound = Recording("x.wav", "WAV PCM_16", 16000, 1, 16000, 16000, 16000, 9, 0)
    model = CycleModel("t", "t", "s", "f", Modelled(48_000, 47_000, 50_000), None, None, {})
    heard = Listening(
        model="ears", target=run.target, core=run.core, recording=sound, detector=Detector(("w",), (0,), 1, (9,), 0, 0),
        step_samples=320, steps=50, samples_left=0, target_steps=50, modelled_steps=50, mismatches=0, events=(),
        instructions=40_000, most_instructions=41_000, cycles=None, time_us=None, stages=(), memory=run.memory,
        duty=None, computing_uw=None, sleeping_uw=None, host_seconds=0.1, scores=run.outputs, features=run.outputs,
        recipe=run.recipe, cycle_model=model,
    )  # fmt: skip
    found = lapel.energy(heard)
    assert found.rate_hz == 50 and powers(found)["computing"].value == pytest.approx(48_000 * 55 * 50e-6)
    assert [s.bytes_per_s for s in found.sendings] == [32000, 32000]
    assert lapel.energy(heard, period_ms=1000).rate_hz == 1


@needs("nucleo-u385rg-q")
def test_a_model_that_is_run_now() -> None:
    found = lapel.energy(net(), "nucleo-u385rg-q", rate_hz=5)
    assert found.cycles is not None and 0 < found.cycles.low < found.cycles.value < found.cycles.high
    assert [s.bytes_per_s for s in found.sendings] == [160, 160] and found.verdict == "below"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "found neither of a period and a rate of inferences, expected one: such as a period of 20 ms"),
        ({"period_ms": 1, "rate_hz": 1}, "found both of a period and a rate of inferences"),
        ({"period_ms": 0}, "the inferences come inf times a second, expected a number above 0"),
        ({"rate_hz": -1}, "the inferences come -1 times a second"),
        ({"rate_hz": float("nan")}, "the inferences come nan times a second"),
        (
            {"period_ms": 1},
            "tiny on nucleo-u385rg-q: an inference takes 10.42 ms, the period is 1.00 ms: the core",
        ),
        ({"rate_hz": 1, "report_bytes_s": 1}, "1 bytes a second are reported by no radio: name one, such as ble"),
        (
            {"rate_hz": 1, "radio": "ble", "report_bytes_s": -1},
            "-1 bytes a second are reported, expected a number",
        ),
        ({"rate_hz": 1, "sent_bytes_s": -1}, "-1 bytes a second are sent, expected a number that is not below 0"),
        ({"rate_hz": 1, "sent_bytes_s": float("nan")}, "nan bytes a second are sent, expected a number"),
        (
            {"rate_hz": 1, "radio": "lora", "report_bytes_s": 700},
            "700 bytes a second are reported, lora carries 683 at most",
        ),
        (
            {"rate_hz": 1, "also_uw": {"sleeping": 9}},
            "the power of sleeping is given twice: 9 uW, and 14.74 uW that are in it already: leave it out, or give",
        ),
        (
            {"rate_hz": 1, "microphone": "ics-40310", "also_uw": {"microphone": 9}},
            "the power of microphone is given twice: 9 uW, and 48 uW that are in it already",
        ),
        ({"rate_hz": 1, "also_uw": {"x": -1}}, "x takes -1 to -1 uW, expected numbers from 0 on, in order"),
        ({"rate_hz": 1, "also_uw": {"x": Bounded(1, 2, 3)}}, "x takes 2 to 3 uW, expected numbers from 0 on"),
        ({"rate_hz": 1, "microphone": "none"}, r"microphones: 'none' is none \(yours .*\): expected one of ics-40310,"),
        ({"rate_hz": 1, "target": "nucleo-l4r5zi"}, "tiny was run on nucleo-u385rg-q, expected nucleo-l4r5zi: run it"),
    ],
)
def test_wrong_calls(given: dict[str, Any], message: str, counted: Run) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        lapel.energy(on(counted, "nucleo-u385rg-q", cycles=1_000_000), **given)


def test_a_model_needs_a_board(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a model was given without a target: expected one"):
        lapel.energy(net(), rate_hz=1)
    with pytest.raises(UsageError, match="cortex-m4 is a core without a clock, expected a board"):
        lapel.energy(net(), "cortex-m4", rate_hz=1)
    with pytest.raises(FormatError, match=r"lapel\.json: cannot be read as JSON: No such file"):
        lapel.energy(tmp_path, rate_hz=1)
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"record": "targets", "schema": 1}))
    said = r"the record 'targets' has no cycles of an inference, expected one of run, build, listen, cascaded; "
    with pytest.raises(FormatError, match=said):
        lapel.energy(path, rate_hz=1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("pj_per_cycle_error = 1.5\n", "pj_per_cycle_error on line 3 is 1.5, expected a share below 1"),
        ("[energy]\nsleep_mw = 3\n", "unknown key energy.sleep_mw on line 4, expected one of sleep_uw, wake_us,"),
        ("[energy]\nsleep_uw = 3\n", "energy.sleep_uw on line 4 is 3, expected a table with value, error"),
        ("[energy]\nwake_us = { value = 3, error = 0.1 }\n", "energy.wake_us on line 4 has no source: say where"),
    ],
)
def test_wrong_constants_of_a_board(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f'inherits = "cortex-m33"\ndescription = "mine"\n{line}')
    with lapel.boards_from(tmp_path), pytest.raises(TargetError, match=message):
        load_target("mine")
