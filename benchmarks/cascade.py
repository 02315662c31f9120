"""A cascade on a recording that is 95 % noise: words and sentences of espeak-ng in five minutes of quiet noise.

    python benchmarks/cascade.py MODEL.tflite --say "okay nabu" --target nucleo-u385rg-q

MODEL is a streaming model on features of the micro front end (10 ms), with one probability of its word. Prints the
record as JSON, and what its power is on the target.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import lapel
from lapel.audio import frontend
from lapel.audio.chain import chain
from lapel.audio.files import read_sound
from lapel.records import Cascade, Detector

RATE_HZ, SECONDS, SPEECH = 16000, 300, 0.05
OTHERS = ("what time is it", "turn on the light", "good morning", "the weather is fine", "play some music", "hello")
NOISE = 60.0
"""Of 32768: about -55 dB, a quiet room."""


def say(text: str, voice: str, folder: Path) -> np.ndarray:
    """int16 samples of espeak-ng."""
    path = folder / "said.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(path), text], check=True)
    return read_sound(path, RATE_HZ).samples


def recording(word: str, folder: Path) -> tuple[np.ndarray, int]:
    """The samples, and how often the word is in them: every other utterance, until the share of speech is reached."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, NOISE, RATE_HZ * SECONDS)
    parts, count, length, turn = [], 0, 0, 0
    voices = ("en-us", "en-gb", "en-us+f3", "en-gb+m3", "en-us+m7")
    while length < SPEECH * len(samples):
        text = word if turn % 2 == 0 else OTHERS[turn // 2 % len(OTHERS)]
        parts.append(say(text, voices[turn // 2 % len(voices)], folder))
        count, length, turn = count + (turn % 2 == 0), length + len(parts[-1]), turn + 1
    gap = (len(samples) - length) // (len(parts) + 1)
    at = gap
    for part in parts:
        samples[at : at + len(part)] += part * 0.3
        at += len(part) + gap
    return np.clip(samples, -32768, 32767).astype(np.int16), count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--say", default="okay nabu")
    parser.add_argument("--target", default="nucleo-u385rg-q")
    given = parser.parse_args()
    graph = chain(frontend.make("micro", hop_ms=10), lapel.load(given.model))
    size = graph.tensors[graph.arguments[0]].type.size
    detector = Detector((given.say,), (0,), 5, (1237,), 33, 0)
    asked = Cascade(hop_samples=size, stride=size // 32, hangover_steps=20, preroll_steps=10)
    with tempfile.TemporaryDirectory() as folder:
        samples, count = recording(given.say, Path(folder))
    found = lapel.cascade(graph, detector, samples, asked, given.target)
    print(json.dumps({"said": count, **found.to_json()}, indent=2))
    for record in (found, lapel.run(graph, given.target)):
        power = lapel.energy(record, rate_hz=1000 / found.step_ms, microphone="ics-40310")
        print(power, [(p.name, round(p.power_uw.value, 1)) for p in power.parts], power.needed)


if __name__ == "__main__":
    main()
