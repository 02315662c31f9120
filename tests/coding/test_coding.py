"""Codes of weights: what they decode to, how small they are, and what a broken stream is told as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from coded_weights import FEW, SOME, WEIGHTS
from lapel.coding import Coded, bits, entropy_bits, fixed, gaps, huffman, linear, sparse
from lapel.coding.books import LONGEST, Book, code_lengths, make_book
from lapel.errors import FormatError, UsageError

EVERY = [(form, name) for form in (huffman, sparse, gaps) for name in WEIGHTS]
EVERY += [(fixed, name) for name in WEIGHTS if name in FEW] + [(linear, name) for name in ("int4", "ternary", "one")]


@pytest.mark.parametrize(("form", "name"), EVERY, ids=lambda p: getattr(p, "__name__", p))
def test_what_is_decoded_was_encoded(form: ModuleType, name: str) -> None:
    for seed in range(3):
        weights = WEIGHTS[name](np.random.default_rng(seed))
        coded = form.encode(weights)
        decoded = form.decode(coded, weights.size)
        assert decoded.dtype == np.int8 and (decoded == weights.reshape(-1)).all()
        assert coded.codes.dtype == np.uint8
        assert coded.bytes == sum(t.nbytes for t in (coded.codes, *coded.tables.values()))
        again = form.encode(weights)
        assert (again.codes == coded.codes).all() and again.settings == coded.settings


@pytest.mark.parametrize("name", SOME)
def test_a_huffman_stream_is_near_the_entropy_of_its_symbols(name: str) -> None:
    weights = np.concatenate([WEIGHTS[name](np.random.default_rng(seed)).reshape(-1) for seed in range(20)])
    assert len(huffman.encode(weights).codes) * 8 <= 1.03 * entropy_bits(weights)


@pytest.mark.parametrize("density", [0.02, 0.05, 0.1, 0.3])
def test_gaps_and_values_are_near_the_entropy_of_both(density: float) -> None:
    rng = np.random.default_rng(7)
    weights = np.clip(np.round(rng.normal(0, 30, 60_000)), -127, 127).astype(np.int8)
    weights[rng.random(weights.size) >= density] = 0
    found, values, _ = sparse.gaps_of(weights)
    bound = entropy_bits(found) + entropy_bits(values)
    assert len(gaps.encode(weights).codes) * 8 <= 1.03 * bound
    assert gaps.encode(weights).bytes < sparse.encode(weights).bytes


def test_lengths_are_those_of_an_optimal_code_within_the_limit() -> None:
    """Against a search of all complete codes, for few symbols and every limit; unlike counts make long codes."""
    counts = np.array([1, 1, 2, 3, 5, 8])
    unlimited = code_lengths(counts, LONGEST)
    assert (unlimited * counts).sum() == sum([2, 4, 7, 12, 20])  # the nodes of Huffman's tree
    for longest in (3, 4, 5):
        lengths = code_lengths(counts, longest)
        best = min(
            sum(n * length for n, length in zip(sorted(counts, reverse=True), lens, strict=True))
            for lens in _complete(len(counts), longest)
        )
        assert lengths.max() <= longest and (lengths * counts).sum() == best


def _complete(symbols: int, longest: int) -> list[tuple[int, ...]]:
    """Ascending lengths of all complete codes."""
    found: list[tuple[int, ...]] = []

    def extend(lengths: tuple[int, ...], room: int) -> None:
        if len(lengths) == symbols:
            found.extend([lengths] if room == 0 else [])
            return
        for length in range(lengths[-1] if lengths else 1, longest + 1):
            if 1 << (longest - length) <= room:
                extend((*lengths, length), room - (1 << (longest - length)))

    extend((), 1 << longest)
    return found


def test_very_unlike_counts_have_codes_within_the_limit() -> None:
    lengths = code_lengths(2 ** np.arange(40, dtype=np.int64), LONGEST)
    assert lengths.max() == LONGEST and (2.0**-lengths).sum() == 1


def test_256_equal_symbols_have_no_256_codes_of_one_length() -> None:
    book = make_book(np.arange(-128, 128)).check()
    assert book.counts.tolist() == [0, 0, 0, 0, 0, 0, 1, 253, 2]


def test_bits_lie_from_the_lowest_on() -> None:
    packed = bits.pack(np.array([1, 2, 0, 5]), np.array([1, 2, 1, 4]))
    assert packed.tolist() == [0b0101_0_10_1]
    assert bits.pack(np.array([3, 1]), 4).tolist() == [0x13]
    assert bits.unpack(np.array([0x13], np.uint8), 4, 2).tolist() == [3, 1]


def test_a_code_book_is_shorter_codes_first() -> None:
    coded = huffman.encode(np.array([7, 7, 7, 7, -1, -1, 3, -128], np.int8))
    assert coded.tables["counts"].tolist() == [1, 1, 2]
    assert coded.tables["values"].tolist() == [7, -1, -128, 3]
    # 0 0 0 0, 10 10, 111, 110: the first bit of each code comes first
    assert coded.codes.tolist() == [0b0101_0000, 0b011_111]


def test_the_escape_is_chosen_for_the_weights() -> None:
    """Few weights far apart want an escape for long gaps; with many near ones its symbol is a short one."""
    weights = np.zeros(6000, np.int8)
    weights[::100] = 5
    assert gaps.encode(weights).bytes < 30
    assert sparse.encode(weights).bytes == 1 + 2 * 60
    weights = np.zeros(1025, np.int8)
    weights[1024] = 9
    assert sparse.encode(weights).codes.tolist() == [255, 0] * 4 + [0, 9, 0]


def cut(coded: Coded) -> Coded:
    return replace(coded, codes=coded.codes[:-1])


def grown(coded: Coded) -> Coded:
    return replace(coded, codes=np.append(coded.codes, np.uint8(1)))


def doubled(coded: Coded) -> Coded:
    return replace(coded, codes=np.append(coded.codes, coded.codes))


BROKEN: list[tuple[ModuleType, Callable[[Coded], Coded], str]] = [
    (fixed, cut, r"end after \d+ bits, \d+ are needed: encode them again"),
    (fixed, grown, r"8 more follow, expected zeros to the end of a byte"),
    (linear, cut, r"end after \d+ bits, \d+ are needed: encode them again"),
    (huffman, cut, r"end after \d+ bits, \d+ are needed"),
    (huffman, grown, r"more follow, expected zeros"),
    (sparse, cut, r"sparse weights are \d+ bytes, expected a gap, and pairs of a weight and a gap"),
    (sparse, lambda c: cut(cut(c)), r"sparse weights are \d+ and \d+ zeros, expected 500 weights: encode them again"),
    (sparse, doubled, r"sparse weights are \d+ bytes"),
    (gaps, cut, r"coded weights end (at place \d+ of 500|after)"),
    (gaps, grown, r"more follow, expected zeros"),
]


@pytest.mark.parametrize(("form", "change", "message"), BROKEN)
def test_a_stream_of_another_length_is_told(form: ModuleType, change: Callable[[Coded], Coded], message: str) -> None:
    weights = FEW["int4"](np.random.default_rng(3)).reshape(-1)[:500]
    with pytest.raises(FormatError, match=message):
        form.decode(change(form.encode(weights)), 500)


def test_gaps_beyond_the_weights_are_told() -> None:
    weights = np.zeros(20, np.int8)
    weights[18] = 4
    with pytest.raises(FormatError, match="coded weights reach to place 18, expected 10 weights"):
        gaps.decode(gaps.encode(weights), 10)
    with pytest.raises(FormatError, match="sparse weights are 19 and 1 zeros, expected 10 weights"):
        sparse.decode(sparse.encode(weights), 10)


@pytest.mark.parametrize(("counts", "symbols"), [([1, 1], 2), ([3], 3), ([2], 3), ([0] * 15 + [2], 2), ([1, 1, 3], 5)])
def test_a_code_book_that_is_no_complete_code_is_told(counts: list[int], symbols: int) -> None:
    book = Book(np.array(counts, np.uint8), np.zeros(symbols, np.int8))
    with pytest.raises(
        FormatError, match=r"a code book of \d+ symbols has \[.*\] codes of .* expected one complete code"
    ):
        book.check()


def test_int4_finds_the_least_weight_and_the_step() -> None:
    coded = linear.encode(np.array([-20, -5, 10, 25, -20], np.int8))
    assert (dict(coded.settings), coded.codes.tolist()) == ({"first": -20, "step": 15}, [0x10, 0x32, 0x00])
    assert linear.bound_bytes(np.array([-7, 0, 7, 8], np.int8)) == 2
    with pytest.raises(UsageError, match="weights on 17 places of one step, expected at most 16 for int4"):
        linear.encode(np.array([-8, 8, 7], np.int8))


def test_too_many_values_for_indexes_are_told() -> None:
    with pytest.raises(UsageError, match="17 different weights, expected at most 16 for fixed indexes"):
        fixed.encode(np.arange(17, dtype=np.int8))
    coded = fixed.encode(np.arange(16, dtype=np.int8))
    with pytest.raises(FormatError, match="a code book of 16 values for 2 bits, expected 2, 4 or 16 for 1, 2 or 4"):
        fixed.decode(replace(coded, settings={"bits": 2}), 16)
