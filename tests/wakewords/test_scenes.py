"""Scenes: the same for the same seed, of the length and level that were asked for, with words where their marks are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sounds

from lapel.errors import UsageError
from lapel.wakewords import augmentations
from lapel.wakewords.levels import at_level, loudness
from lapel.wakewords.noises import make_noise, noises
from lapel.wakewords.scenes import KINDS, Cast, make_scene, noisy, word_scene
from lapel.wakewords.windows import Shape, with_words, without_words

OTHERS = [sounds.other(k) for k in range(4)]
CAST = Cast(7, (OTHERS,), (1.0,), augmentations.usual())


@pytest.mark.parametrize("name", sorted(noises()))
def test_noises_are_level_and_repeat(name: str) -> None:
    wave = make_noise(np.random.default_rng(1), 40000, name)
    assert wave.dtype == np.float32 and wave.shape == (40000,)
    assert 0.9 < float(np.sqrt(np.mean(wave.astype(np.float64) ** 2))) < 1.1
    assert np.array_equal(wave, make_noise(np.random.default_rng(1), 40000, name))


def test_colors_fall_with_frequency() -> None:
    """From one octave to the next the energy of white noise doubles, of pink it stays, of brown it halves."""
    for name, ratio in (("white", 2.0), ("pink", 1.0), ("brown", 0.5)):
        wave = make_noise(np.random.default_rng(2), 1 << 17, name)
        power = np.abs(np.fft.rfft(wave)) ** 2
        hz = np.fft.rfftfreq(len(wave), 1 / 16000)
        low, high = (power[(hz >= f) & (hz < 2 * f)].sum() for f in (500, 1000))
        assert high / low == pytest.approx(ratio, rel=0.1), name


@pytest.mark.parametrize("name", sorted(augmentations.augmentations()))
def test_augmentations_repeat_and_refuse(name: str) -> None:
    module = augmentations.augmentations()[name]
    wave = sounds.word(3).astype(np.float32)
    made = [module.apply(np.random.default_rng(5), wave, module.USUAL) for _ in range(2)]
    assert made[0].dtype == np.float32 and np.array_equal(*made) and np.isfinite(made[0]).all()
    for wrong in ("x", (3, 1), -1e9):
        with pytest.raises(UsageError, match=f"augmentation {name} is"):
            module.apply(np.random.default_rng(0), wave, wrong)


def test_what_augmentations_do() -> None:
    wave, rng = sounds.word(3).astype(np.float32), np.random.default_rng(0)
    apply = {name: module.apply for name, module in augmentations.augmentations().items()}
    assert len(apply["speed"](rng, wave, (2.0, 2.0))) == pytest.approx(len(wave) / 2, abs=1)
    assert loudness(apply["gain"](rng, wave, (-6.0, -6.0))) == pytest.approx(loudness(wave) * 10**-0.3, rel=1e-3)
    assert np.array_equal(apply["shift"](rng, wave, 100)[-len(wave) :], wave)
    noise = apply["noise"](rng, wave, (10.0, 10.0)) - wave
    assert 20 * np.log10(loudness(wave) / np.sqrt(np.mean(noise**2))) == pytest.approx(10, abs=0.3)
    room = apply["reverberation"](rng, wave, 1.0)
    assert len(room) == len(wave) and not np.allclose(room, wave)
    assert np.array_equal(apply["reverberation"](rng, wave, 0.0), wave)
    with pytest.raises(UsageError, match="did you mean 'noise'"):
        augmentations.check({"nois": 1})


def test_scenes_repeat_and_differ() -> None:
    for number in range(len(KINDS)):
        wave = make_scene(CAST, number, 2.0).wave
        assert wave.dtype == np.int16 and len(wave) == 32000 and wave.any()
        assert np.array_equal(wave, make_scene(CAST, number, 2.0).wave)
        assert not np.array_equal(wave, make_scene(CAST, number + len(KINDS), 2.0).wave)


def test_words_are_where_their_marks_are() -> None:
    said = [(k % 2, sounds.word(k)[4000:12000]) for k in range(4)]
    scene = word_scene(Cast(7, (OTHERS,), (1.0,), {"gain": (0, 0), "noise": (40, 40)}), said, 3)
    assert [m.word for m in scene.marks] == [0, 1, 0, 1]
    for mark, (_, wave) in zip(scene.marks, said, strict=True):
        part = scene.wave[mark.start : mark.end].astype(np.float64)
        assert np.corrcoef(part, wave)[0, 1] > 0.95


def test_noise_at_a_ratio() -> None:
    wave = sounds.word(1)
    made = noisy(np.random.default_rng(0), wave, 10.0, 1000, 500)
    assert len(made) == len(wave) + 1500
    noise = made.astype(np.float64)
    noise[1000:-500] -= wave
    assert 20 * np.log10(loudness(wave.astype(np.float32)) / np.sqrt(np.mean(noise**2))) == pytest.approx(10, abs=0.3)
    assert loudness(at_level(wave.astype(np.float32), -20.0)) == pytest.approx(3276.8, rel=0.05)


def test_windows_hold_the_end_of_the_word() -> None:
    """The extract here is each hop's loudest sample, so that a window shows where the word is."""

    def extract(wave: np.ndarray) -> np.ndarray:
        frames = np.abs(wave[: len(wave) // 320 * 320].reshape(-1, 320).astype(np.int32)).max(axis=1)
        return np.minimum(frames // 64, 255).astype(np.uint8)[:, None]

    shape = Shape(60, 40, 320)
    quiet = Cast(1, ([np.ones(320, np.int16)],), (1.0,), {"noise": (60, 60)})
    words = [[sounds.word(k)[3000:13000] for k in range(3)], [sounds.word(9)[3000:13000]]]
    found = with_words(quiet, extract, shape, words, [2, 3], workers=1)
    assert found.x.shape == (9, 60, 1) and found.y.sum(axis=0).tolist() == [6, 3]
    for x in found.x[..., 0]:
        loud = np.flatnonzero(x > x.max() // 2)
        assert 10 <= loud[-1] < 60 and len(loud) > 5
    rest = without_words(CAST, extract, shape, 2, range(5), 2.0, workers=2)
    assert rest.x.shape == (5, 60, 1) and not rest.y.any()


def test_words_that_sound_alike_are_where_a_scene_says() -> None:
    """Of two sources one is silent, so that sound is where the other one's spans are, and nowhere else."""
    hush, loud = np.ones(8000, np.int16), sounds.word(1)[4000:12000]
    cast = Cast(3, ([hush], [loud]), (1.0, 1.0), {}, (1,))
    scene = next(s for s in (make_scene(cast, number, 20.0) for number in (0, 2, 4)) if s.alike)
    heard = np.zeros(len(scene.wave), bool)
    for first, last in scene.alike:
        heard[first:last] = True
        assert np.abs(scene.wave[first:last].astype(int)).max() > 100
    assert 1 < len(scene.alike) < 60 and not make_scene(replace(cast, alike=()), 0, 5.0).alike
    assert make_scene(replace(cast, alike=(0, 1)), 0, 20.0).alike != scene.alike
