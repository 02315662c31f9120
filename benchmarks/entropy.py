"""What codes of single weights could save of a model: order-0 entropy and Huffman codes, by layer and of one code book.

    python benchmarks/entropy.py MODEL

Of the network as it is planned: channels that do nothing are gone. The entropy is of the counts of each layer's own
values, to which no decoder comes without its code book; a Huffman code is with its book. One book for all layers saves
the others, and its codes fit none of them as well.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import lapel
from lapel.coding import entropy_bits, huffman
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.targets import load_target
from lapel.wish import Wish


def weights(graph: Graph) -> dict[str, np.ndarray]:
    """int8 weights of each layer."""
    found = {n.name: graph.tensors[n.inputs[1]].data for n in graph.nodes if len(n.inputs) > 1 and n.inputs[1]}
    return {name: w.reshape(-1) for name, w in found.items() if w is not None and w.dtype == np.int8}


def line(name: str, w: np.ndarray) -> str:
    """Of one layer, or of all."""
    entropy, coded = entropy_bits(w), huffman.encode(w[:, None]).bytes
    zeros = 100 * (1 - np.count_nonzero(w) / w.size)
    return f"{name:40s} {w.size:9,} {zeros:6.1f} {entropy / w.size:6.2f} {entropy / 8:11,.0f} {coded:9,}"


def total(name: str, layers: dict[str, np.ndarray]) -> str:
    """Of all layers, each with its own counts."""
    every = np.concatenate(list(layers.values()))
    bits, coded = (sum(map(f, layers.values())) for f in (entropy_bits, lambda w: huffman.encode(w[:, None]).bytes))
    zeros = 100 * (1 - np.count_nonzero(every) / every.size)
    return f"{name:40s} {every.size:9,} {zeros:6.1f} {bits / every.size:6.2f} {bits / 8:11,.0f} {coded:9,}"


def main() -> None:
    """A line for each layer, and of all with a book each, and with one; and of the file's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    graph = lapel.load(parser.parse_args().model)
    layers = weights(make_plan(graph, load_target("cortex-m4"), Wish()).graph)
    print(f"{'layer':40s} {'weights':>9s} {'zero %':>6s} {'bits':>6s} {'entropy, B':>11s} {'Huffman':>9s}")
    for name, w in layers.items():
        print(line(name[-40:], w))
    print(total("a code book each", layers))
    print(line("one code book", np.concatenate(list(layers.values()))))
    print(total("as the file has them, a book each", weights(graph)))


if __name__ == "__main__":
    main()
