"""Samples for a model: arrays from users, checked, quantized, and as the bytes that the harness reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from lapel.errors import InputError, UsageError
from lapel.ir import DTYPES, Graph, Type

Samples = dict[str, np.ndarray]
"""Input name -> array (N, *shape) of the model's dtype."""

MOST_BYTES = 1 << 26
"""Of all samples in a run: their inputs and outputs, in the model's dtypes, which are kept until its end."""
BLOCK = 1 << 18
"""Elements that are quantized together."""


def prepare(graph: Graph, given: np.ndarray | Mapping[str, np.ndarray]) -> Samples:
    """Check inputs against the model: one sample, or a batch along a new or the batch axis.

    Values are in the model's own dtype, or float, which is quantized with the input's scale and zero point.
    Raises InputError for missing or unknown names, wrong shapes or dtypes, NaN, batches of unlike length, and more
    samples than MOST_BYTES.
    """
    if isinstance(given, np.ndarray):
        if len(graph.arguments) != 1:
            raise InputError(
                f"{graph.name} has {len(graph.arguments)} inputs, expected an .npz with these names: "
                f"{', '.join(graph.arguments)}"
            )
        given = {graph.arguments[0]: given}
    if set(graph.arguments) != set(given):
        raise InputError(
            f"{graph.name}: inputs are {sorted(given)}, expected {list(graph.arguments)}: give each input by its name"
        )
    shaped = {name: batched(name, graph.tensors[name].type, given[name]) for name in graph.arguments}
    check_count(graph, max((len(x) for x in shaped.values()), default=0), (*graph.arguments, *graph.results))
    gaps = graph.origin.missing
    samples = {name: _one(name, graph.tensors[name].type, x, gaps) for name, x in shaped.items()}
    lengths = {name: len(x) for name, x in samples.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"{graph.name}: inputs have different numbers of samples: {lengths}")
    return samples


def check_count(graph: Graph, count: int, kept: Iterable[str]) -> None:
    """Raise InputError if the `kept` tensors of so many samples are more than MOST_BYTES."""
    each = sum(graph.tensors[name].type.bytes for name in kept)
    if count > 1 and count * each > MOST_BYTES:
        raise InputError(
            f"{graph.name}: {count:,} samples of {each:,} bytes come to {count * each:,}, expected at most "
            f"{MOST_BYTES:,}: give at most {max(1, MOST_BYTES // each):,} samples at once"
        )


def check_sequences(graph: Graph, count: int, reset_every: int | None) -> None:
    """Raise UsageError if samples cannot be parted into sequences of that length."""
    if reset_every is None:
        return
    if not graph.carries:
        raise UsageError(f"{graph.name} has no state, so that there is nothing to reset: leave reset_every out")
    if reset_every < 1 or count % reset_every:
        expected = f"a divisor of the {count:,} samples"
        raise UsageError(f"{graph.name}: sequences of {reset_every} samples, expected {expected}: give whole sequences")


def each(samples: Samples) -> Iterator[dict[str, np.ndarray]]:
    """One sample after the other; a model without inputs has one."""
    for k in range(len(next(iter(samples.values()))) if samples else 1):
        yield {name: x[k] for name, x in samples.items()}


def _one(name: str, t: Type, batch: np.ndarray, missing: bool) -> np.ndarray:
    if len(batch) == 0:
        raise InputError(f"input {name!r} has no samples")
    if batch.dtype == DTYPES[t.dtype]:
        return np.ascontiguousarray(batch)
    if batch.dtype.kind == "f":
        return quantize(name, t, batch, missing)
    raise InputError(f"input {name!r} is {batch.dtype}, expected {t.dtype} or float: convert it")


def fits(t: Type, x: np.ndarray) -> bool:
    """Whether an array is one sample of this type or a batch of them; a batch axis of one may be left out."""
    inner = t.shape[1:] if t.shape and t.shape[0] == 1 else None
    return x.shape in (t.shape, inner) or x.shape[1:] == t.shape or (x.ndim >= 1 and x.shape[1:] == inner)


