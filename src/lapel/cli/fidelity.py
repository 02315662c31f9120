"""A quantized model as tables: its layers beside those of the float model, and what else was tried."""

from __future__ import annotations

import math

from lapel.cli.grid import Column
from lapel.cli.screen import number, percent, print_table, say
from lapel.records import Quantized, QuantizedLayer, Remedy, Score


def print_quantized(found: Quantized) -> None:
    """Layer by layer, then the whole, and the remedies."""
    say(f"{found.model}: {_samples_used(found)}")
    for note in found.notes:
        say(f"before: {note}")
    kind = _kind(next((layer.alone for layer in found.layers if layer.alone), None))
    columns = [
        Column("layer", "name"),
        Column("op", "name", 4),
        Column("type", "name", 3),
        Column("range", spare=2),
        Column("saturated", spare=1),
        Column("SQNR dB"),
        Column("alone dB"),
        Column(f"alone {kind}"),
    ]
    print_table("", columns, [_row(layer) for layer in found.layers])
    say(f"constants: {number(found.float_bytes)} bytes, now {number(found.integer_bytes)}")
    say(f"signal to quantization noise of the results: {_db(found.sqnr_db)} dB")
    if found.score is not None:
        of = f"{_kind(found.score)} of {_all(found)}"
        say(f"{of}: {_share(found.float_score)} float, {_share(found.score)} quantized")
    elif found.agreement is not None:
        same = "R²" if found.agreement.accuracy is None else "same class"
        say(f"{same} as the float model, of {_all(found)}: {_share(found.agreement)}")
    if found.wide:
        say(f"int16 activations around {', '.join(found.wide)}")
    _print_remedies(found.remedies)


def _samples_used(found: Quantized) -> str:
    """Which samples decided the integers, and which ones say what these cost."""
    if not found.held_back:
        return f"calibrated by {_all(found)}, layers and noise measured on the same: none is held back"
    used = f"{found.samples - found.held_back:,} samples"
    return f"calibrated by {used}, layers and noise measured on the {found.held_back:,} held back"


def _all(found: Quantized) -> str:
    return "the one sample" if found.samples == 1 else f"all {found.samples:,} samples"


def _row(layer: QuantizedLayer) -> list[str]:
    return [
        layer.name,
        layer.op,
        layer.dtype,
        f"{layer.lo:.4g} to {layer.hi:.4g}",
        percent(layer.saturated),
        _db(layer.sqnr_db),
        "-" if layer.alone_sqnr_db is None else _db(layer.alone_sqnr_db),
        _share(layer.alone),
    ]


def _print_remedies(remedies: tuple[Remedy, ...]) -> None:
    if not remedies:
        return
    scores = [r.score or r.agreement for r in remedies]
    columns = [Column("tried", "name"), Column("options", "name"), Column("SQNR dB"), Column(_kind(scores[0]))]
    rows = [[r.name, r.option, _db(r.sqnr_db), _share(s)] for r, s in zip(remedies, scores, strict=True)]
    print_table("", columns, rows)


def _db(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "exact" if value > 0 else "-"


def _kind(score: Score | None) -> str:
    return "R²" if score is not None and score.accuracy is None else "accuracy"


def _share(score: Score | None) -> str:
    if score is None:
        return "-"
    return percent(score.accuracy) if score.accuracy is not None else number(score.r2, 4)
