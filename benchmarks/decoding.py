"""What codes cost convolutions: cycles of kernels that decode 16 values, of those of the fastest kernel without codes.

    python benchmarks/decoding.py [--core cortex-m4|cortex-m55]

Layers are drawn: weights of 16 values, each as often, so that a Huffman symbol has 4 bits; no taps outside the image.
Cycles are modelled ones of one call on the emulated core, as the planner weighs them. *a weight*: the cycles that the
kernel takes more, of a weight.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lapel.ir import Call, Graph
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.measuring.candidates import Candidate, measure
from lapel.ops import registry
from lapel.records import Cost
from lapel.targets import Target, load_target
from lapel.variants import variants

LAYERS = {
    "1 x 1 x 64 to 64": (24, (64, 1, 1, 64)),
    "1 x 1 x 64 to 64, smaller": (12, (64, 1, 1, 64)),
    "3 x 3 x 16 to 16": (18, (16, 3, 3, 16)),
    "3 x 3 x 32 to 32": (10, (32, 3, 3, 32)),
    "5 x 5 x 20 to 50": (12, (50, 5, 5, 20)),
    "3 x 3 x 64 to 64": (8, (64, 3, 3, 64)),
    "1 x 1 x 128 to 128": (6, (128, 1, 1, 128)),
    "1 x 1 x 256 to 256": (3, (256, 1, 1, 256)),
    "5 x 5 x 1 to 20": (28, (20, 5, 5, 1)),
}
"""Side of the image, and weights [out, height, width, in]."""
KERNELS = {"cortex-m4": ("conv_dsp", "conv_decodeddsp"), "cortex-m55": ("conv_mve", "conv_decodedmve")}
"""Of each core those without codes, beside the portable one, and those that decode."""
FORMS = ("fixed", "huffman")


def layer(size: int, shape: tuple[int, int, int, int]) -> Graph:
    """A convolution with weights of this shape, and what follows it cut off at 0."""
    out, height, width, channels = shape
    x = Type((1, size, size, channels), "int8", Quant((0.05,), (-128,)))
    y = Type((1, size - height + 1, size - width + 1, out), "int8", Quant((0.2,), (-128,)))
    values = (8 * np.random.default_rng(6).integers(-8, 8, shape)).astype(np.int8)
    w = Tensor("w", Type(shape, "int8", Quant((0.01,), (0,))), values)
    attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "relu", "rounding": "double"}
    return single("conv", [Tensor("x", x), w, None], [y], attrs)


def cycles(graph: Graph, calls: dict[str, Call], target: Target) -> dict[str, int]:
    """Of each kernel those of the faster one of two: shared, or in code of its own."""
    both = [(n, Candidate(replace(c, inline=own), graph.tensors)) for n, c in calls.items() for own in (False, True)]
    found: dict[str, int] = {}
    for (name, _), cost in zip(both, measure([c for _, c in both], target), strict=True):
        if isinstance(cost, Cost):
            found[name] = min(cost.time, found.get(name, cost.time))
    return found


def offered(name: str, core: str) -> tuple[Graph, dict[str, Call]]:
    """A layer, and the calls of the kernels that take it."""
    (size, shape), (plain, decoding) = LAYERS[name], KERNELS[core]
    graph = layer(size, shape)
    (call,) = registry()["conv"].lower(graph.instance(graph.nodes[0]))
    names = [n for n in variants() if n == plain or n.startswith(f"{plain}_")] + [f"{decoding}_{f}" for f in FORMS]
    made = {n: found for n in names if isinstance(found := variants()[n].specialize(call), Call)}
    return graph, {"conv": call, **made}


def more_code(core: str) -> Iterator[tuple[str, int]]:
    """Of each form the bytes of its functions, less those of the kernel without codes."""
    graph, calls = offered(next(iter(LAYERS)), core)
    plain, decoding = KERNELS[core]
    names = [plain, *(f"{decoding}_{form}" for form in FORMS)]
    costs = measure([Candidate(calls[n], graph.tensors) for n in names], load_target(core))
    whole = [sum(cost.shared.values()) for cost in costs if isinstance(cost, Cost)]
    yield from ((form, size - whole[0]) for form, size in zip(FORMS, whole[1:], strict=True))


def row(name: str, core: str) -> Iterator[object]:
    """Of a layer: pixels, cycles of the fastest kernel without codes; of each form the factor, and cycles a weight."""
    size, shape = LAYERS[name]
    decoding = KERNELS[core][1]
    found = cycles(*offered(name, core), load_target(core))
    best = min(time for n, time in found.items() if not n.startswith(decoding))
    yield from (name, (size - shape[1] + 1) ** 2, f"{best:,}")
    for form in FORMS:
        time = found[f"{decoding}_{form}"]
        yield from (f"{time / best:.2f}", f"{(time - best) / np.prod(shape):.1f}")


def main() -> None:
    """A table for each core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--core", choices=KERNELS)
    given = parser.parse_args()
    for core in KERNELS if given.core is None else [given.core]:
        print(f"{core}\n| layer | pixels | cycles | indexes | a weight | Huffman | a weight |\n{'|---' * 7}|")
        for name in LAYERS:
            print(f"| {' | '.join(map(str, row(name, core)))} |", flush=True)
        print(f"code, more than without: {', '.join(f'{form} {size:,} bytes' for form, size in more_code(core))}")


if __name__ == "__main__":
    main()
