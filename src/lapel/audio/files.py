"""Files of sound -> 16-bit samples of one channel at the rate that a front end wants; what was changed is said.

Samples of 16 bits at the wanted rate stay what they are. Of wider ones the nearest 16 bits are taken, with no dither,
channels are averaged, other rates go through soxr. Read block by block, so that an hour needs no more memory
than its samples. `pip install "lapel[audio]"`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lapel.errors import InputError, MissingTool, UsageError
from lapel.records.recording import Recording

RATE_HZ = 16000
"""What front ends take if nothing else is said."""
BLOCK = 1 << 16
"""Frames that are read at a time."""
MAX_SAMPLES = 1 << 29
"""More are refused, nine hours at 16 kHz: some hundred bytes of FLAC may claim any number of zeros."""
RATES_HZ = (1000, 768000)
BYTES = ("PCM_U8", "PCM_S8")
"""soundfile's names of encodings of 8 bits."""
UNKNOWN_BYTES = 0xFFFFFFFF
CLIPPED_SHARE = 1e-3
"""Above this share of clipped values a recording is told to be clipped."""
LOUDEST = 100.0
"""Floats beyond this are taken for integers that were written as they are."""
QUIET_PEAK = 33
"""Below this magnitude, -60 dB of full scale, a recording is told to be nearly silent."""
QUALITY = "HQ"
"""soxr's quality: errors below 20 bits, so that nothing is lost in 16."""
MISSING = '{} is not installed, files of sound need it: pip install "lapel[audio]"'


@dataclass(frozen=True, eq=False)
class Sound:
    """samples: int16 [count], read-only; recording: what they come from."""

    samples: np.ndarray
    recording: Recording


@dataclass
class _Seen:
    """What is counted while blocks go by; last_full: by channel, whether the last value was at full scale."""

    full_scale: float
    frames: int = 0
    largest: float = 0.0
    clipped: int = 0
    bad: int = 0
    overshot: int = 0
    broken: str = ""
    last_full: np.ndarray | None = None


def read_sound(path: Path | str, rate_hz: int = RATE_HZ, least: int = 1) -> Sound:
    """The samples of a file; `least`: how many there must be at `rate_hz`.

    Raises InputError: no such file, none of sound, no samples, too few or too many; UsageError: a rate that no
    converter has; MissingTool.
    """
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise UsageError(f"rate is {rate_hz} Hz, expected {RATES_HZ[0]} to {RATES_HZ[1]}")
    path = Path(path)
    with _opened(path) as file:
        _check_head(path, file)
        seen = _Seen(127 / 128 if file.subtype in BYTES else 32767 / 32768)
        blocks = list(_converted(path, file, rate_hz, seen))
        samples = np.concatenate(blocks) if blocks else np.zeros(0, np.int16)
        _check_count(path, len(samples), rate_hz, least, seen)
        recording = _recording(path, file, samples, rate_hz, seen)
    samples.flags.writeable = False
    return Sound(samples, recording)


def as_sound(samples: np.ndarray, rate_hz: int = RATE_HZ, least: int = 1) -> Sound:
    """Samples that are in memory, int16 [count] at that rate. Raises InputError: others, or too few of them."""
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise InputError(f"samples are {samples.dtype} {list(samples.shape)}, expected int16 [count]")
    seen = _Seen(32767 / 32768, frames=len(samples))
    _check_count(Path("the array"), len(samples), rate_hz, least, seen)
    for start in range(0, len(samples), BLOCK):
        _count_clipped(samples[start : start + BLOCK, None] / 32768, seen)
    peak = int(np.abs(samples.astype(np.int32)).max())
    notices = (*_damages(None, seen, len(samples)), *_levels(samples, peak))
    kept = samples.copy()
    kept.flags.writeable = False
    recording = Recording(
        "an array", "int16", rate_hz, 1, len(samples), rate_hz, len(samples), peak, seen.clipped, notices
    )
    return Sound(kept, recording)


def _opened(path: Path) -> Any:
    try:
        import soundfile
    except ImportError as e:
        raise MissingTool(MISSING.format("soundfile")) from e
    if not path.is_file():
        found = "is a folder or device" if path.exists() else "does not exist"
        raise InputError(f"{path} {found}: give a file of sound, such as .wav or .flac")
    try:
        return soundfile.SoundFile(path)
    except soundfile.LibsndfileError as e:
        kind = "is empty" if not path.stat().st_size else f"is no file of sound ({_reason(e)})"
        raise InputError(f"{path} {kind}: expected .wav, .flac or another format that libsndfile reads") from None
    except TypeError:  # names that end in .raw: soundfile wants to be told what is in them
        raise InputError(f"{path} has no header, expected a file that says its rate: write it as .wav") from None


def _reason(e: Exception) -> str:
    return str(getattr(e, "error_string", e)).strip().removeprefix("Error : ").rstrip(".")


def _check_head(path: Path, file: Any) -> None:
    if not RATES_HZ[0] <= file.samplerate <= RATES_HZ[1]:
        raise InputError(
            f"{path} says {file.samplerate} Hz, expected {RATES_HZ[0]} to {RATES_HZ[1]}: its header is wrong"
        )


def _check_count(path: Path, count: int, rate_hz: int, least: int, seen: _Seen) -> None:
    if not seen.frames:
        why = f" ({seen.broken})" if seen.broken else ""
        raise InputError(f"{path} has no samples{why}: record it again")
    if count < least:
        raise InputError(
            f"{path} has {count} samples at {rate_hz} Hz ({count / rate_hz:.3f} s), expected at least {least} "
            f"({least / rate_hz:.3f} s): give a longer recording"
        )