def batched(name: str, t: Type, x: np.ndarray, also: str = "") -> np.ndarray:
    """(N, *shape); raises InputError if that is not what the array is. also: what else would have been right."""
    inner = t.shape[1:] if t.shape and t.shape[0] == 1 else None
    if x.shape in (t.shape, inner):
        return x.reshape(1, *t.shape)
    if fits(t, x):
        return x.reshape(len(x), *t.shape)
    batch = f"{list(t.shape)}" if inner is None else f"{list(inner)}, [1, …] or [N, …]"
    raise InputError(f"input {name!r} has shape {list(x.shape)}, expected {batch}{also or _way(t, x)}")


def _way(t: Type, x: np.ndarray) -> str:
    """What may be meant by samples of a wrong shape: channels before the pixels, or single ones for a model of many."""
    if t.shape and t.shape[0] > 1 and x.shape[1:] == t.shape[1:]:
        count = t.shape[0]
        return f": the model computes {count} samples at once, export it with one, or give [N, {count}, …]"
    inner = len(t.shape) - 1
    for rank in (inner, inner + 1):
        if x.ndim == rank and inner > 2:
            moved = (*range(rank - inner), *range(rank - inner + 1, rank), rank - inner)
            if fits(t, x.transpose(moved)):
                return f": channels come last in this file, give x.transpose{moved}"
    return ""


def quantize(name: str, t: Type, x: np.ndarray, missing: bool = False) -> np.ndarray:
    """float (N, *shape) -> the type's integers: x / scale in float32, rounded, plus zero, clamped (docs/SPEC.md §3).

    missing: whether float32 may have NaN. Raises InputError.
    """
    if t.dtype != "float32" and (t.quant is None or t.quant.axis is not None):
        raise InputError(f"input {name!r} is {x.dtype}, expected {t.dtype}: the model gives no scale to quantize with")
    found: np.ndarray = np.empty(x.shape, DTYPES[t.dtype])
    rows = max(1, BLOCK // t.size)
    for k in range(0, len(x), rows):
        part = x[k : k + rows]
        if not (np.isfinite(part) | (missing and t.dtype == "float32") & np.isnan(part)).all():
            raise InputError(_not_finite(name, x))
        found[k : k + rows] = _quantized(t, part)
    return found


def _not_finite(name: str, x: np.ndarray) -> str:
    bad = np.argwhere(~np.isfinite(x))
    sample, *at = (int(i) for i in bad[0])
    count = f"{len(bad):,} of {x.size:,}" if len(bad) > 1 else "one"
    where = f"the first in sample {sample} at {at}, {x[tuple(bad[0])]}"
    return f"input {name!r} has NaN or infinite values, {count}, {where}: clean the data"


def _quantized(t: Type, x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", under="ignore"):  # beyond float32 is beyond the integers, too
        x = x.astype(np.float32)
        if t.dtype == "float32":
            return x
        ratio = x.astype(np.float64) / t.scale
        whole = np.copysign(np.floor(np.abs(ratio.astype(np.float32)) + 0.5), ratio)
    info = np.iinfo(DTYPES[t.dtype])
    return np.clip(whole + t.zero, info.min, info.max)


def to_bytes(graph: Graph, samples: Samples) -> np.ndarray:
    """uint8 (N, input_bytes): the inputs of each sample one after the other."""
    rows = [samples[n].reshape(len(samples[n]), -1).view(np.uint8) for n in graph.arguments]
    return np.concatenate(rows, axis=1) if rows else np.zeros((1, 0), np.uint8)


def from_bytes(graph: Graph, raw: np.ndarray) -> Samples:
    """Outputs by name from uint8 (N, output_bytes)."""
    found: Samples = {}
    at = 0
    for name in graph.results:
        t = graph.tensors[name].type
        part = np.ascontiguousarray(raw[:, at : at + t.bytes])
        found[name] = part.view(DTYPES[t.dtype]).reshape(len(raw), *t.shape)
        at += t.bytes
    return found


def draw(graph: Graph, count: int, seed: int = 0) -> Samples:
    """Random samples over the full range of each input's dtype (floats: the range that its reader quantizes)."""
    rng = np.random.default_rng(seed)
    found: Samples = {}
    for name in graph.arguments:
        t = graph.tensors[name].type
        shape = (count, *t.shape)
        if t.dtype == "float32":
            found[name] = rng.normal(0.0, 1.0, shape).astype(np.float32)
        else:
            info = np.iinfo(DTYPES[t.dtype])
            found[name] = rng.integers(info.min, info.max, shape, DTYPES[t.dtype], endpoint=True)
    return found
