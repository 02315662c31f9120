"""Samples for a model: arrays from users, checked, quantized, and as the bytes that the harness reads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.errors import InputError
from lapel.ir import DTYPES, Graph, Type

Samples = dict[str, np.ndarray]
"""Input name -> array (N, *shape) of the model's dtype."""


def prepare(graph: Graph, given: np.ndarray | Mapping[str, np.ndarray]) -> Samples:
    """Check inputs against the model: one sample, or a batch along a new or the batch axis.

    Values are in the model's own dtype, or float, which is quantized with the input's scale and zero point.
    Raises InputError for missing or unknown names, wrong shapes or dtypes, NaN, and batches of unlike length.
    """
    if isinstance(given, np.ndarray):
        if len(graph.inputs) != 1:
            raise InputError(
                f"{graph.name} has {len(graph.inputs)} inputs, expected an .npz with these names: "
                f"{', '.join(graph.inputs)}"
            )
        given = {graph.inputs[0]: given}
    missing, unknown = set(graph.inputs) - set(given), set(given) - set(graph.inputs)
    if missing or unknown:
        raise InputError(
            f"{graph.name}: inputs are {sorted(given)}, expected {list(graph.inputs)}: give each input by its name"
        )
    samples = {name: _one(name, graph.tensors[name].type, given[name]) for name in graph.inputs}
    lengths = {name: len(x) for name, x in samples.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"{graph.name}: inputs have different numbers of samples: {lengths}")
    return samples


def _one(name: str, t: Type, x: np.ndarray) -> np.ndarray:
    batch = _batched(name, t, x)
    if len(batch) == 0:
        raise InputError(f"input {name!r} has no samples")
    if batch.dtype == DTYPES[t.dtype]:
        return np.ascontiguousarray(batch)
    if batch.dtype.kind == "f":
        return quantize(name, t, batch)
    raise InputError(f"input {name!r} is {batch.dtype}, expected {t.dtype} or float: convert it")


def _batched(name: str, t: Type, x: np.ndarray) -> np.ndarray:
    inner = t.shape[1:] if t.shape and t.shape[0] == 1 else None
    if x.shape == t.shape or x.shape == inner:
        return x.reshape(1, *t.shape)
    if x.shape[1:] == t.shape or (inner is not None and x.ndim >= 1 and x.shape[1:] == inner):
        return x.reshape(len(x), *t.shape)
    batch = f"{list(t.shape)}" if inner is None else f"{list(inner)}, [1, …] or [N, …]"
    raise InputError(f"input {name!r} has shape {list(x.shape)}, expected {batch}")


def quantize(name: str, t: Type, x: np.ndarray) -> np.ndarray:
    """float -> the type's integers: x / scale in float32, rounded halves away from zero, plus zero, clamped."""
    if not np.isfinite(x).all():
        raise InputError(f"input {name!r} has NaN or infinite values: clean the data")
    if t.dtype == "float32":
        return np.ascontiguousarray(x, dtype=np.float32)
    if t.quant is None or t.quant.axis is not None:
        raise InputError(f"input {name!r} is {x.dtype}, expected {t.dtype}: the model gives no scale to quantize with")
    ratio = x.astype(np.float32).astype(np.float64) / t.scale
    whole = np.copysign(np.floor(np.abs(ratio.astype(np.float32)) + 0.5), ratio)
    info = np.iinfo(DTYPES[t.dtype])
    return np.clip(whole + t.zero, info.min, info.max).astype(DTYPES[t.dtype])


def to_bytes(graph: Graph, samples: Samples) -> np.ndarray:
    """uint8 (N, input_bytes): the inputs of each sample one after the other."""
    rows = [samples[n].reshape(len(samples[n]), -1).view(np.uint8) for n in graph.inputs]
    return np.concatenate(rows, axis=1) if rows else np.zeros((1, 0), np.uint8)


def from_bytes(graph: Graph, raw: np.ndarray) -> Samples:
    """Outputs by name from uint8 (N, output_bytes)."""
    found: Samples = {}
    at = 0
    for name in graph.outputs:
        t = graph.tensors[name].type
        part = np.ascontiguousarray(raw[:, at : at + t.bytes])
        found[name] = part.view(DTYPES[t.dtype]).reshape(len(raw), *t.shape)
        at += t.bytes
    return found


def draw(graph: Graph, count: int, seed: int = 0) -> Samples:
    """Random samples over the full range of each input's dtype (floats: the range that its reader quantizes)."""
    rng = np.random.default_rng(seed)
    found: Samples = {}
    for name in graph.inputs:
        t = graph.tensors[name].type
        shape = (count, *t.shape)
        if t.dtype == "float32":
            found[name] = rng.normal(0.0, 1.0, shape).astype(np.float32)
        else:
            info = np.iinfo(DTYPES[t.dtype])
            found[name] = rng.integers(info.min, info.max, shape, DTYPES[t.dtype], endpoint=True)
    return found
