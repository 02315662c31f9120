"""Speech by espeak-ng: voices, speeds and pitches, what it can say, and words that sound nearly alike."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lapel.errors import InputError, MissingTool, UsageError, shown

PROGRAM = "espeak-ng"
RATE_HZ = 16000
LANGUAGES = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-gb-x-gbclan", "en-us-nyc")
VARIANTS = (
    "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "klatt2", "klatt4", "klatt6",
    "Alicia", "Andrea", "Annie", "Denis", "Gene", "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael", "Mike",
    "adam", "anika", "antonio", "belinda", "benjamin", "boris", "caleb", "david", "edward", "grandma", "grandpa",
    "iven", "john", "kaukovalta", "linda", "max", "miguel", "norbert", "pablo", "paul", "pedro", "quincy", "rob",
    "robert", "sandro", "shelby", "steph", "travis", "victor", "zac",
)  # fmt: skip
"""Voices of people; of those that come with the program what croaks, whispers or is a robot is left out."""
ODD_VARIANTS = (
    "Alex", "Andy", "AnxiousAndy", "Demonic", "Diogo", "Gene2", "Henrique", "Mr serious", "Nguyen", "RicishayMax",
    "RicishayMax2", "RicishayMax3", "Storm", "Tweaky", "UniRobot", "announcer", "aunty", "croak", "ed", "edward2",
    "gustave", "iven2", "iven3", "iven4", "klatt", "klatt3", "marcelo", "michel", "robosoft", "robosoft2", "robosoft3",
    "robosoft4", "robosoft5", "robosoft6", "robosoft7", "robosoft8", "whisper", "whisperf",
)  # fmt: skip
"""The others, which say what is no word, and only in training: what is unlike people widens what is known to be none.
Twins of VARIANTS that judge are left out."""
SPEED_WPM, PITCH = (120, 210), (20, 80)
WIDE_SPEED_WPM, WIDE_PITCH = (100, 260), (5, 95)
"""Of what is no word, in training."""
_MARKS = re.compile(r"[\s_,'%=:|-]")
"""Of phonemes, what says stress and pauses."""


@dataclass(frozen=True)
class Voice:
    """How something is said. speed_wpm: words a minute; pitch: 0..99, as espeak-ng counts."""

    language: str
    variant: str
    speed_wpm: int = 160
    pitch: int = 50

    @property
    def name(self) -> str:
        """As espeak-ng takes it."""
        return f"{self.language}+{self.variant}"


def drawn_voice(rng: np.random.Generator, variants: Sequence[str] = VARIANTS, wide: bool = False) -> Voice:
    """A voice of one of these variants, at any speed and pitch; wide: even such as are seldom heard."""
    language, variant = LANGUAGES[int(rng.integers(len(LANGUAGES)))], variants[int(rng.integers(len(variants)))]
    speed_wpm, pitch = (WIDE_SPEED_WPM, WIDE_PITCH) if wide else (SPEED_WPM, PITCH)
    return Voice(language, variant, int(rng.integers(*speed_wpm)), int(rng.integers(*pitch)))


def speak(text: str, voice: Voice) -> np.ndarray:
    """int16 [samples] of 16 kHz: the text as it is said, silence around it cut off.

    espeak-ng draws the noise of its voices, so that the same text is nearly, but not always to the bit, the same sound.

    Raises MissingTool without espeak-ng, soundfile or scipy; InputError if it says nothing.
    """
    soundfile, signal = _libraries()
    options = ["-v", voice.name, "-s", str(voice.speed_wpm), "-p", str(voice.pitch), "--stdout", "--", text]
    found = _run(options)
    try:
        wave, rate = soundfile.read(io.BytesIO(found), dtype="int16")
    except Exception as e:  # soundfile's own errors
        raise InputError(f"espeak-ng made no sound of {shown(text)!r} ({type(e).__name__}): give another text") from e
    shared = math.gcd(rate, RATE_HZ)
    # soxr's last bits depend on what it resampled before; these are the same in every run.
    made = signal.resample_poly(wave.astype(np.float64), RATE_HZ // shared, rate // shared)
    loud = np.flatnonzero(np.abs(made) > 100)
    if not len(loud):
        raise InputError(f"espeak-ng says nothing for {shown(text)!r}: give a text of words")
    return np.clip(np.round(made[loud[0] : loud[-1] + 1]), -32768, 32767).astype(np.int16)


@cache
def phonemes(text: str, language: str = LANGUAGES[0]) -> str:
    """What espeak-ng says for a text, in its own letters, without stress."""
    return _MARKS.sub("", _run(["-q", "-x", "-v", language, "--", text]).decode(errors="replace"))


def check_word(word: str) -> None:
    """Raise UsageError if espeak-ng cannot say it: no letters, or letters that it spells one by one."""
    letters = [c for c in word if c.isalpha()]
    if not letters:
        raise UsageError(f"word {shown(word)!r} has no letters, which espeak-ng could say: write it as it is spoken")
    for part in word.replace("_", " ").split():
        alone = " ".join(part)
        if len(part) > 1 and phonemes(part) == phonemes(alone):
            raise UsageError(
                f"word {shown(word)!r}: espeak-ng cannot say {shown(part)!r}, it spells it letter by letter: write it "
                "as it is spoken, or give recordings and leave synthesized positives out"
            )


def spoken(word: str) -> str:
    """A word's name as text: smart_mirror is two words."""
    return word.replace("_", " ")


def _libraries() -> tuple[Any, Any]:
    try:
        import soundfile
        from scipy import signal
    except ImportError as e:
        raise MissingTool(f'{e.name} is not installed, synthesized speech needs it: pip install "lapel[train]"') from e
    return soundfile, signal


def _run(options: Sequence[str]) -> bytes:
    program = shutil.which(PROGRAM)
    if program is None:
        raise MissingTool(f"{PROGRAM} is not installed, synthesized speech needs it: apt-get install {PROGRAM}")
    made = subprocess.run([program, *options], capture_output=True, check=False)
    if made.returncode:
        said = made.stderr.decode(errors="replace").strip().splitlines()
        raise InputError(f"{PROGRAM} ended with {made.returncode}: {shown(said[-1] if said else '', 200)}")
    return made.stdout
