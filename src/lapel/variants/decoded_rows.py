"""How each set of kernels wants the rows of a convolution whose weights are decoded (`lapel.variants.decoded`)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.conv_dsp import KEPT, gathering
from lapel.variants.conv_dsp import VARIANT as CONV_DSP
from lapel.variants.conv_mve import VARIANT as CONV_MVE
from lapel.variants.decoded import Rows, block_channels
from lapel.variants.packing import GROUP, find_layer
from lapel.variants.vectors import CHANNELS, LANES, blocks, pack_scale

DECODED = ("w", "bias", "group_out")
"""Params of the portable kernel that are not those of the one that decodes."""
BLOCK_BYTES = 6144
"""Of packed weights at a time, for the DSP extension and Helium. Gathering a window once more for each block takes as
long as multiplying it with two channels, and eight channels of 5 x 5 x 20 or 3 x 3 x 64 weights are four kilobytes."""
WINDOW_WORDS = 512
"""Of the windows that the DSP kernels gather; without codes they are on the stack, where there is less room."""
FEW = 12
"""Channels in a block. With fewer, windows are better gathered as int8, which takes half the time of int16; with more,
what that costs in each multiplication counts more."""
PAIRS_AHEAD = 2
"""Of the portable kernel where it reads windows in place; see `lapel.ops.conv`."""


def portable_rows(call: Call) -> Rows | str:
    """For the portable loops: rows as they are, and int32 biases."""
    p = call.params
    w, bias = _table(p, "w"), _table(p, "bias")
    w = w.reshape(len(w), -1)
    kept = {k: v for k, v in p.items() if k not in DECODED and k != "scratch"}
    windows = 2 * w.shape[1] if p["gather"] else 0
    ahead = 0 if p["gather"] else PAIRS_AHEAD
    return Rows(w, bias, kept, 1, {"biases": 4, "rows": w.shape[1]}, {"scratch": windows}, ahead)


def dsp_rows(call: Call) -> Rows | str:
    """For the DSP extension: groups of four channels, as `lapel.variants.packing` packs them."""
    p = call.params
    w = _table(p, "w")
    words = blocks(w[0].size, GROUP)
    group_bytes = 16 + 16 * words
    in_c = p["in_c"]
    assert isinstance(in_c, int)
    as_bytes = in_c % 8 == 0 and block_channels(len(w), GROUP, group_bytes, BLOCK_BYTES) < FEW
    how = gathering(p, min(4 * words - 1, WINDOW_WORDS) if as_bytes else WINDOW_WORDS)
    if isinstance(how, str):
        return how
    layer = find_layer(p)
    if isinstance(layer, str):
        return layer
    gathered = how.pop("words")
    assert isinstance(gathered, int)
    params = {**{k: p[k] for k in KEPT}, **how, **layer.scale_params(), "fan_in": layer.w.shape[1]}
    # Before windows there are two rows of weights, and odd windows are written in whole words.
    work = {"windows": 4 * max(gathered + 1, 2 * words)}
    plain = CONV_DSP.specialize(call)
    ahead = None if isinstance(plain, str) else plain.ahead
    return Rows(layer.w.astype(np.int8), layer.bias, params, GROUP, {"packed": group_bytes}, work, ahead, BLOCK_BYTES)


def mve_rows(call: Call) -> Rows | str:
    """For Helium: vectors of 16 values, four channels side by side, as `lapel.variants.vectors` packs them."""
    plain = CONV_MVE.specialize(call)
    if isinstance(plain, str):
        return plain
    w, bias = _table(call.params, "w"), _table(call.params, "bias")
    w = w.reshape(len(w), -1)
    runs = plain.params["kernel_h"] if plain.params["direct"] else 1
    assert isinstance(runs, int)
    vectors = runs * blocks(w.shape[1] // runs, LANES)
    scale = pack_scale(call, blocks(len(w), CHANNELS))
    step = scale.shape[1] if call.params["per_channel"] else 0
    params = {k: v for k, v in plain.params.items() if k != "w"}
    params |= {"scale": scale if step else scale[:1], "scale_step": step}
    unit = {"packed": 16 + CHANNELS * LANES * vectors + 4 * scale.shape[1]}
    return Rows(w, bias, params, CHANNELS, unit, {"row": w.shape[1]}, plain.ahead, BLOCK_BYTES)


def _table(params: Mapping[str, Param], name: str) -> np.ndarray:
    value = params[name]
    assert isinstance(value, np.ndarray)
    return value
