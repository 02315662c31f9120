"""`lapel energy`: what it prints and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cores import needs
from lapel.cli import main
from lapel.errors import UsageError
from lapel.records import Energy


@needs("nucleo-u385rg-q")
def test_energy_of_a_model_and_of_its_run(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", model, "--target", "nucleo-u385rg-q", "--json"]) == 0
    Path("run.json").write_text(capsys.readouterr().out)
    given = ["--period", "500", "--microphone", "ics-40310", "--radio", "ble", "--report", "2", "--also", "adc=30..80"]
    assert main(["energy", model, "--target", "nucleo-u385rg-q", *given]) == 0
    said = capsys.readouterr().out
    assert main(["energy", "run.json", *given]) == 0
    assert capsys.readouterr().out == said
    for part in (
        "model on nucleo-u385rg-q: 2 inferences a second", "ms (modelled), duty 0.", "adc ",
        "55.0  30.0   80.0  given", "microphone ", "radio ", "all that is known", "not in it: sampling: ",
        "below or above 1 mW: open, sampling not known: surely below with less than ",
        "times what it takes, or come ", "cr2032 ", "so long at most, since not all", "sending 32,000 bytes/s instead",
        "warning: ics-40310: analog: ", " constants, each with its source and bounds: --json",
    ):  # fmt: skip
        assert part in said, said


@needs("nucleo-u385rg-q")
def test_energy_prints_one_json_object(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["energy", model, "-t", "nucleo-u385rg-q", "--rate", "0.01", "--battery", "cr2032", "--json"]) == 0
    streams = capsys.readouterr()
    found = Energy.from_json(json.loads(streams.out))
    assert streams.err == "" and found.rate_hz == 0.01 and found.verdict == "below"
    assert [life.battery for life in found.lives] == ["cr2032"] and found.rate_hz == 0.01
    assert main(["energy", model, "-t", "nucleo-u385rg-q", "--rate", "0.01", "--battery", "cr2032"]) == 0
    said = capsys.readouterr().out
    assert "an inference in 100 s" in said and "below 1 mW\n" in said and "4.9 years" in said
    assert main(["energy", model, "-t", "nucleo-u385rg-q", "--rate", "1", "--radio", "lora", "--send", "900"]) == 0
    said = capsys.readouterr().out
    assert "an inference a second" in said and "lora cannot carry that: 683 bytes/s at most" in said


def test_a_power_that_is_given_twice(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--also", "adc=30..80", "--also", "adc=9"]
    assert main(["energy", model, "-t", "nucleo-u385rg-q", "--rate", "1", *given]) == UsageError.exit_code
    assert "--also gives the power of adc twice, expected it once: add up, or name" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["adc", "adc=", "=3", "adc=1..2..3", "adc=x"])
def test_a_wrong_power(model: str, given: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["energy", model, "-t", "nucleo-u385rg-q", "--rate", "1", "--also", given])
    assert code == UsageError.exit_code
    assert f"--also is {given!r}, expected NAME=UW or NAME=LOW..HIGH, such as adc=30..80" in capsys.readouterr().err
