"""Convolutions whose weights are decoded before they are used: rows of every length, and what decoding costs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from batch import check_guarded, merge
from coded_convs import draw_window
from coded_costs import figures, image_layer, lowered, offered
from coded_layers import Wanted
from cores import needs
from lapel.ir import Call, Graph
from lapel.planning import make_plan
from lapel.simulate.firmware import SANITIZE
from lapel.targets import Target, load_target
from lapel.variants import variants
from lapel.wish import Wish

OWN = {"cortex-m4": "conv_decodeddsp_fixed", "cortex-m55": "conv_decodedmve_fixed"}


def rows_of_every_length(kernel: str) -> list[Graph]:
    """Layers of 16 values whose rows end anywhere in a word or a vector, an odd number of them at times."""
    found, lengths = [], set()
    for k, taps in enumerate([(1, 1)] * 34 + [(2, 3), (3, 1), (3, 3)] * 2):
        rng = np.random.default_rng(k)
        in_c = k + 7 if k < 34 else int(rng.choice([6, 16, 18]))
        graph = draw_window(rng, taps, in_c, 20 + k % 4)
        w = graph.tensors["w"]
        values = rng.choice(rng.choice(np.arange(-127, 128), 16, replace=False), w.type.shape).astype(np.int8)
        graph = replace(graph, tensors={**graph.tensors, "w": replace(w, data=values)})
        if isinstance(variants()[kernel].specialize(lowered(graph)), Call):
            found.append(graph)
            lengths.add(in_c * taps[0] * taps[1] % 16)
    assert lengths == set(range(16))
    return found


def every_length(target: Target, tmp_path: Path, kernels: dict[str, list[Graph]], extra: tuple[str, ...] = ()) -> None:
    graphs = [(kernel, g) for kernel, found in kernels.items() for g in found]
    whole = merge("rows", [g for _, g in graphs])
    wanted = {f"{k}/{g.outputs[0]}": (kernel, False) for k, (kernel, g) in enumerate(graphs)}
    plan = make_plan(whole, target, Wish("flash"), costs=Wanted(wanted), reuse=False, guard_bytes=16)
    assert {(c.outputs[0], c.kernel) for s in plan.steps for c in s.calls if "coded" in c.kernel} == {
        (y, kernel) for y, (kernel, _) in wanted.items()
    }
    check_guarded(plan, whole, tmp_path, 2, extra=extra)


@pytest.mark.parametrize("core", [pytest.param(c, marks=needs(c)) for c in OWN])
def test_rows_of_every_length(core: str, tmp_path: Path) -> None:
    """Words and vectors that are decoded at once end where rows do."""
    every_length(load_target(core), tmp_path, {OWN[core]: rows_of_every_length(OWN[core])})


def test_rows_of_every_length_under_sanitizers(tmp_path: Path) -> None:
    host = replace(load_target("host"), kernels=("portable", "decodeddsp", "decodedmve"))
    kernels = {kernel: rows_of_every_length(kernel) for kernel in OWN.values()}
    every_length(host, tmp_path, kernels, (*SANITIZE, "-DLAPEL_MVE_TWIN"))


LIMITS = {
    "64 x 64, 144 pixels": ((12, (64, 1, 1, 64)), {"dsp_fixed": 1.05, "dsp_huffman": 1.12, "mve_fixed": 1.1}),
    "128 x 128, 36 pixels": ((6, (128, 1, 1, 128)), {"dsp_fixed": 1.15, "mve_fixed": 1.3}),
    "3 x 3 x 64 x 64, 36 pixels": ((8, (64, 3, 3, 64)), {"dsp_fixed": 1.1}),
    "3 x 3 x 32 x 32, 64 pixels": ((10, (32, 3, 3, 32)), {"dsp_fixed": 1.05, "mve_fixed": 1.15}),
    "5 x 5 x 20 x 50, 64 pixels": ((12, (50, 5, 5, 20)), {"dsp_fixed": 1.0, "dsp_huffman": 1.12, "mve_fixed": 1.15}),
}
"""Side of the image and weights of 16 values; what kernels that decode take of the cycles of the fastest without."""
CORES = {"dsp": "cortex-m4", "mve": "cortex-m55"}


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        pytest.param(name, unit, marks=needs(core))
        for name, (_, limits) in LIMITS.items()
        for unit, core in CORES.items()
        if any(k.startswith(unit) for k in limits)
    ],
)
def test_codes_make_convolutions_little_slower(name: str, unit: str) -> None:
    """At most 15 % of cycles, but for what docs/guide-compress.md derives."""
    ((size, shape), every), target = LIMITS[name], load_target(CORES[unit])
    limits = {f"conv_decoded{k}": limit for k, limit in every.items() if k.startswith(unit)}
    weights = 8 * np.random.default_rng(6).integers(-8, 8, shape)
    graph = image_layer(weights.astype(np.int8), size)
    calls = {k: c for k, c in offered(graph, target).items() if k in limits or ("coded" not in k and k != "conv")}
    times = {k: min(c.time for c in costs) for k, costs in figures(calls, graph, target).items()}
    best = min(time for k, time in times.items() if k not in limits)
    assert {k: round(times[k] / best, 3) for k in limits if times[k] > limits[k] * best} == {}


@needs("cortex-m4")
def test_few_weights_of_a_convolution_make_it_faster() -> None:
    """LeNet-5's second layer with an eighth of its weights takes two thirds of the time of the fastest kernel."""
    m4, rng = load_target("cortex-m4"), np.random.default_rng(6)
    shape, limits = (50, 5, 5, 20), {"conv_coded_sparse": 0.6, "conv_coded32_gaps": 0.7}
    weights = np.where(rng.random(shape) < 1 / 8, rng.normal(0, 30, shape).clip(-127, 127), 0)
    graph = image_layer(weights.astype(np.int8), 12)
    calls = {k: c for k, c in offered(graph, m4).items() if k in limits or "coded" not in k}
    times = {k: min(c.time for c in costs) for k, costs in figures(calls, graph, m4).items()}
    best = min(time for k, time in times.items() if "coded" not in k)
    assert {k: round(times[k] / best, 2) for k in limits if times[k] > limits[k] * best} == {}
