"""Folders of images or sounds: a folder a class, or one folder whose file names say the class.

Images: what Pillow reads, as bytes [H, W, C]. Sounds: what soundfile reads, one channel, as float32 in -1..1, as
log-mel features, or as bytes of a front end's features. `pip install "lapel[train]"`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lapel.data.dataset import Dataset, make_dataset
from lapel.data.logmel import logmel
from lapel.errors import InputError, MissingTool, UsageError, shown, some

SUFFIXES = ("",)
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff")
SOUNDS = (".wav", ".flac", ".ogg")
BYTES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB")
"""Modes of Pillow with channels of 8 bits or less; of others it would cut off what is above 255."""
MISSING = 'is not installed, folders of {} need it: pip install "lapel[train]"'
Reader = Callable[[Path], np.ndarray]


def read(
    path: Path,
    label: str | None = None,
    group: str | None = None,
    size: Sequence[int] | None = None,
    channels: int = 3,
    rate: int | None = None,
    seconds: float | None = None,
    frames: int | None = None,
    bands: int | None = None,
    level: bool = False,
    frontend: str | Mapping[str, Any] | None = None,
) -> Dataset:
    """All images or sounds below a folder.

    label: a regular expression whose first group, found in a file's name, is its class; the name of its folder if not
    given. group: one whose first group, found in the path below the folder, says to what a sample belongs.

    Of images: size (height, width) that they are scaled to, channels 1 (grey) or 3. Of sounds: rate in Hz that they
    must have, seconds that they are cut or filled with silence to; frames and bands: log-mel features [frames, bands,
    1] of the whole sound, by as many windows; level: less their mean, so that loudness does not count. frontend:
    features [frames, features, 1] as a device has them, a mode of front ends or a table of its fields; files of other
    rates are resampled, and the data set says so.

    Raises InputError: no files, files that cannot be read, are of unequal shapes or rates, or do not say their class.
    """
    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in (*IMAGES, *SOUNDS) and p.is_file())
    kinds = {p.suffix.lower() in IMAGES for p in files}
    if len(kinds) != 1:
        found = "no images and no sounds" if not kinds else "both images and sounds"
        raise InputError(f"{path} holds {found}, expected one of them: {', '.join((*IMAGES, *SOUNDS))}")
    if kinds == {True}:
        given = {"rate": rate, "seconds": seconds, "frames": frames, "bands": bands, "frontend": frontend}
        _refuse(path, {**given, "level": level or None}, "images")
        reader = _image_reader(size, channels)
    else:
        _refuse(path, {"size": size}, "sounds")
        if frontend is not None:
            others = {"rate": rate, "frames": frames, "bands": bands, "level": level or None}
            return _heard(path, files, frontend, seconds, others, label, group)
        if (frames is None) != (bands is None):
            raise UsageError(f"data {path}: of frames and bands one is given, expected both or none")
        reader = _sound_reader(rate, seconds, frames, bands, level)
    labels, groups = _said(path, files, label, group)
    return make_dataset(_stacked(files, reader), labels, groups=groups, where=str(path))


def _said(
    path: Path, files: Sequence[Path], label: str | None, group: str | None
) -> tuple[list[str], list[str] | None]:
    """Labels and groups of files."""
    labels = [_label(p, path, label) for p in files]
    return labels, None if group is None else [_found(group, str(p.relative_to(path)), p, "group") for p in files]


def _heard(
    path: Path,
    files: Sequence[Path],
    frontend: str | Mapping[str, Any],
    seconds: float | None,
    others: dict[str, Any],
    label: str | None,
    group: str | None,
) -> Dataset:
    """Sounds as a front end makes features of them; each byte stands for what the front end's int8 stands for."""
    from lapel.data.heard import BYTE_ZERO, Heard

    wrong = [name for name, value in others.items() if value is not None]
    if wrong:
        raise UsageError(f"data {path}: {', '.join(wrong)} is given beside frontend, which says it: leave it out")
    heard, (labels, groups) = Heard(frontend, seconds), _said(path, files, label, group)
    found = make_dataset(_stacked(files, heard), labels, groups=groups, where=str(path))
    return replace(found, factor=heard.front.scale, zero=heard.front.zero + BYTE_ZERO, notes=heard.notes)