def _blocks(path: Path, file: Any, seen: _Seen) -> Iterator[np.ndarray]:
    """float64 [frames, channels], full scale at 1; ends where the file does, or where it cannot be read on."""
    import soundfile

    while True:
        try:
            block = file.read(BLOCK, dtype="float64", always_2d=True)
        except soundfile.LibsndfileError as e:
            seen.broken = _reason(e)
            return
        if not len(block):
            return
        seen.frames += len(block)
        yield block


def _converted(path: Path, file: Any, rate_hz: int, seen: _Seen) -> Iterator[np.ndarray]:
    """int16 [count] at the wanted rate."""
    resampled = _resampler(file.samplerate, rate_hz)
    count = 0
    for block in _blocks(path, file, seen):
        made = _rounded(resampled(_mono(block, seen), False), seen)
        count += len(made)
        if count > MAX_SAMPLES:
            raise InputError(f"{path} has more than {MAX_SAMPLES} samples at {rate_hz} Hz: cut it into several files")
        yield made
    if seen.frames:
        yield _rounded(resampled(np.zeros(0), True), seen)


def _resampler(found_hz: int, rate_hz: int) -> Any:
    """A function of float64 [n] and whether it is the last: what comes out of it so far."""
    if found_hz == rate_hz:
        return lambda block, last: block
    try:
        import soxr
    except ImportError as e:
        raise MissingTool(MISSING.format("soxr")) from e
    stream = soxr.ResampleStream(found_hz, rate_hz, 1, dtype="float64", quality=QUALITY)
    return stream.resample_chunk


def _mono(block: np.ndarray, seen: _Seen) -> np.ndarray:
    """The mean of the channels; what is no number is zero, what lies beyond full scale is cut to it."""
    bad = ~np.isfinite(block)
    seen.bad += int(bad.sum())
    block = np.where(bad, 0.0, block)
    seen.largest = max(seen.largest, float(np.abs(block).max()))
    _count_clipped(block, seen)
    return np.asarray(np.clip(block, -1.0, 1.0).mean(axis=1))


def _count_clipped(block: np.ndarray, seen: _Seen) -> None:
    """A value at full scale may be a peak; of those that follow one the waveform was cut off."""
    full = np.abs(block) >= seen.full_scale
    before = np.zeros((1, block.shape[1]), bool) if seen.last_full is None else seen.last_full
    behind_another = full & np.concatenate([before, full[:-1]])
    seen.clipped += int(behind_another.sum())
    seen.last_full = full[-1:]


def _rounded(block: np.ndarray, seen: _Seen) -> np.ndarray:
    scaled = np.rint(block * 32768.0)
    seen.overshot += int((scaled > 32768.0).sum() + (scaled < -32768.0).sum())
    return np.asarray(np.clip(scaled, -32768, 32767), np.int16)


def _recording(path: Path, file: Any, samples: np.ndarray, rate_hz: int, seen: _Seen) -> Recording:
    values = seen.frames * file.channels
    peak = int(np.abs(samples.astype(np.int32)).max())
    notices = [
        *_changes(file, rate_hz, seen),
        *_damages(file, seen, values),
        *_levels(samples, peak),
    ]
    return Recording(
        source=str(path),
        encoding=f"{file.format} {file.subtype}",
        found_rate_hz=file.samplerate,
        found_channels=file.channels,
        found_values=values,
        rate_hz=rate_hz,
        samples=len(samples),
        peak=peak,
        clipped=seen.clipped,
        notices=tuple(notices),
    )


def _changes(file: Any, rate_hz: int, seen: _Seen) -> Iterator[str]:
    if file.samplerate != rate_hz:
        lost = f"; nothing is above {file.samplerate / 2:.0f} Hz" if file.samplerate < rate_hz else ""
        yield f"resampled from {file.samplerate} Hz to {rate_hz} Hz{lost}"
    if file.channels > 1:
        yield f"{file.channels} channels were averaged to one"
    if seen.overshot:
        yield f"resampling overshot full scale in {seen.overshot} samples, which were cut to it"


def _damages(file: Any, seen: _Seen, values: int) -> Iterator[str]:
    claimed = 0 if file is None else _claimed(file)
    if seen.frames < claimed:
        why = f" ({seen.broken})" if seen.broken else ""
        yield f"the file is truncated or damaged{why}: {seen.frames} of {claimed} frames could be read"
    if seen.bad:
        yield f"{seen.bad} values are no finite numbers, silence stands in their place"
    if seen.largest > LOUDEST:
        yield f"values reach {seen.largest:.0f}, and in a file of floats full scale is 1: divide them before writing"
    elif seen.clipped > CLIPPED_SHARE * values:
        yield f"{100 * seen.clipped / values:.1f} % of the values are clipped: record with less gain"


def _claimed(file: Any) -> int:
    """Frames that the header claims. libsndfile corrects what a WAV's chunk says, and tells it in its log only.

    Programs that do not know the size yet write UNKNOWN_BYTES: no claim.
    """
    said = {name.strip(): rest.split() for name, _, rest in (x.partition(":") for x in file.extra_info.splitlines())}
    data, align = said.get("data", []), said.get("Block Align", [])
    if align and data[1:3] == ["(should", "be"] and int(data[0]) < UNKNOWN_BYTES:
        return int(data[0]) // int(align[0])
    return int(file.frames)


def _levels(samples: np.ndarray, peak: int) -> Iterator[str]:
    if samples.min() == samples.max():
        yield f"the recording is silent: all samples are {samples[0]}"
    elif peak < QUIET_PEAK:
        yield f"the recording is nearly silent: the largest magnitude is {peak} of 32767"
