"""Files with plausible, wrong fields: read with the right bits, or refused in words that do not call them damaged."""

from __future__ import annotations

import os
import pickle
import signal
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from mutants import draw_file, mutate

from floats import computes_floats
from lapel.errors import LapelError
from lapel.frontends.tflite import read_tflite
from lapel.ir import DTYPES, Graph, Type
from lapel.ops import evaluate_sequence
from oracle import run_tflite_micro_sequence

MUTANTS, MANY, COMPARED = 150, 20_000, 2_000
UNLIKE = ("div", "spacetobatch", "bankroot")
"""TFLite Micro shifts by more than 31 bits and divides by 0 in one, pads with what is in its memory in another, and
shifts by any number of bits in the last: what is undefined is nobody's oracle."""
CALLS = 2
"""Of each file that is compared: the second one starts from the state that the first one left."""


def make_mutant(rng: np.random.Generator) -> bytes | None:
    """A changed file; None where the package that packs it refuses the value."""
    data, _ = draw_file(rng)
    try:
        return mutate(rng, data)
    except (TypeError, ValueError):
        return None


def read(data: bytes) -> Graph | None:
    """The graph, None where it is refused; anything but our errors propagates."""
    try:
        return read_tflite(data, "mutant")
    except LapelError as e:
        assert "damaged" not in e.message and len(e.message) < 4000
        return None


def read_many(seeds: range) -> None:
    found: Counter[str] = Counter()
    for seed in seeds:
        data = make_mutant(np.random.default_rng(seed))
        if data is not None:
            found["read" if read(data) is not None else "refused"] += 1
    assert min(found["read"], found["refused"]) > len(seeds) // 10, found


def test_mutants_are_read_or_refused() -> None:
    read_many(range(MUTANTS))


@pytest.mark.long
def test_many_mutants_are_read_or_refused() -> None:
    read_many(range(MUTANTS, MUTANTS + MANY))


def draw(rng: np.random.Generator, t: Type) -> np.ndarray:
    if t.dtype == "float32":
        return rng.standard_normal(t.shape).astype(np.float32)
    if t.dtype == "bool":
        return rng.integers(0, 2, t.shape).astype(np.bool_)
    info = np.iinfo(DTYPES[t.dtype])
    return rng.integers(info.min, info.max, t.shape, DTYPES[t.dtype], endpoint=True)


def run_in_child(data: bytes, inputs: Sequence[np.ndarray]) -> list[list[np.ndarray]] | None:
    """Outputs of TFLite Micro at CALLS calls; None where it refuses the file, or takes its process along."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            result = pickle.dumps(run_tflite_micro_sequence(data, [inputs] * CALLS))
        except (RuntimeError, ValueError):
            result = b""
        with os.fdopen(writer, "wb") as out:
            out.write(result)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as given:
        result = given.read()
    os.waitpid(child, 0)
    return pickle.loads(result) if result else None


@pytest.mark.long
def test_mutants_that_are_read_have_the_bits_of_tflite_micro() -> None:
    compared = 0
    for seed in range(COMPARED):
        rng = np.random.default_rng(seed)
        data = make_mutant(rng)
        graph = None if data is None else read(data)
        if data is None or graph is None or computes_floats(graph):  # those have no bits in common with float32 kernels
            continue
        if any(n.op in UNLIKE for n in graph.nodes):
            continue
        inputs = {n: draw(rng, graph.tensors[n].type) for n in graph.arguments}
        theirs = run_in_child(data, list(inputs.values()))
        if theirs is None:
            continue
        for ours, made in zip(evaluate_sequence(graph, [inputs] * CALLS), theirs, strict=True):
            for o, want in zip(graph.results, made, strict=True):
                assert ours[o].shape == want.shape and np.array_equal(ours[o], want), f"seed {seed}: {graph}"
        compared += 1
    assert compared > COMPARED // 4
