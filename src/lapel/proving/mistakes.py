"""What looks like a mistake in how samples were prepared: each check is a function, each finding a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lapel.ir import DTYPES, Type

LOUD_SATURATION = 0.01
"""Share of values beyond the input's range. Samples like those that calibrated it stay within; some outliers do not."""

FEW_LEVELS = 16
"""Of 256 integers: samples that use no more of them although they hold more different values were scaled wrongly."""

LEAST_VALUES = 64
LEAST_SIDE = 8
CALMER = 0.6
MOST_EXTREME = 0.05
"""Bytes cast to int8 jump from 127 to -128 within a smooth image; undone, the image is calmer by this factor. So is a
right image of black and white alone, but for its share of values within two of the extremes."""


def of_input(name: str, t: Type, x: np.ndarray, q: np.ndarray, saturated: float | None) -> list[str]:
    """All findings on the samples of one input: `x` as given, `q` the integers [N, *shape] that were made of them."""
    found = [_saturation(t, saturated), _few_levels(t, x, q), _cast_image(t, x, q), _cast_values(t, x, q)]
    return [f"input {name!r}: {text}" for text in found if text]


def _range(t: Type) -> str:
    info = np.iinfo(DTYPES[t.dtype])
    return f"{(info.min - t.zero) * t.scale:.4g}..{(info.max - t.zero) * t.scale:.4g}"


def _quantized(t: Type) -> bool:
    return t.dtype in ("int8", "uint8") and t.quant is not None and t.quant.axis is None


def _saturation(t: Type, saturated: float | None) -> str:
    if saturated is None or saturated <= LOUD_SATURATION:
        return ""
    known = f" of {_range(t)}" if _quantized(t) else ""
    return (
        f"{100 * saturated:.1f} % of the values are beyond its range{known} and were clamped, expected at most "
        f"{100 * LOUD_SATURATION:.0f} %: scale them as in training, or calibrate with samples like these"
    )


def _few_levels(t: Type, x: np.ndarray, q: np.ndarray) -> str:
    if x.dtype.kind != "f" or not _quantized(t) or q.size < LEAST_VALUES:
        return ""
    span = int(q.max()) - int(q.min()) + 1
    if span > FEW_LEVELS or len(np.unique(x)) <= span:
        return ""
    return (
        f"values of {x.min():.4g}..{x.max():.4g} become only {span} of 256 integers, the range is {_range(t)}: "
        "scale them as in training"
    )


def _cast_image(t: Type, x: np.ndarray, q: np.ndarray) -> str:
    if x.dtype != np.int8 or len(t.shape) < 3 or min(t.shape[-3:-1]) < LEAST_SIDE:
        return ""
    given, undone = (float(np.abs(np.diff(v.astype(np.int16), axis=-2)).mean()) for v in (q, _undone(q)))
    extreme = np.mean((q < -126) | (q > 125))
    if undone >= CALMER * given or extreme > MOST_EXTREME:
        return ""
    return (
        "neighbouring pixels jump between -128 and 127, as bytes 0..255 do that were cast by x.astype('int8'): "
        "give the bytes as (x ^ 128).view('int8')"
    )


def _cast_values(t: Type, x: np.ndarray, q: np.ndarray) -> str:
    if x.dtype != np.int8 or not _quantized(t) or t.zero != -128 or q.size < LEAST_VALUES or q.min() < 0:
        return ""
    return (
        f"no value is below 0, which is half of the range {_range(t)}: if these are numbers that were cast by "
        "x.astype('int8'), give them as floats"
    )


def _undone(q: np.ndarray) -> np.ndarray:
    """What bytes cast to int8 should have been: byte - 128."""
    return (q.view(np.uint8) ^ np.uint8(128)).view(np.int8)


def alternatives(t: Type, x: np.ndarray, q: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """(code, values [N, *shape]) of other preparations of the samples, which users forget or do twice."""
    if x.dtype == np.int8 and t.dtype == "int8":
        yield "(x.view('uint8') ^ 128).view('int8')", _undone(q)
        yield "x.astype('float32')", q.astype(np.float32)
    if x.dtype.kind == "f":
        whole = x.reshape(q.shape).astype(np.float64)
        yield "x / 255", whole / 255
        yield "x * 255", whole * 255
        yield "x / 127.5 - 1", whole / 127.5 - 1
        yield "x * 2 - 1", whole * 2 - 1
        yield "(x + 1) * 127.5", (whole + 1) * 127.5
