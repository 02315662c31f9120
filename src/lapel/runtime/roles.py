"""What a kernel's constants are for, by where they stand: the kinds in which the flash of weights is told apart.

| kind | what it is |
|---|---|
| weights | values, or a stream of codes of them; in some packings with biases or multipliers between them |
| indexes | where weights stand, if that is no part of their stream |
| codebooks | values that codes stand for, and the lengths of codes |
| biases | one a channel |
| scales | multipliers and shifts of requantization |
| params | the struct that a call is given: sizes, zero points, addresses of tables |
| tables | all else: functions as tables, places, operands that are constant |

A table's kind follows from the last word of its name in the params struct, so that a kernel need not be listed.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from lapel.runtime.dialect import functions
from lapel.runtime.source import files

Role = Literal["weights", "indexes", "codebooks", "biases", "scales", "params", "tables"]

_WORDS: dict[str, Role] = {
    **dict.fromkeys(("w", "r", "feature", "time", "stream", "codes"), "weights"),
    **dict.fromkeys(("index", "indexes"), "indexes"),
    **dict.fromkeys(("book", "books", "gaps", "values", "counts", "lengths", "symbols"), "codebooks"),
    "bias": "biases",
    **dict.fromkeys(("mul", "shift", "scale", "drop", "right"), "scales"),
}
CODED = "coded"
"""The folder of kernels that decode their weights, and of decoders."""


def role(table: str) -> Role:
    """The kind of a table by its name in a params struct; "" is the struct itself."""
    return _WORDS.get(table.rsplit("_", 1)[-1], "tables") if table else "params"


def decodes(kernel: str) -> bool:
    """Whether a kernel decodes its weights."""
    return files()[f"{kernel}.c"].parent.name == CODED


@cache
def decoders() -> frozenset[str]:
    """Functions of decoders and of the kernels with which they are: all that stands in that folder."""
    return frozenset(name for path in files().values() if path.parent.name == CODED for name in functions(path.name))
