"""Each path of the depthwise kernels for the DSP extension is drawn, and their tables are what the model says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from depthwise_cases import DEPTHWISE_CASES
from helium import window_graph
from lapel.families.window import Window
from lapel.ir import Call
from lapel.ops import registry
from lapel.variants import variants
from lapel.variants.depthwise_dsp_lines import ROOM
from lapel.variants.depthwise_dsp_strips import FIXED_RIGHTS

DRAWS = 40


def calls(form: str) -> Iterator[tuple[Call, Mapping[str, Any]]]:
    """The portable calls that a form takes, and its params for them."""
    for case in DEPTHWISE_CASES:
        for seed in range(DRAWS):
            graph = case.draw(np.random.default_rng((len(case.name), seed)))
            (call,) = registry()["depthwise"].lower(graph.instance(graph.nodes[0]))
            found = variants()[form].specialize(call)
            if isinstance(found, Call):
                yield found, found.params


def test_the_draws_reach_every_path_of_the_strips() -> None:
    """Strides, one and four lanes, one and several tiles, odd rows and columns, last block of fewer channels."""
    parts, blocks, promised = set(), set(), set()
    for call, p in calls("depthwise_dsp_strips"):
        parts.add((p["fixed"], p["stride_h"], min(p["stride_w"], 3), p["out_h"] % 2, p["columns"] % 2))
        blocks.add((p["lanes"], p["channels"] % p["lanes"] == 0, p["columns"] < p["out_w"], p["batches"]))
        promised.add((call.in_place, p["lanes"], p["fixed"]))
    assert {part[:3] for part in parts} == {(f, h, w) for f in (0, 1) for h in (1, 2) for w in (1, 2, 3)}
    assert {(f, h, *rest) for f, h, _, *rest in parts} == {
        (f, h, odd, columns) for f in (0, 1) for h in (1, 2) for odd in (0, 1) for columns in (0, 1)
    }
    assert blocks == {(lanes, whole, False, n) for lanes in (2, 4) for whole in (False, True) for n in (1, 2)} | {
        (1, True, tiles, n) for tiles in (False, True) for n in (1, 2)
    }
    assert len(promised) == 12


def test_the_draws_reach_every_path_of_the_rows() -> None:
    tiles = {(p["columns"] < p["out_w"], p["columns"] % 4, c.in_place) for c, p in calls("depthwise_dsp_rows")}
    assert {t[2] for t in tiles} == {False, True}
    assert {t[:2] for t in tiles} == {(True, 0), *((False, rest) for rest in range(4))}


def test_the_draws_reach_every_path_of_the_lines() -> None:
    """Each stride, number of pairs, rest of four outputs, and edge: cells outside begin and end in halves of words."""
    pairs, tiles, edges, rows = set(), set(), set(), set()
    for call, p in calls("depthwise_dsp_lines"):
        stride = p["stride_w"]
        pairs.add((stride, p["pairs"]))
        tiles.add((stride, p["columns"] < p["out_w"], call.in_place))
        edges.add((stride, p["pad_left"] % 2, (p["in_w"] + p["pad_left"]) % 2, p["out_w"] % 4))
        outside = p["pad_top"] > 0, (p["out_h"] - 1) * p["stride_h"] - p["pad_top"] + p["kernel_h"] > p["in_h"]
        rows.add((outside, min(p["stride_h"], p["kernel_h"] + 1) - p["kernel_h"] > 0, p["batches"]))
        assert p["out_w"] <= p["columns"] or p["columns"] % 4 == 0
        words = -(-p["columns"] // 4) * 2 * stride + p["pairs"] - 1
        assert p["kernel_h"] * (p["pairs"] * (3 - stride) + words) <= ROOM
    assert pairs == {(stride, k) for stride in (1, 2) for k in range(1, 9)}
    assert tiles == {(s, *t) for s in (1, 2) for t in ((True, False), (False, True), (False, False))}
    assert len({e[:3] for e in edges}) == 2 * 2 * 2 and len({(e[0], e[3]) for e in edges}) == 2 * 4
    assert {r[:2] for r in rows} >= {((a, b), False) for a in (False, True) for b in (False, True)}
    assert {r[1] for r in rows} == {False, True} and {r[2] for r in rows} == {1, 2}


def test_the_draws_reach_every_path_of_the_column() -> None:
    """Pairs of taps, with an odd one, none; evenly spaced in each way; a last block of fewer channels."""
    found = {(min(p["taps"] // 2, 1), p["taps"] % 2) for _, p in calls("depthwise_dsp_column")}
    assert found == {(0, 1), (1, 0), (1, 1)}
    blocks = {(p["channels"] % 4 == 0, p["batches"]) for _, p in calls("depthwise_dsp_column")}
    assert blocks == {(whole, n) for whole in (False, True) for n in (1, 2)}
    assert {p["step"] // p["channels"] for _, p in calls("depthwise_dsp_column")} >= {1, 2, 3}


def test_the_draws_reach_every_path_of_the_pixels() -> None:
    found = {(p["kernel_w"] % 2, p["channels"] % 4 == 0, p["batches"]) for _, p in calls("depthwise_dsp")}
    assert len(found) == 8


@pytest.mark.parametrize(
    ("channels", "outputs", "kernel"), [(1, 8, "conv_dsp"), (1, 1, "conv_dsp"), (3, 3, "conv_dsp"), (4, 8, "conv_dsp")]
)
def test_few_channels_or_several_outputs_are_ordinary_convolutions(channels: int, outputs: int, kernel: str) -> None:
    assert _specialized(channels, outputs).kernel == kernel  # type: ignore[union-attr]


def test_ordinary_convolutions_of_many_channels_are_mostly_zeros() -> None:
    assert _specialized(9, 18) == "2 outputs a channel: as a convolution, 1296 weights are 0, more than 1024"


def _specialized(channels: int, outputs: int) -> Call | str:
    graph = window_graph(0, "depthwise", (1, 6, 6, channels), outputs, Window((3, 3), (1, 1)))
    (call,) = registry()["depthwise"].lower(graph.instance(graph.nodes[0]))
    return variants()["depthwise_dsp"].specialize(call)


@pytest.mark.parametrize("right", range(1, 23))
def test_one_shift_for_all_channels_is_both_roundings(right: int) -> None:
    """The arithmetic of `fixed`, in whole numbers, on sums round every boundary between two outputs."""
    mul = int(np.random.default_rng(right).integers(2**30, 2**31))
    near = (np.arange(-3, 260) * 2**right - 2 ** (right - 1)) * (2**31 / mul)
    acc = np.unique((near[:, None] + np.arange(-2, 3)).astype(np.int64))
    t = (acc * mul + 2**30) >> 31
    want = np.clip(((t + 2 ** (right - 1) - (t < 0)) >> right) - 128, -128, 127)
    up = 13 - right
    if right in FIXED_RIGHTS:
        add = -255 * 2 ** (right + up - 2) + 2 ** (up - 2)
        found = np.clip((((acc << up) * mul >> 32) + add) >> 12, -128, 127)
        assert (found == want).all() and len(np.unique(want)) == 256
        assert np.abs(-128 << up) < 2**15 + 1
        half = np.clip((((acc << up) * mul >> 32) + add - 2 ** (up - 2)) >> 12, -128, 127)
        assert (half != want).any(), "the first rounding matters"
    else:
        assert up < 2 or 127 << up >= 2**15
