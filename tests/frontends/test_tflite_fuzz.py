"""Random damage: the outcome is a graph or one of our errors, within a bound of time and memory."""

from __future__ import annotations

import struct
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modelfile import dense_file

from lapel import codegen
from lapel.errors import FormatError, LapelError, UnsupportedModel
from lapel.frontends.tflite import read_tflite
from lapel.planning import make_plan
from lapel.targets import load_target

TINY = ("ad", "ic", "kws", "sww", "vww")
MODELS = (*(f"mlperf-tiny/{m}_int8" for m in TINY), "public/vad", "public/audio_preprocessor_int8")
WORDS = (0, 1, 4, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF)
SECONDS = 5.0
FLOOR_BYTES = 8 << 20
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(data: bytes) -> None:
    """Read; any exception but ours propagates and fails the test."""
    start = time.process_time()
    with suppress(FormatError, UnsupportedModel):
        read_tflite(data)
    assert time.process_time() - start < SECONDS


@pytest.fixture(scope="session")
def models(shared: Path) -> list[bytes]:
    return [(shared / f"models/{m}.tflite").read_bytes() for m in MODELS]


@st.composite
def damage(draw: st.DrawFn, count: int) -> tuple[int, list[tuple[str, float, int]]]:
    """(model, edits): an edit is its kind, a place as a fraction of the file, a value."""
    edit = st.tuples(
        st.sampled_from(["flip", "byte", "word", "splice"]),
        st.one_of(st.floats(0, 1), st.floats(0, 0.05), st.floats(0.95, 1)),
        st.integers(0, 2**32 - 1) | st.sampled_from(WORDS),
    )
    return draw(st.integers(0, count - 1)), draw(st.lists(edit, min_size=1, max_size=12))


def apply(data: bytes, edits: list[tuple[str, float, int]]) -> bytes:
    out, size = bytearray(data), len(data)
    for kind, where, value in edits:
        pos = min(int(where * size), size - 1)
        if kind == "flip":
            out[pos] ^= 1 << value % 8
        elif kind == "byte":
            out[pos] = value & 0xFF
        elif kind == "word":
            pos = min(pos & ~3, size - 4)
            out[pos : pos + 4] = struct.pack("<I", value)
        else:
            length = 4 + value % 64
            source = value % (size - length)
            pos = min(pos, size - length)
            out[pos : pos + length] = out[source : source + length]
    return bytes(out)


@FUZZ
@given(st.binary(max_size=2000))
def test_random_bytes(data: bytes) -> None:
    outcome(data)
    outcome(b"\x1c\0\0\0TFL3" + data)


@FUZZ
@given(damage(1))
def test_damaged_small_model(change: tuple[int, list[tuple[str, float, int]]]) -> None:
    outcome(apply(dense_file(), change[1]))


@FUZZ
@given(change=damage(len(MODELS)))
def test_damaged_models(models: list[bytes], change: tuple[int, list[tuple[str, float, int]]]) -> None:
    outcome(apply(models[change[0]], change[1]))


@FUZZ
@given(which=st.integers(0, len(MODELS) - 1), keep=st.floats(0, 1))
def test_truncated_models(models: list[bytes], which: int, keep: float) -> None:
    outcome(models[which][: int(keep * len(models[which]))])


@settings(FUZZ, max_examples=40)
@given(change=damage(len(MODELS)))
def test_memory_of_damaged_models(models: list[bytes], change: tuple[int, list[tuple[str, float, int]]]) -> None:
    data = apply(models[change[0]], change[1])
    tracemalloc.start()
    try:
        outcome(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < FLOOR_BYTES + 4 * len(data)


def whole_way(data: bytes) -> None:
    """Read, plan and generate; any exception but ours propagates."""
    with suppress(LapelError):
        graph = read_tflite(data)
        codegen.generate(make_plan(graph, load_target("cortex-m4")))


@settings(FUZZ, max_examples=60)
@given(change=damage(len(MODELS)))
def test_what_a_damaged_model_becomes(models: list[bytes], change: tuple[int, list[tuple[str, float, int]]]) -> None:
    whole_way(apply(models[change[0]], change[1]))


@pytest.mark.long
@settings(FUZZ, max_examples=4000)
@given(change=damage(len(MODELS)))
def test_many_damaged_models(models: list[bytes], change: tuple[int, list[tuple[str, float, int]]]) -> None:
    whole_way(apply(models[change[0]], change[1]))


@pytest.mark.long
@settings(FUZZ, max_examples=10000)
@given(damage(1))
def test_many_damaged_small_models(change: tuple[int, list[tuple[str, float, int]]]) -> None:
    whole_way(apply(dense_file(), change[1]))
