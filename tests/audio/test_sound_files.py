"""Files of sound: what they are read as, what is said of them, and what is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from lapel.audio import files
from lapel.audio.files import read_sound
from lapel.errors import InputError, MissingTool, UsageError
from lapel.records.recording import Recording


def tone(count: int = 16000, rate_hz: int = 16000, hz: float = 440.0, peak: float = 20000.0) -> np.ndarray:
    return np.asarray(np.rint(peak * np.sin(2 * np.pi * hz / rate_hz * np.arange(count))), np.int16)


def write(path: Path, samples: np.ndarray, rate_hz: int = 16000, subtype: str | None = None) -> Path:
    soundfile.write(path, samples, rate_hz, subtype)
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_16_bits_at_the_rate_stay_what_they_are(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BLOCK", 1000)
    wave = np.random.default_rng(0).integers(-32768, 32768, 5001).astype(np.int16)
    sound = read_sound(write(tmp_path / name, wave))
    assert sound.samples.dtype == np.int16 and not sound.samples.flags.writeable
    assert np.array_equal(sound.samples, wave)
    assert sound.recording.notices == () and sound.recording.seconds == 5001 / 16000
    assert sound.recording.samples == 5001 and sound.recording.encoding == f"{name[2:].upper()} PCM_16"
    assert Recording.from_json(sound.recording.to_json()) == sound.recording


@pytest.mark.parametrize("subtype, most", [("PCM_U8", 256), ("PCM_24", 0.5), ("PCM_32", 0.5), ("FLOAT", 0.5)])
def test_other_encodings_are_the_nearest_16_bits(tmp_path: Path, subtype: str, most: float) -> None:
    wave = np.random.default_rng(1).uniform(-0.9, 0.9, 4000)
    sound = read_sound(write(tmp_path / "a.wav", wave, subtype=subtype))
    assert np.abs(sound.samples - wave * 32768).max() <= most + 0.01
    assert sound.recording.notices == ()


def test_channels_are_averaged_and_said(tmp_path: Path) -> None:
    wave = np.stack([tone(), np.zeros(16000, np.int16)], axis=1)
    sound = read_sound(write(tmp_path / "a.wav", wave))
    assert np.array_equal(sound.samples, np.rint(tone() / 2).astype(np.int16))
    assert sound.recording.notices == ("2 channels were averaged to one",)


@pytest.mark.parametrize("found, also", [(44100, ""), (8000, "; nothing is above 4000 Hz")])
def test_rates_are_converted_and_said(tmp_path: Path, found: int, also: str) -> None:
    sound = read_sound(write(tmp_path / "a.wav", tone(2 * found, found), found))
    assert sound.recording.notices == (f"resampled from {found} Hz to 16000 Hz{also}",)
    assert len(sound.samples) == 32000
    error = sound.samples.astype(float) - tone(32000)
    assert np.abs(error[1000:-1000]).max() <= 2


def test_blocks_do_not_change_what_is_resampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.wav", tone(30000, 22050), 22050)
    whole = read_sound(path).samples
    monkeypatch.setattr(files, "BLOCK", 777)
    assert np.array_equal(read_sound(path).samples, whole)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "PCM_U8"])
def test_truncated_wav_is_read_as_far_as_it_goes(tmp_path: Path, subtype: str) -> None:
    path = write(tmp_path / "a.wav", tone() / 32768, subtype=subtype)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    sound = read_sound(path)
    (notice,) = sound.recording.notices
    assert notice == f"the file is truncated or damaged: {len(sound.samples)} of 16000 frames could be read"
    assert 7900 < len(sound.samples) < 8000


def test_truncated_flac_is_read_as_far_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BLOCK", 1024)
    noise = np.random.default_rng(2).integers(-9000, 9000, 40000).astype(np.int16)
    path = write(tmp_path / "a.flac", noise)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    sound = read_sound(path)
    assert "truncated or damaged (" in sound.recording.notices[0]
    assert 10000 < len(sound.samples) < 20001 and np.array_equal(sound.samples, noise[: len(sound.samples)])


def test_size_that_a_recorder_did_not_know_is_no_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone())
    content = path.read_bytes()
    unknown = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(content[:4] + unknown + content[8:40] + unknown + content[44:])
    sound = read_sound(path)
    assert np.array_equal(sound.samples, tone()) and sound.recording.notices == ()


def test_clipped_is_said(tmp_path: Path) -> None:
    loud = np.clip(tone().astype(int) * 3, -32768, 32767).astype(np.int16)
    recording = read_sound(write(tmp_path / "a.wav", loud)).recording
    at = np.abs(loud.astype(int)) >= 32767
    assert recording.clipped == (at[1:] & at[:-1]).sum() and recording.peak == 32768
    assert recording.notices == (
        f"{100 * recording.clipped_share:.1f} % of the values are clipped: record with less gain",
    )
    beyond = read_sound(write(tmp_path / "b.wav", tone() / 10000, subtype="FLOAT"))
    assert beyond.recording.clipped > 1000 and beyond.samples.max() == 32767


def test_integers_in_a_file_of_floats_are_said(tmp_path: Path) -> None:
    recording = read_sound(write(tmp_path / "a.wav", tone().astype(float), subtype="FLOAT")).recording
    assert recording.notices == (
        "values reach 20000, and in a file of floats full scale is 1: divide them before writing",
    )


def test_full_scale_alone_is_not_clipped(tmp_path: Path) -> None:
    assert read_sound(write(tmp_path / "a.wav", tone(peak=32767, hz=1000))).recording.clipped == 0


@pytest.mark.parametrize(
    "wave, notice",
    [
        (np.zeros(100, np.int16), "the recording is silent: all samples are 0"),
        (np.full(100, 7, np.int16), "the recording is silent: all samples are 7"),
        (tone(peak=20), "the recording is nearly silent: the largest magnitude is 20 of 32767"),
    ],
)
def test_silence_is_said(tmp_path: Path, wave: np.ndarray, notice: str) -> None:
    assert read_sound(write(tmp_path / "a.wav", wave)).recording.notices == (notice,)


def test_no_numbers_become_silence_and_are_said(tmp_path: Path) -> None:
    wave = tone() / 32768
    wave[10], wave[20] = np.nan, np.inf
    sound = read_sound(write(tmp_path / "a.wav", wave, subtype="FLOAT"))
    assert sound.samples[10] == sound.samples[20] == 0
    assert sound.recording.notices == ("2 values are no finite numbers, silence stands in their place",)


def test_overshoot_of_resampling_is_said(tmp_path: Path) -> None:
    square = np.where(tone(44100, 44100, 200) >= 0, 32767, -32768).astype(np.int16)
    notices = read_sound(write(tmp_path / "a.wav", square, 44100)).recording.notices
    assert any(n.startswith("resampling overshot full scale in ") for n in notices)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello " * 100)
    (tmp_path / "empty.wav").touch()
    (tmp_path / "pcm.raw").write_bytes(bytes(100))
    write(tmp_path / "none.wav", tone(0))
    for name, words in [
        ("text.wav", "is no file of sound (Format not recognised): expected .wav, .flac"),
        ("empty.wav", "is empty: expected"),
        ("pcm.raw", "has no header, expected a file that says its rate"),
        ("none.wav", "has no samples: record it again"),
        ("missing.wav", "does not exist: give a file of sound"),
        (".", "is a folder or device: give a file of sound"),
    ]:
        with pytest.raises(InputError) as caught:
            read_sound(tmp_path / name)
        assert caught.value.message.startswith(str(tmp_path)) and words in caught.value.message


def test_damaged_from_the_start_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", tone())
    content = bytearray(path.read_bytes())
    content[100:] = bytes(len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a.flac has no samples \(.+\): record it again"):
        read_sound(path)


def test_too_short_and_too_long_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.wav", tone(100))
    with pytest.raises(InputError, match=r"has 100 samples at 16000 Hz \(0.006 s\), expected at least 480 \(0.030 s\)"):
        read_sound(path, least=480)
    monkeypatch.setattr(files, "MAX_SAMPLES", 99)
    with pytest.raises(InputError, match="has more than 99 samples at 16000 Hz: cut it into several files"):
        read_sound(path)


def test_rates_that_are_none_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(), 12)
    with pytest.raises(InputError, match="says 12 Hz, expected 1000 to 768000: its header is wrong"):
        read_sound(path)
    with pytest.raises(UsageError, match="rate is 0 Hz, expected 1000 to 768000"):
        read_sound(path, 0)


@pytest.mark.parametrize("module", ["soundfile", "soxr"])
def test_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    path = write(tmp_path / "a.wav", tone(), 8000)
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(MissingTool, match=rf'{module} is not installed.*pip install "lapel\[audio\]"'):
        read_sound(path)
