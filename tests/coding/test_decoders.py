"""The decoders in C have the references' weights, however many are asked for at once, and stay within their buffers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from coded_weights import FEW, WEIGHTS
from lapel.coding import Coded, fixed, gaps, huffman, sparse
from lapel.runtime.source import define, include_flags
from lapel.simulate.firmware import SANITIZE
from lapel.simulate.toolchain import find_tool

FIXED, HUFFMAN, HUFFMAN32, SPARSE, GAPS, FIXED32, GAPS32 = range(7)
"""Forms as decode.c numbers them."""
FORMS = {FIXED: fixed, HUFFMAN: huffman, HUFFMAN32: huffman, SPARSE: sparse, GAPS: gaps, FIXED32: fixed, GAPS32: gaps}
PADDING = define("LAPEL_STREAM_PADDING")
ZERO = -3
BLOCKS = (1, 7, 64, 10_000)


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("decoder") / "decode"
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-Werror", "-std=c99"]
    source = Path(__file__).with_name("decode.c")
    subprocess.run([find_tool("gcc"), *warnings, *SANITIZE, *include_flags(), source, "-o", program], check=True)
    return program


def job(form: int, coded: Coded, count: int, block: int) -> bytes:
    """One job for decode.c."""
    t = coded.tables
    setting = next(iter(coded.settings.values()), 0)
    tables = b""
    if form in (FIXED, FIXED32):
        tables = t["values"].tobytes()
    elif form != SPARSE:
        tables = bytes([len(t["counts"])]) + t["counts"].tobytes() + t["values"].tobytes()
    if form in (GAPS, GAPS32):
        tables = len(tables).to_bytes(2, "big") + tables
        tables += bytes([len(t["gap_counts"])]) + t["gap_counts"].tobytes() + t["gaps"].tobytes()
    codes = coded.codes.tobytes() + bytes(PADDING if form in (HUFFMAN32, GAPS32) else 0)
    numbers = np.array([form, count, block, len(codes), len(tables), setting], np.int32)
    return numbers.tobytes() + codes + tables


def decode(decoder: Path, jobs: Sequence[bytes], counts: Sequence[int]) -> list[tuple[np.ndarray, int]]:
    """The weights of each job, and the sum that it printed."""
    run = subprocess.run([decoder], input=b"".join(jobs), capture_output=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr.decode()[:2000]
    found = np.frombuffer(run.stdout, np.int8)
    assert len(found) == sum(count + 4 for count in counts)
    parts = np.split(found, np.cumsum([count + 4 for count in counts])[:-1])
    return [(part[:-4], int(part[-4:].copy().view("<i4")[0])) for part in parts]


def product(form: int, weights: np.ndarray) -> int:
    """The sum of weights times decode.c's x."""
    x = np.arange(len(weights)) % 100 - (ZERO if form in (SPARSE, GAPS, GAPS32) else 0)
    return int((x * weights.astype(np.int64)).sum())


@pytest.mark.parametrize("form", FORMS)
def test_c_has_the_references_weights(form: int, decoder: Path) -> None:
    jobs, wanted = [], []
    for draw in (FEW if form in (FIXED, FIXED32) else WEIGHTS).values():
        weights = draw(np.random.default_rng(5)).reshape(-1)
        coded = FORMS[form].encode(weights)
        for block in BLOCKS:
            jobs.append(job(form, coded, len(weights), block))
            wanted.append(weights)
    for (found, total), want in zip(decode(decoder, jobs, [len(w) for w in wanted]), wanted, strict=True):
        assert (found == want).all() and total == product(form, want)


@pytest.mark.parametrize("form", FORMS)
def test_a_mutated_stream_leads_no_decoder_out_of_its_buffers(form: int, decoder: Path) -> None:
    """Bytes that are others, a stream that is cut, one of ones: weights come out, whatever they are."""
    rng = np.random.default_rng(form)
    jobs, counts, changed = [], [], 0
    for draw in (FEW if form in (FIXED, FIXED32) else WEIGHTS).values():
        weights = draw(rng).reshape(-1)
        coded = FORMS[form].encode(weights)
        for k in range(12):
            codes = coded.codes.copy()
            if k == 0:
                codes[:] = 255
            elif k == 1:
                codes[:] = 0
            elif k < 5:
                codes = codes[: max(1, (len(codes) * k // 8) | 1)]
            else:
                places = rng.integers(0, len(codes), 1 + len(codes) // 50)
                codes[places] = rng.integers(0, 256, len(places))
            changed += not np.array_equal(codes, coded.codes)
            jobs.append(job(form, Coded(codes, coded.tables, coded.settings), len(weights), BLOCKS[k % len(BLOCKS)]))
            counts.append(len(weights))
    assert changed > 0.8 * len(jobs)
    for weights, total in decode(decoder, jobs, counts):
        assert total == product(form, weights), "both ways to read a stream find the same weights in it"
