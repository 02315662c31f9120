"""The audio that a recipe's cascade is tuned on: days of its recordings, and recordings that are long themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from lapel.audio.files import read_sound
from lapel.cascades.days import make_day
from lapel.cascades.recipe import CascadeRecipe, SceneOptions
from lapel.cascades.tuning import Take
from lapel.errors import InputError, UsageError, shown
from lapel.keywords import meant
from lapel.records import WakeWord
from lapel.wakewords import Source, augmentations
from lapel.wakewords.clips import SIDES, SUFFIXES, Clips, read_clips, share
from lapel.wakewords.scenes import AFTER, Cast, Scene

LEAST_OTHERS = 3


def takes_of(recipe: CascadeRecipe, words: WakeWord, step: int) -> tuple[list[Take], str]:
    """The takes of a recipe, and what they are in a sentence. step: samples.

    Of the words' recordings those of one side are used, as the training shared them out: it never looked at them to
    learn. Raises InputError, UsageError.
    """
    scenes = make_scenes(recipe.positives, recipe.negatives, words, recipe.scenes)
    takes = [Take(_steps(s.wave, step), s.marks) for s in scenes]
    long = [Take(_steps(wave, step)) for folder in recipe.recordings for wave in _long(folder, step)]
    said = sum(len(s.marks) for s in scenes)
    o = recipe.scenes
    audio = (
        f"{said} words, recordings of the words' {o.side} side, and as much other speech, in scenes that are "
        f"{100 * (1 - o.sound):g} % silence or noise" + (f"; {len(long)} long recordings without words" if long else "")
    )
    return [*takes, *long], audio


def make_scenes(
    positives: Mapping[str, Source], negatives: tuple[Source, ...], words: WakeWord, options: SceneOptions
) -> list[Scene]:
    """Days in which recordings of the words are said, from the side of them that `options` says."""
    names = list(words.detector.words)
    for word in positives:
        if word not in names:
            raise UsageError(f"[positives.{word}] is no word of {shown(words.name)}: {meant(word, names)}")
    clips = [(names.index(w), c) for w, source in positives.items() for c in _side(source, words, options)]
    others = [
        c.wave for s in negatives for c in share(_read(s, LEAST_OTHERS), words.options.shares)[options.side].clips
    ]
    if not others:
        others = [wave[::-1].copy() for _, wave in clips]  # speech that is none, where nothing else was given
    usual = augmentations.usual()
    seed = options.seed * 10 + SIDES.index(options.side)
    cast = Cast(seed, (others,), (1.0,), {name: usual[name] for name in AFTER if name != "noise"})
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(len(clips))[: options.most] for _ in range(options.rounds)])
    parts = [order[k : k + options.words] for k in range(0, len(order), options.words)]
    made = [make_day(cast, [clips[i] for i in part], k, options.sound) for k, part in enumerate(parts)]
    return [
        replace(scene, marks=tuple(replace(m, recording=int(part[m.recording])) for m in scene.marks))
        for scene, part in zip(made, parts, strict=True)
    ]


def _read(source: Source, least: int) -> Clips:
    return read_clips(source.path, source.group, least)


def _side(source: Source, words: WakeWord, options: SceneOptions) -> list[np.ndarray]:
    """int16 waves: what is loud in the recordings of a word, of one side of its training."""
    shared = share(read_clips(source.path, source.group), words.options.shares, words.options.seed)
    return [c.trimmed() for c in shared[options.side].clips]


def _long(folder: Path, step: int) -> list[np.ndarray]:
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not files:
        raise InputError(f"{folder} holds no recordings ({', '.join(SUFFIXES)}): give a folder of long ones")
    return [read_sound(p, least=step).samples for p in files]


def _steps(wave: np.ndarray, step: int) -> np.ndarray:
    """int16 [N, step]."""
    return wave[: len(wave) // step * step].reshape(-1, step)
