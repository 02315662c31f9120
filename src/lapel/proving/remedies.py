"""What can be done where quantizing loses too much: other ways to do it, tried, and int16 where it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lapel.errors import UnsupportedModel, shown
from lapel.ir import Graph
from lapel.ir.signature import is_float
from lapel.proving import judge
from lapel.proving.fidelity import Fidelity, Measured
from lapel.quantization.calibrated import Calibrated
from lapel.quantization.observers import observers
from lapel.records import LOUD_LOSS, ROUNDING, Remedy, Score, loss_text
from lapel.wish import Quantization

LEAST_DB = 10.0
"""Signal to noise of the results, where nothing else is known of them: a tenth of their energy is wrong."""


def worst(alone: Mapping[str, Measured]) -> list[str]:
    """Nodes by what they alone lose, the worst first."""
    return sorted(alone, key=lambda n: alone[n].rank, reverse=True)


def widen(
    calibrated: Calibrated,
    fidelity: Fidelity,
    wish: Quantization,
    alone: Mapping[str, Measured],
    first: tuple[Graph, Measured],
) -> tuple[Graph, Measured, tuple[str, ...], list[str]]:
    """int16 for as few of the worst layers as meet the accuracy that is wished for, or for all if none do.

    Returns the graph, what it is like, the layers, and warnings. The number of layers is found by bisection.
    """
    order, best = worst(alone), (0, *first)
    target = (wish.accuracy_loss or 0.0) / 100 + ROUNDING

    def tried(count: int) -> tuple[int, Graph, Measured] | None:
        made = quantized(calibrated, wish, order[:count])
        return None if made is None else (count, made, fidelity.measure(made))

    def meets(found: tuple[int, Graph, Measured] | None) -> bool:
        return found is not None and (found[2].loss or 0.0) <= target

    low, high, found = 0, len(order), tried(len(order))
    if found is not None and found[2].rank < best[2].rank:
        best = found
    while meets(found) and high - low > 1:
        middle = (low + high) // 2
        candidate = tried(middle)
        low, high = (low, middle) if meets(candidate) else (middle, high)
        if candidate is not None and meets(candidate):
            best = candidate
    count, made, measured = best
    return made, measured, tuple(order[:count]), [] if meets(best) else [_missed(wish, measured)]


def quantized(calibrated: Calibrated, wish: Quantization, wide: list[str]) -> Graph | None:
    """The integer graph with int16 around these nodes; None if kernels cannot compute that."""
    graph = calibrated.graph
    dtypes: dict[str, str] = {}
    for node in graph.nodes:
        if node.name in wide:
            floats = [n for n in (*node.inputs, *node.outputs) if n and is_float(graph.tensors[n].type)]
            dtypes |= dict.fromkeys(floats, "int16")
    try:
        return calibrated.quantized(wish, dtypes)
    except UnsupportedModel:
        return None


def _missed(wish: Quantization, found: Measured) -> str:
    most = loss_text(found.score or found.agreement, (wish.accuracy_loss or 0.0) / 100)
    return (
        f"{_said(found)} are lost with int16 wherever operators have it, expected at most {most}: the target cannot be "
        "met so, train the network aware of its quantization"
    )


def try_remedies(
    calibrated: Calibrated, fidelity: Fidelity, wish: Quantization, found: Measured
) -> tuple[tuple[Remedy, ...], list[str]]:
    """Other ways to quantize, tried where more than LOUD_LOSS is lost: the better ones, the best first, and a hint."""
    if (found.loss or 0.0) <= LOUD_LOSS + ROUNDING:
        return (), []
    rows = []
    for name, option, other in _others(wish):
        fidelity.progress(f"trying {name}")
        try:
            made = calibrated.quantized(other)
        except UnsupportedModel:
            continue
        measured = fidelity.measure(made)
        if measured.rank < found.rank:
            rows.append((measured, Remedy(name, option, measured.sqnr_db, measured.score, measured.agreement)))
    rows.sort(key=lambda r: r[0].rank)
    if not rows:
        return (), ["no other way to quantize that was tried is better: train the network aware of its quantization"]
    measured, best = rows[0]
    hint = f"{best.name} helps most of what was tried: with {best.option}, {_said(measured)} would be lost"
    return tuple(r for _, r in rows), [hint]


def _said(found: Measured) -> str:
    """What is lost."""
    return loss_text(found.score or found.agreement, found.loss or 0.0)


def _others(wish: Quantization) -> Iterator[tuple[str, str, Quantization]]:
    """(what it is, the options that ask for it, the wish) for each way that differs from the wish."""
    ways: list[tuple[str, str, dict[str, object]]] = [
        (f"the observer {name}", f"--observer {name}", {"observer": name}) for name in observers()
    ]
    ways += [
        ("bias correction", "--correct-bias", {"correct_bias": True}),
        ("a search of the scales of weights", "--search-weights", {"search_weights": True}),
        ("equalization", "--equalize", {"equalize": True}),
        ("equalization with relu6 replaced", "--equalize --replace-relu6", {"equalize": True, "replace_relu6": True}),
        ("int8 weights", "--weights int8", {"weights": "int8"}),
        ("int16 activations", "--activations int16", {"activations": "int16"}),
    ]
    for what, option, changes in ways:
        other = replace(wish, **changes)  # type: ignore[arg-type]
        if other != wish:
            yield what, option, other


def verdict(found: Measured, floats: Score | None, alone: Mapping[str, Measured]) -> list[str]:
    """What is lost, if it is much, and whose fault it is, if it is one layer's; alone: by node, empty if none has
    integers of its own."""
    said = judge.score_lost(found.score, floats) if found.score is not None else []
    if found.score is None and found.agreement is not None:
        said = judge.agreement_lost(found.agreement)
    if found.loss is None and found.sqnr_db < LEAST_DB:
        noise = f"signal to quantization noise of the results is {found.sqnr_db:.1f} dB"
        said = [f"{noise}, expected at least {LEAST_DB:g}, and what that costs is not known"]
    return [f"{what}: {_cause(found, alone)}" if alone else what for what in said]


def _cause(found: Measured, alone: Mapping[str, Measured]) -> str:
    first, *others = worst(alone)
    if found.loss is None:
        return f"{shown(first)!r} alone in integers makes {alone[first].sqnr_db:.1f} dB, the least of all layers"
    most, rest = alone[first].loss or 0.0, max((alone[n].loss or 0.0 for n in others), default=0.0)
    if most <= max((found.loss or 0.0) / 2, 2 * rest, LOUD_LOSS):
        return f"no layer alone is the cause, {shown(first)!r} loses most with {_said(alone[first])}"
    other = f", no other more than {_said(alone[others[0]])}" if others else ""
    return f"layer {shown(first)!r} alone loses {_said(alone[first])}{other}"
