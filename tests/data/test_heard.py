"""Folders of sounds by a front end: what a device has, what was done to files, and networks that take just that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import lapel
from lapel.audio import chain, frontend
from lapel.audio.files import read_sound
from lapel.data import Dataset, Splits, read
from lapel.data.heard import named
from lapel.errors import InputError, UsageError
from lapel.ops import evaluate

OPTIONS: dict[str, Any] = {"label": r"^(\d)_"}


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    """Two classes of two files each, of 8 kHz, the last a little longer."""
    for digit in range(2):
        for k in range(2):
            tone = np.sin(np.arange(4000 + 500 * digit * k) * (0.2 + digit)) / (2 + k)
            soundfile.write(tmp_path / f"{digit}_{k}.wav", tone, 8000)
    return tmp_path


@pytest.mark.parametrize("mode", ["micro", "mfcc"])
def test_features_are_the_front_end_s(mode: str, tones: Path) -> None:
    front = frontend.make(mode, hop_ms=20.0)
    found = read(tones, **OPTIONS, seconds=0.5, frontend={"mode": mode, "hop_ms": 20})
    assert isinstance(found, Dataset) and found.x.shape == (4, 24, front.features, 1) and found.x.dtype == np.uint8
    wave = read_sound(tones / "1_1.wav", 16000).samples[:8000]
    wanted = evaluate(frontend.graph(front, 24, 8000), {"samples": wave})["features"]
    assert (found.x[3, ..., 0].astype(int) - 128 == wanted).all()
    real = np.float32(front.scale) * (wanted.astype(np.float32) - front.zero)
    assert np.abs(found.numbers()[3, ..., 0] - real).max() < 1e-4
    assert found.notes == ("4 of 4 sounds have 8000 Hz and were resampled to 16000 Hz",)


def test_a_network_takes_just_these(tones: Path) -> None:
    """Trained on the firmware's integers, it is a network that the front end can stand before."""
    data = read(tones, **OPTIONS, seconds=0.5, frontend="mfcc")
    trained = lapel.train("mlp", Splits(data), epochs=1, quantize=True)
    whole = chain(frontend.make("mfcc"), trained.graph, frames=24, samples=8000)
    assert data.notes[0] in trained.record.warnings
    wave = read_sound(tones / "0_1.wav", 16000).samples[:8000]
    wanted = evaluate(trained.graph, {trained.graph.inputs[0]: (data.x[1:2].astype(int) - 128).astype(np.int8)})
    (scores,) = trained.graph.results
    assert (evaluate(whole, {"samples": wave})[scores] == wanted[scores]).all()


def test_what_is_refused(tones: Path) -> None:
    with pytest.raises(UsageError, match="rate, bands is given beside frontend, which says it: leave it out"):
        read(tones, **OPTIONS, frontend="micro", rate=8000, bands=40)
    with pytest.raises(InputError, match="expected one shape: give size"):
        read(tones, **OPTIONS, frontend="micro")
    with pytest.raises(UsageError, match="front end: mode 'plp' is unknown, expected one of"):
        read(tones, **OPTIONS, frontend="plp")
    with pytest.raises(UsageError, match=r"frontend is {'hop_ms': 20}, expected a mode, or a table with a key mode"):
        named({"hop_ms": 20})
    with pytest.raises(UsageError, match="frontend is 3, expected text or a table"):
        read(tones, **OPTIONS, frontend=3)
    soundfile.write(tones / "0_short.wav", np.zeros(10), 16000)
    with pytest.raises(InputError, match=r"0_short\.wav has 10 samples at 16000 Hz"):
        read(tones, **OPTIONS, frontend="micro")
