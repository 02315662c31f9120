"""Codes of int8 weights: exact sizes, encoders, and decoders that are the reference of those in `runtime/coded/`.

One form a file, each with `encode(weights) -> Coded` and `decode(coded, count) -> weights`: `fixed` (indexes of a code
book), `linear` (int4), `huffman`, `sparse` (gaps and values as bytes) and `gaps` (the same as Huffman symbols). Weights
are one sequence, output channel after output channel; streams run on from row to row. Formats to the bit: docs/SPEC.md
§9.
"""

from lapel.coding.coded import Coded, entropy_bits

__all__ = ["Coded", "entropy_bits"]
