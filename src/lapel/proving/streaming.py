"""`streaming`: a network over windows of time -> one that takes new frames alone, proven to say the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel import frontends
from lapel.errors import Mismatch
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.ops import evaluate, evaluate_sequence, registry
from lapel.planning.labels import labels
from lapel.proving.models import load
from lapel.proving.run import Progress, run
from lapel.proving.samples import Samples, draw, each
from lapel.records import Run, StepFigures, StreamedLayer, Streaming
from lapel.rewrites.streaming import Streamed, stream
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish

WINDOWS = 6
"""Steps behind the warm-up whose results and tensors are compared with the network over windows."""


def streaming(
    model: Model,
    frames: int | None = None,
    *,
    axis: int = 1,
    target: str | Target | None = None,
    calibration: Any = None,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Streaming:
    """Make a stream of a network over a window of time: ring buffers keep what layers see again, nothing is recomputed.

    model, calibration: see `lapel.load`. frames: new ones that a call takes; by default as few as the strides in time
    allow. axis: of the input, which is time. target: where one call of both networks is run and measured, with `wish`
    and at most timeout_s host seconds each. progress: called with each stage's name.

    The result has the network, which is built, run and written as any other, and says its warm-up. Every tensor of it
    is compared with the network over windows, on random frames.

    Raises UsageError for a network that has state, several inputs or no such axis, and for frames that do not fit its
    strides; UnsupportedModel, with all layers, where it could not be the same; Mismatch should it ever not be.
    """
    batch = frontends.load(model, calibration)
    chosen = load_target(target) if isinstance(target, str) else target
    progress("looking for time")
    made = stream(batch, frames, axis)
    progress("comparing with the network over windows")
    exact = load(batch)
    samples = draw(made.graph, _steps(made))
    windows, values = compare(stream(exact, frames, axis), exact, samples)
    step = window = None
    if chosen is not None:
        found = run(made.graph, chosen, samples, wish=wish, timeout_s=timeout_s, progress=progress)
        whole = run(batch, chosen, wish=wish, timeout_s=timeout_s, progress=progress)
        step, window = _figures(found), _figures(whole)
    return Streaming(
        model=batch.name,
        axis=axis,
        step_frames=made.frames,
        window_frames=made.window,
        stride_frames=made.analysis.stride,
        exact="from a reset" if made.analysis.causal else "every window",
        warmup_steps=_warmup(made),
        lag_frames=made.window - made.analysis.back if made.analysis.back else 0,
        input_ring_bytes=_ring_bytes(made, made.batch.arguments[0]),
        layers=_layers(made),
        window_reads=made.analysis.whole,
        proven_windows=windows,
        proven_values=values,
        graph=made.graph,
        target=None if chosen is None else chosen.name,
        step=step,
        window=window,
        warnings=_warnings(made),
    )


def compare(made: Streamed, batch: Graph, samples: Samples) -> tuple[int, int]:
    """(windows, values) in which a stream over samples is the network over windows; raises Mismatch where it is not.

    samples: of consecutive steps, the first one after a reset. Compared is each element of each tensor that lies in a
    window, with the one that was computed for it; and of each window that ends with a step what is made of it whole.
    """
    (x,) = samples.values()
    steps = list(evaluate_sequence(made.graph, each(samples)))
    sequence = np.concatenate(list(x), axis=made.axis)
    stretches = {
        name: np.concatenate([values[name] for values in steps], axis=pace.axis)
        for name, pace in made.analysis.paces.items()
    }
    compared = 0
    starts = _starts(made, len(steps))
    for start in starts:
        want = evaluate(batch, {batch.arguments[0]: _window(sequence, made, start)})
        for name, pace in made.analysis.paces.items():
            first = start // pace.stride + pace.lag
            end = min(first + pace.size, _length(stretches[name], pace.axis))
            there = stretches[name].take(range(first, end), pace.axis)
            compared += _same(name, there, want[name].take(range(_length(there, pace.axis)), pace.axis))
        step, rest = divmod(start + made.analysis.back, made.frames)
        if made.analysis.back and rest == 0 and step <= len(steps):
            outputs = {y for node in made.batch.nodes if node.name in made.analysis.whole for y in node.outputs}
            compared += sum(_same(y, steps[step - 1][y], want[y]) for y in sorted(outputs))
    return len(starts), compared


def _length(x: np.ndarray, axis: int) -> int:
    return int(x.shape[axis])


def _same(name: str, found: np.ndarray, want: np.ndarray) -> int:
    """The number of values, which are the same."""
    if not np.array_equal(found, want):
        raise Mismatch(f"{name} of the stream differs from that of the network over windows: report this defect")
    return found.size


def _starts(made: Streamed, steps: int) -> range:
    """First frames of windows: those of the last steps or, without a window that is read, those that are there."""
    if made.analysis.causal:
        return range(0, 1)
    if made.analysis.back:
        last = steps * made.frames - made.analysis.back
        return range(last % made.frames, last + 1, made.frames)[-WINDOWS:]
    last = steps * made.frames - made.window
    return range(0, last + 1, made.analysis.stride)[-WINDOWS:]


def _window(sequence: np.ndarray, made: Streamed, start: int) -> np.ndarray:
    """Frames from `start` on; those behind the last one of the stream, which nothing reads, are that one again."""
    index = np.minimum(np.arange(start, start + made.window), _length(sequence, made.axis) - 1)
    return sequence.take(index, made.axis)


def _steps(made: Streamed) -> int:
    """Steps that a stream is compared over: until all of a window is there, and some more."""
    return max(_warmup(made), -(-made.window // made.frames)) + WINDOWS


def _warmup(made: Streamed) -> int:
    return max(made.warmup(y) for y in made.batch.results)


def _figures(found: Run) -> StepFigures:
    if not found.bit_exact:
        raise Mismatch(f"{found.model} on {found.target} differs from the reference: lapel diff says where")
    return StepFigures(found.instructions, found.cycles, found.modelled_cycles, found.memory)


def _ring_bytes(made: Streamed, name: str) -> int:
    """Of the state that keeps the end of a tensor."""
    kept = made.rings.get(name)
    return 0 if kept is None else made.graph.tensors[kept].type.bytes


def _layers(made: Streamed) -> tuple[StreamedLayer, ...]:
    names, nodes = labels(made.batch), {n.name: n for n in made.graph.nodes}
    found = []
    for node in made.batch.nodes:
        op, y, pace = registry()[node.op], node.outputs[0], made.analysis.paces.get(node.outputs[0])
        macs = [op.macs(g.instance(n)) for g, n in ((made.graph, nodes[node.name]), (made.batch, node))]
        ring = sum(_ring_bytes(made, o) for o in node.outputs)
        if any(macs) or ring:
            sizes = (1, 1) if pace is None else (made.frames // pace.stride, pace.size)
            found.append(StreamedLayer(y, node.op, macs[0], macs[1], *sizes, ring, names[y]))
    return tuple(found)


def _warnings(made: Streamed) -> tuple[str, ...]:
    if not made.analysis.causal:
        return ()
    count = len(made.analysis.causal)
    layers = f"{count} layers are" if count > 1 else f"{made.analysis.causal[0]} is"
    said = f"{layers} padded before the first frame: results are those of the network from a reset on, not those of a "
    return (f"{said}window that begins later: reset the state where a sequence begins",)
