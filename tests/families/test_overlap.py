"""The distance between overlapping input and output, against simulations of every access, one element at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from lapel.families.pooling import draw_pool
from lapel.families.window import Window, make_window
from lapel.ir import Graph, Instance
from lapel.ops import registry
from lapel.ops.conv import draw_conv
from lapel.ops.depthwise import draw_depthwise

DRAWS = 80
FAMILIES = {
    "conv 1x1": partial(draw_conv, kernel=1, stride=2),
    "conv": partial(draw_conv, kernel=4, explicit=True),
    "conv grouped": partial(draw_conv, kernel=3, groups=4),
    "conv dilated": partial(draw_conv, kernel=3, dilation=3, channels=3),
    "conv int16": partial(draw_conv, kernel=3, channels=5, dtype="int16"),
    "depthwise": partial(draw_depthwise, kernel=4, explicit=True),
    "depthwise multiplied": partial(draw_depthwise, kernel=3, multiplier=6),
    "depthwise int16": partial(draw_depthwise, kernel=3, multiplier=2, dtype="int16"),
    "depthwise dilated": partial(draw_depthwise, kernel=3, dilation=3, multiplier=2),
    "avgpool": partial(draw_pool, name="avgpool"),
    "maxpool": partial(draw_pool, name="maxpool"),
}
CELLS_READ, BYTES_WRITTEN = "reads", "writes"
Access = tuple[str, list[int]]


def draws(family: str) -> Iterator[Instance]:
    for k in range(DRAWS):
        graph: Graph = FAMILIES[family](np.random.default_rng((zlib.crc32(family.encode()), k)))
        yield graph.instance(graph.nodes[0])


def window_of(inst: Instance) -> Window:
    return make_window(inst.attrs, inst.attrs["kernel"] if "kernel" in inst.attrs else inst.x(1).shape[1:3])


def cells(inst: Instance, pixel: int) -> list[int]:
    """Every cell of x that an output pixel of the batch sees."""
    window, (_, h, w, _), (_, oh, ow, _) = window_of(inst), inst.x().shape, inst.y().shape
    (n, rest), found = divmod(pixel, oh * ow), []
    for u in range(window.kernel[0]):
        for v in range(window.kernel[1]):
            row = rest // ow * window.stride[0] + u * window.dilation[0] - window.pad[0]
            column = rest % ow * window.stride[1] + v * window.dilation[1] - window.pad[2]
            if 0 <= row < h and 0 <= column < w:
                found.append((n * h + row) * w + column)
    return found


def least_distance(accesses: list[Access], nothing: int) -> int:
    """The least (x - y) at which no byte of x is written before it is read; `nothing` if every distance will do."""
    distance, highest = nothing, -1
    lowest = [2**40] * (len(accesses) + 1)
    for k in range(len(accesses) - 1, -1, -1):
        kind, offsets = accesses[k]
        lowest[k] = min([lowest[k + 1], *offsets]) if kind == CELLS_READ else lowest[k + 1]
    for k, (kind, offsets) in enumerate(accesses):
        if kind == BYTES_WRITTEN:
            highest = max([highest, *offsets])
            if lowest[k + 1] < 2**40:
                distance = max(distance, highest + 1 - lowest[k + 1])
    return distance


def promised(inst: Instance, ahead: int) -> list[Access]:
    """The worst order that `Call.ahead` allows: everything is written as early as it may be."""
    out_c, in_c = inst.y().shape[3], inst.x().shape[3]
    pixels, accesses = inst.y().size // out_c, []
    for q in range(pixels):
        written = min(q + ahead, pixels) * out_c
        accesses.append((BYTES_WRITTEN, [written - 1]))
        accesses.append((CELLS_READ, [c * in_c for c in cells(inst, q)]))
    return accesses


def executed(inst: Instance) -> list[Access]:
    """What the portable kernels do: groups of pixels, blocks of channels, as in runtime/*.c."""
    (call,) = registry()[inst.node.op].lower(inst)
    p, accesses = call.params, []
    out_c, in_c = inst.y().shape[3], inst.x().shape[3]
    for group in pixel_groups(inst, dict(p)):
        sees = {q: [c * in_c for c in cells(inst, q)] for q in group}
        if p.get("gather"):
            everything = [c + i for q in group for c in sees[q] for i in range(in_c)]
            accesses.append((CELLS_READ, everything))
        for block in channel_blocks(inst.node.op, dict(p), out_c):
            # Four channels of the whole group are computed before they are written, single ones pixel by pixel.
            for part in [group] if len(block) == 4 else [[q] for q in group]:
                if not p.get("gather"):
                    lanes = read_channels(inst.node.op, dict(p), block, in_c)
                    accesses.append((CELLS_READ, [c + i for q in part for c in sees[q] for i in lanes]))
                accesses.append((BYTES_WRITTEN, [q * out_c + o for q in part for o in block]))
    return accesses


def pixel_groups(inst: Instance, p: dict) -> Iterator[list[int]]:
    width, rows = p["out_w"], p["out_h"] * p["batches"]
    for row in range(rows):
        i = 0
        while i < width:
            pair = i + 1 < width if p.get("gather") else "x_first" in p and i >= p["x_first"] and i + 1 < p["x_end"]
            yield [row * width + i + k for k in range(2 if pair else 1)]
            i += 2 if pair else 1


def channel_blocks(op: str, p: dict, out_c: int) -> Iterator[list[int]]:
    if op in ("avgpool", "maxpool"):
        lanes = 1
    elif op == "conv":
        lanes = p["group_out"]
    elif "reduced" in p:  # depthwise16
        lanes = 1
    else:
        lanes = out_c if p["multiplier"] == 1 else p["multiplier"]
    for start in range(0, out_c, lanes):
        o = start
        while o < start + lanes:
            size = 4 if o + 4 <= start + lanes else 1
            yield list(range(o, o + size))
            o += size


def read_channels(op: str, p: dict, block: list[int], in_c: int) -> list[int]:
    if op in ("avgpool", "maxpool"):
        return block
    if op == "depthwise":
        return sorted({o // p["multiplier"] for o in block})
    group = block[0] // p["group_out"]
    return list(range(group * p["group_in"], (group + 1) * p["group_in"]))


def elements(inst: Instance, ahead: int) -> int:
    """The distance that the operator computes, which is in bytes."""
    distance = registry()[inst.node.op].overlap(inst, ahead)
    assert distance is not None
    item = inst.x().bytes // inst.x().size
    assert distance % item == 0
    return distance // item


@pytest.mark.parametrize("family", FAMILIES)
def test_distance_is_the_least_that_the_promise_allows(family: str) -> None:
    for inst in draws(family):
        for ahead in (0, 1, 2, 5):
            found = elements(inst, ahead)
            assert found == least_distance(promised(inst, ahead), -inst.x().size), f"ahead {ahead}\n{inst.node}"


@pytest.mark.parametrize("family", FAMILIES)
def test_kernels_keep_their_promise(family: str) -> None:
    """And need most of it: where the distance is exact, one byte less would be caught here.

    A convolution that does not gather writes its last block of channels when all is read, and so is never exact.
    """
    excess = []
    for inst in draws(family):
        (call,) = registry()[inst.node.op].lower(inst)
        assert call.ahead is not None
        found, needed = elements(inst, call.ahead), least_distance(executed(inst), -inst.x().size)
        assert found >= needed, f"{found} < {needed}\n{inst.node}"
        excess.append(found - needed)
    assert sum(e <= (4 if family.startswith("conv") else 0) for e in excess) >= DRAWS // 10, excess


def test_one_pixel_less_of_the_promise_is_not_kept() -> None:
    """The figures in the operators' `lower` are the smallest that hold."""
    for family in (
        "conv 1x1",
        "conv",
        "conv grouped",
        "depthwise",
        "depthwise multiplied",
        "conv int16",
        "depthwise int16",
    ):
        broken = 0
        for inst in draws(family):
            (call,) = registry()[inst.node.op].lower(inst)
            assert call.ahead is not None
            if call.ahead > 0:
                broken += elements(inst, call.ahead - 1) < least_distance(executed(inst), -inst.x().size)
        assert broken > 0, family
