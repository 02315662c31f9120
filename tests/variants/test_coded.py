"""Kernels of coded weights: the reference's bits on every core, and what they refuse, cost and save."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import selection
from batch import check_bits, check_guarded, merge
from coded_costs import figures, image_layer, lowered, offered
from coded_layers import CODED_CASES, Wanted
from coded_weights import WEIGHTS, pruned
from cores import needs
from lapel.coding import fixed, gaps, huffman, linear, sparse
from lapel.ir import Call, Graph, Place
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.measuring.candidates import Candidate
from lapel.measuring.costs import _key
from lapel.planning import Plan, make_plan
from lapel.records import Cost
from lapel.simulate.firmware import SANITIZE
from lapel.targets import Target, load_target
from lapel.variants import FlashSaver, variants
from lapel.variants.coded import compact_biases
from lapel.wish import Wish

CODED = [n for n, v in variants().items() if isinstance(v, FlashSaver)]
DENSE = [n for n in CODED if n.startswith("dense_")]
CORES = {"cortex-m0": 1, "cortex-m4": 2, "cortex-m55": 1, "rv32imac": 1, "atmega328p": 5}
"""Draws of each case, for each kernel."""


def taken(name: str, count: int, *, small: bool = False) -> list[Graph]:
    """Layers that the variant takes; small: of which a dozen fit an ATmega328P."""
    found = []
    for case in CODED_CASES[name.split("_")[0]]:
        for k in range(count):
            graph = case.draw(np.random.default_rng((zlib.crc32(f"{name}/{case.name}".encode()), k)))
            call = variants()[name].specialize(lowered(graph))
            if isinstance(call, Call):
                found.append(graph)
    fitting = [g for g in found if g.tensors["x"].type.bytes < 70 and g.tensors["w"].type.bytes < 400]
    return fitting[:3] if small else found


@pytest.mark.parametrize("core", [pytest.param(c, marks=needs(c)) for c in selection.cores(list(CORES))])
def test_coded_layers_have_the_references_bits(core: str, tmp_path: Path) -> None:
    """Each kernel, shared and in code of its own, in one firmware; vectors keep their bounds, too."""
    guard_bytes = 16 if core == "cortex-m55" else 0
    plan = planned(load_target(core), CORES[core], small=core == "atmega328p", guard_bytes=guard_bytes)
    assert {c.inline for s in plan.steps for c in s.calls} == {False, True}
    if guard_bytes:
        check_guarded(plan, plan.graph, tmp_path, 4)
    else:
        check_bits(plan, plan.graph, tmp_path, 4)


def test_coded_layers_keep_their_bounds_under_sanitizers(tmp_path: Path) -> None:
    """Kernels for all cores on this computer: with the C twins of what others have in assembly."""
    sets = dict.fromkeys(n.split("_")[1] for n in CODED)
    host = replace(load_target("host"), kernels=("portable", *sets))
    plan = planned(host, 2, own=False, guard_bytes=16)
    check_guarded(plan, plan.graph, tmp_path, 4, extra=(*SANITIZE, "-DLAPEL_MVE_TWIN"))


def planned(target: Target, count: int, *, small: bool = False, own: bool = True, guard_bytes: int = 0) -> Plan:
    """A firmware of layers that each coded kernel of the target takes. own: every second one in code of its own, which
    takes compilers of sanitizers a minute."""
    sets = target.kernels[target.kernels.index("portable") + 1 :]
    names = [n for n in CODED if n.split("_")[1] in sets]
    graphs = [(n, g) for n in names for g in taken(n, count, small=small)]
    whole = merge(f"coded_on_{target.name}", [g for _, g in graphs])
    wanted = {f"{k}/{g.outputs[0]}": (n, own and k % 2 == 1) for k, (n, g) in enumerate(graphs)}
    plan = make_plan(whole, target, Wish("flash"), costs=Wanted(wanted), reuse=not guard_bytes, guard_bytes=guard_bytes)
    used = {(c.outputs[0], c.kernel, c.inline) for s in plan.steps for c in s.calls if c.kernel in names}
    assert used == {(y, *kernel) for y, kernel in wanted.items()}
    assert {kernel for _, kernel, _ in used} == set(names)
    return plan


def test_the_draws_reach_every_form_of_biases_and_indexes() -> None:
    """Widths of biases and of indexes, zero points that are found and not; streams that end in zeros and not."""
    widths, zeros, bits, shifts = set(), set(), set(), set()
    for name in DENSE:
        for graph in taken(name, 8):
            call = variants()[name].specialize(lowered(graph))
            assert isinstance(call, Call)
            widths.add(call.params["bias_bytes"])
            zeros.add(call.params["x_zero"] != 0)
            bits.add(call.params.get("bits"))
            shifts.add(call.params["bias_shift"] != 0)
    assert widths >= {1, 2, 3} and zeros == shifts == {False, True} and bits == {None, 1, 2, 4}


def biases_of(params: dict, sums: np.ndarray) -> np.ndarray:
    stored, zero = params["bias"], params["x_zero"]
    signs = np.where(stored[:, -1:] >= 128, 255, 0) * np.ones((1, 8 - stored.shape[1]), int)
    wide = np.concatenate([stored, signs], axis=1).astype(np.uint8).copy().view("<i8")[:, 0]
    return (wide << params["bias_shift"]) - zero * sums


@pytest.mark.parametrize("folded", [False, True])
def test_biases_take_the_fewest_bytes_and_keep_their_values(folded: bool) -> None:
    rng = np.random.default_rng(1)
    for most, width in ((100, 1), (30_000, 2), (8_000_000, 3), (2_000_000_000, 4)):
        sums, zero = rng.integers(-3000, 3000, 40), -77
        bias = rng.integers(-most, most, 40) - (zero * sums if folded else 0)
        bias = bias if width < 4 else np.append(bias[1:], 2**31 - 1)
        params = compact_biases(bias.astype(np.int32), sums if folded and width < 4 else None)
        assert params["bias_bytes"] == (width if width < 4 else 4)
        assert (biases_of(params, sums) == bias).all()
        assert width > 1 or params["x_zero"] == (zero if folded else 0)


def test_biases_that_are_multiples_are_stored_shifted() -> None:
    params = compact_biases(np.array([64, -8128, 0], np.int32), None)
    assert (params["bias_bytes"], params["bias_shift"]) == (1, 6)
    assert compact_biases(np.zeros(3, np.int32), None)["bias_bytes"] == 1
    assert compact_biases(np.array([-(2**31)], np.int32), None)["bias_shift"] == 31


def dense_call(weights: np.ndarray, outputs: int = 10) -> Call:
    w = np.resize(weights, (outputs, 300))
    params = {"w": w, "bias": np.zeros(outputs, np.int32), "mul": np.ones(1, np.int32), "shift": np.zeros(1, np.int8)}
    params |= {"batches": 1, "inputs": 300, "outputs": outputs, "y_zero": 0, "lo": -128, "hi": 127}
    return Call("dense", ("y",), ("x",), {**params, "per_channel": 0, "plain": 1})  # type: ignore[dict-item]


def test_a_layer_that_codes_do_not_make_smaller_is_refused_with_both_sizes() -> None:
    call = dense_call(np.random.default_rng(0).integers(-128, 128, 3000).astype(np.int8))
    for name in DENSE:
        found = variants()[name].specialize(call)
        assert isinstance(found, str)
        if "int4" in name:
            assert found == "its tables would be at least 3,000 bytes, not 3,045: a tenth less is expected"
        if "sparse" in name or "gaps" in name:
            assert found == "100 % of its weights are not zero, at most 50 % are expected"
            continue
        assert found.startswith("its tables would be at least ")
        assert found.endswith(", not 3,045: a tenth less is expected")


def test_weights_in_the_arena_are_not_coded() -> None:
    call = dense_call(np.zeros(3000, np.int8))
    call = replace(call, params={**call.params, "w": Place("w")})
    assert {variants()[n].specialize(call) for n in DENSE} == {"its weights are no constants in flash"}


@pytest.mark.parametrize("name", WEIGHTS)
def test_bounds_are_below_what_codes_take(name: str) -> None:
    weights = np.resize(WEIGHTS[name](np.random.default_rng(2)), (20, 150))
    assert huffman.bound_bytes(weights) <= huffman.encode(weights).bytes
    assert sparse.bound_bytes(weights) <= sparse.encode(weights).bytes
    assert gaps.bound_bytes(weights) <= gaps.encode(weights).bytes
    if linear.bound_bytes(weights) < weights.size:
        assert linear.bound_bytes(weights) <= linear.encode(weights).bytes
    if len(np.unique(weights)) <= 16:
        assert fixed.bound_bytes(weights) <= fixed.encode(weights).bytes
    else:
        assert fixed.bound_bytes(weights) == weights.size


def layer(weights: np.ndarray) -> Graph:
    """One row of x times weights [outputs, inputs], quantized per tensor."""
    x, y = (Type((1, n), "int8", Quant((0.05,), (3,))) for n in reversed(weights.shape))
    w = Tensor("w", Type(weights.shape, "int8", Quant((0.02,), (0,))), weights)
    attrs = {"activation": "none", "keep_dims": False, "rounding": "double"}
    return single("dense", [Tensor("x", x), w, None], [y], attrs)


@needs("cortex-m4")
def test_decoding_takes_few_instructions_a_weight() -> None:
    """Beyond those of the portable kernel, in 40 rows of 400: 12 for Huffman symbols of 6.4 bits, 2.5 for indexes, none
    for int4."""
    m4, rng = replace(load_target("cortex-m4"), timing=None), np.random.default_rng(1)
    nets = {"huffman": np.clip(np.round(rng.normal(0, 20, (40, 400))), -127, 127)}
    nets["int4"] = rng.integers(-7, 8, (40, 400))
    nets |= {f"fixed {n}": rng.choice(np.arange(-128, 128, 15), (40, 400), p=p) for n, p in few_values().items()}
    for name, weights in nets.items():
        graph = layer(weights.astype(np.int8))
        form = "dsp_int4" if name == "int4" else f"32_{name.split()[0]}"
        chosen = {k: c for k, c in offered(graph, m4).items() if k == "dense" or form in k}
        plain, coded = (min(c.time for c in found) for found in figures(chosen, graph, m4).values())
        assert (coded - plain) / weights.size <= {"huffman": 12, "int4": 0}.get(name, 2.5), name


def few_values() -> dict[int, np.ndarray]:
    """Of 2, 4 and 16 of 18 values: how often each is."""
    return {n: np.repeat([1 / n, 0], [n, 18 - n]) for n in (2, 4, 16)}


def decoder_bytes(cost: Cost) -> int:
    """Of code that other layers have no use for."""
    other = ("finish", "requantize")
    return sum(n for name, n in cost.shared.items() if name.startswith(".text.") and not any(o in name for o in other))


@needs("cortex-m0")
def test_decoders_are_small_and_skipping_zeros_is_fast_on_the_m0() -> None:
    """The kernel with its decoder is at most 1.2 KB of code; with 5 % of the weights it takes a quarter of the time."""
    m0, rng = load_target("cortex-m0"), np.random.default_rng(3)
    few = layer(pruned(0.05, 60, 784)(rng))
    found = figures(offered(few, m0), few, m0)
    shared = layer(rng.choice(np.arange(16), (12, 100)).astype(np.int8))
    found |= figures({k: c for k, c in offered(shared, m0).items() if "fixed" in k}, shared, m0)
    coded = [n for n in CODED if n.startswith("dense_coded_")]
    assert set(found) == {"dense", *coded}
    for name in coded:
        assert decoder_bytes(found[name][0]) <= 1.2 * 1024, name
    assert min(c.time for c in found["dense_coded_sparse"]) * 4 < min(c.time for c in found["dense"])


@pytest.mark.parametrize("core", [pytest.param(c, marks=needs(c)) for c in ("cortex-m4", "atmega328p")])
def test_a_layer_of_few_weights_is_faster_than_any_other_kernel(core: str) -> None:
    """300 rows of 784, or what an ATmega328P has room for, of which 5 % are not zero."""
    target = load_target(core)
    graph = layer(pruned(0.05, *((300, 784) if core == "cortex-m4" else (12, 200)))(np.random.default_rng(4)))
    calls = {k: c for k, c in offered(graph, target).items() if "coded" not in k or k == "dense_coded_sparse"}
    found = {name: min(c.time for c in costs) for name, costs in figures(calls, graph, target).items()}
    assert min(found, key=lambda name: found[name]) == "dense_coded_sparse"
    assert len(found) >= 2


def test_windows_beyond_offsets_of_16_bits_are_refused() -> None:
    """A row of a window is longer than that where most of it is outside of x."""
    weights = np.zeros((2, 1, 8, 4500), np.int8)
    weights[:, 0, [0, -1], [0, -1]] = 30
    call = lowered(image_layer(weights, 9))
    narrow = replace(call, params={**call.params, "in_w": 1, "pad_left": 7, "out_w": 8})
    why = "a window's rows are too many, or too far apart for 16-bit offsets"
    sparse_kernels = [n for n in CODED if n.startswith("conv_coded")]
    assert sparse_kernels and {variants()[n].specialize(narrow) for n in sparse_kernels} == {why}


@pytest.mark.parametrize("inline", [False, True])
def test_what_a_stream_says_is_in_the_key_of_its_cost(inline: bool) -> None:
    """Two layers whose streams are as long but have other symbols take other times; weights as they are do not."""
    target, keys = load_target("cortex-m4"), dict[str, list[str]]()
    for roll in (0, 1):
        weights = np.roll(
            np.repeat(np.arange(-4, 4, dtype=np.int8), [4, 4, 8, 8, 16, 100, 200, 60]).reshape(4, 100), roll
        )
        graph = layer(weights)
        for name, call in offered(graph, target).items():
            found = Candidate(replace(call, inline=inline), graph.tensors)
            keys.setdefault(name, []).append(_key(found, target, "a compiler"))
    same = {name for name, (a, b) in keys.items() if a == b}
    assert {name for name in keys if "coded" in name} >= {"dense_coded_huffman", "dense_coded32_huffman"}
    assert same == (set() if inline else {name for name in keys if "coded" not in name})