def _refuse(path: Path, given: dict[str, Any], kind: str) -> None:
    wrong = [name for name, value in given.items() if value is not None]
    if wrong:
        raise UsageError(f"data {path}: {', '.join(wrong)} is given, and its files are {kind}: leave it out")


def _label(file: Path, top: Path, pattern: str | None) -> str:
    if pattern is not None:
        return _found(pattern, file.name, file, "label")
    if file.parent == top:
        raise InputError(f"{file} is in no folder of a class, expected one a class, or an option label: a pattern")
    return file.relative_to(top).parts[0]


def _found(pattern: str, text: str, file: Path, what: str) -> str:
    """The first group of a pattern."""
    try:
        match = re.search(pattern, text)
    except re.error as e:
        raise UsageError(f"{what} {shown(pattern)!r} is no regular expression: {e}") from None
    if match is None or not match.re.groups or match[1] is None:
        raise InputError(f"{file}: {what} {shown(pattern)!r} finds nothing in {shown(text)!r}: has it a (group)?")
    return match[1]


def _stacked(files: Sequence[Path], reader: Reader) -> np.ndarray:
    samples, wrong = [], []
    for file in files:
        try:
            samples.append(reader(file))
        except (MissingTool, InputError):
            raise
        except Exception as e:  # Pillow's and soundfile's own errors share no base
            wrong.append(f"{file} ({type(e).__name__})")
    if wrong:
        raise InputError(
            f"{len(wrong)} of {len(files)} files cannot be read: {some(wrong, 3, 100)}: remove or mend them"
        )
    first = samples[0].shape
    for file, sample in zip(files, samples, strict=True):
        if sample.shape != first:
            raise InputError(
                f"{file} is {list(sample.shape)}, {files[0]} is {list(first)}: expected one shape: give size (of "
                "images) or seconds (of sounds)"
            )
    return np.stack(samples)


def _image_reader(size: Sequence[int] | None, channels: int) -> Reader:
    try:
        from PIL import Image
    except ImportError as e:
        raise MissingTool(f"Pillow {MISSING.format('images')}") from e
    modes = {1: "L", 3: "RGB"}
    if channels not in modes:
        raise UsageError(f"channels is {channels}, expected 1 or 3")
    if size is not None and (len(size) != 2 or min(size) < 1):
        raise UsageError(f"size is {size}, expected (height, width)")

    def read_image(file: Path) -> np.ndarray:
        with Image.open(file) as image:
            if image.mode not in BYTES:
                raise InputError(f"{file} has pixels of mode {image.mode}, expected 8 bits a channel: convert it")
            made = image.convert(modes[channels])
            if size is not None:
                made = made.resize((size[1], size[0]), Image.Resampling.BILINEAR)
            pixels = np.asarray(made)
        return pixels.reshape(*pixels.shape[:2], channels)

    return read_image


def _sound_reader(
    rate: int | None, seconds: float | None, frames: int | None, bands: int | None, level: bool
) -> Reader:
    try:
        import soundfile
    except ImportError as e:
        raise MissingTool(f"soundfile {MISSING.format('sounds')}") from e
    rates = {} if rate is None else {rate: Path("the recipe")}

    def read_sound(file: Path) -> np.ndarray:
        wave, found = soundfile.read(file, dtype="float32", always_2d=True)
        if found not in rates and rates:
            ((wanted, first),) = rates.items()
            raise InputError(f"{file} has {found} Hz, expected {wanted} as {first}: resample it")
        rates[found] = rates.get(found, file)
        wave = wave.mean(axis=1)
        if seconds is not None:
            count = max(1, round(seconds * found))
            wave = np.pad(wave[:count], (0, max(0, count - len(wave))))
        if frames is None or bands is None:
            return np.asarray(wave[:, None])
        features = logmel(wave, found, frames, bands)[..., None]
        return features - features.mean() if level else features

    return read_sound
