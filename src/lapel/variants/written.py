"""Decision trees as code: `if` and `else` down to some depth, and streams of what lies below.

On AVR cores the same is assembly. Every form has its own depth: each level takes more flash and less time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.families.trees import BYTES, LENGTH_BITS, MOST_CLASSES, Inner, Part, read_stream, vote_units
from lapel.ir import Call
from lapel.variants.lower import Lower
from lapel.variants.writtenavr import GREATEST, assembly

WHOLE = 1 << 16
"""A depth that no tree has."""
INDENT = "    "


@dataclass(frozen=True)
class Written:
    """A kernel `forest_written…`. depth: levels of each tree that are code."""

    kernel: str
    depth: int

    def specialize(self, call: Call) -> Call | str:
        """The call with a body of its own, of a call of `forest`."""
        trees = call.params["trees"]
        assert isinstance(trees, np.ndarray)
        parts = read_stream(trees, BYTES, vote_units)
        deepest = max(map(_depth, parts))
        if self.depth != WHOLE and deepest <= self.depth:
            return f"its trees have {deepest} levels, and {self.depth} would be code: that is all of them"
        code = _Whole(parts) if self.depth == WHOLE else _Top()
        lower, body = code.lower, _body(parts, self.depth, code)
        kept = {name: value for name, value in call.params.items() if name != "trees"}
        return replace(call, kernel=self.kernel, params={**kept, "lower": lower.stream()}, body=body, inline=True)


def _depth(part: Part) -> int:
    deepest, todo = 0, [(part, 0)]
    while todo:
        at, depth = todo.pop()
        deepest = max(deepest, depth)
        if isinstance(at, Inner):
            todo += [(at.left, depth + 1), (at.right, depth + 1)]
    return deepest


class _Top:
    """Code that ends where streams begin."""

    declared = "const LAPEL_ROM uint8_t *const low = p->lower, *at;"
    add = "lapel_forest_fall((uint8_t *)y, x, at, p->whole);"

    def __init__(self) -> None:
        self.lower = Lower(BYTES)

    def end(self, part: Part) -> str:
        """The statement where code ends at a node or a leaf."""
        return f"at = low + {self.lower.place(part)};"


class _Whole:
    """Code that ends at leaves, which have numbers: a class, or behind them one of the others, whose places are first
    in the stream."""

    declared = "uint16_t leaf;"

    def __init__(self, parts: Sequence[Part]) -> None:
        plain = BYTES.leaf | MOST_CLASSES
        others = dict.fromkeys(leaf for part in parts for leaf in _leaves(part) if leaf[0] >= plain)
        self._numbers = {leaf: MOST_CLASSES + k for k, leaf in enumerate(others)}
        places = [2 * len(others)]
        for leaf in others:
            places.append(places[-1] + len(leaf))
        self.lower = Lower(BYTES, [unit for place in places[:-1] for unit in BYTES.number(place, LENGTH_BITS)])
        for leaf in others:
            self.lower.place(leaf)
        self.add = "lapel_forest_tally((uint8_t *)y, leaf, p->lower, p->whole);"
        if not others:
            self.add = "y[leaf] = (int8_t)(y[leaf] + p->whole);"

    def end(self, part: Part) -> str:
        """The statement where code ends at a leaf."""
        assert not isinstance(part, Inner)
        return f"leaf = {self._numbers.get(part, part[0] & (BYTES.leaf - 1))};"


def _leaves(part: Part) -> Iterator[tuple[int, ...]]:
    todo = [part]
    while todo:
        at = todo.pop()
        if isinstance(at, Inner):
            todo += [at.right, at.left]
        else:
            yield at


def _body(parts: Sequence[Part], depth: int, ends: _Top | _Whole) -> str:
    code = [line for part in parts for line in (*_tree(part, depth, ends, 2 * INDENT), f"{2 * INDENT}{ends.add}")]
    lines = [
        f"{INDENT}for (lapel_index row = p->rows; row > 0; row--) {{",
        f"{2 * INDENT}for (lapel_index o = 0; o < p->outputs; o++) {{",
        f"{3 * INDENT}y[o] = p->start;",
        f"{2 * INDENT}}}",
        "#ifdef LAPEL_FOREST_AVR",
        assembly(parts, depth, ends.lower),
        "#else",
        f"{2 * INDENT}{ends.declared}",
        "",
        *code,
        "#endif",
        f"{2 * INDENT}y += p->outputs;",
        f"{2 * INDENT}x += p->features;",
        f"{INDENT}}}",
    ]
    return "\n".join(lines) + "\n"


def _tree(part: Part, depth: int, ends: _Top | _Whole, indent: str) -> Iterator[str]:
    if depth == 0 or not isinstance(part, Inner):
        yield f"{indent}{ends.end(part)}"
        return
    if part.threshold == GREATEST:  # compilers warn of a comparison that is always true
        yield from _tree(part.left, depth - 1, ends, indent)
        return
    yield f"{indent}if (x[{part.feature}] <= {part.threshold}) {{"
    yield from _tree(part.left, depth - 1, ends, indent + INDENT)
    yield f"{indent}}} else {{"
    yield from _tree(part.right, depth - 1, ends, indent + INDENT)
    yield f"{indent}}}"
