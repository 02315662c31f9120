"""Decision trees as code: `if` and `else` down to some depth, and streams of what lies below.

On AVR cores the same is assembly. Every form has its own depth: each level takes more flash and less time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from lapel.families.trees import BYTES, LENGTH_BITS, MOST_CLASSES, Inner, Layout, Part, read_stream, vote_units
from lapel.ir import Call
from lapel.variants.lower import Lower
from lapel.variants.writtenavr import assembly

WHOLE = 1 << 16
"""A depth that no tree has."""
MOST_NODES = 2000
"""That are code, of forms that say so: GCC takes more than a minute for 8,000 in one function."""
INDENT = "    "


@dataclass(frozen=True)
class Written:
    """A kernel `forest…_written…`. depth: levels of each tree that are code. layout: of the streams it is made of.
    limited: whether it takes no more than MOST_NODES."""

    kernel: str
    depth: int
    layout: Layout = BYTES
    limited: bool = False

    def specialize(self, call: Call) -> Call | str:
        """The call with a body of its own, of a call that reads streams of this layout."""
        trees = call.params["trees"]
        assert isinstance(trees, np.ndarray)
        parts = read_stream(trees, self.layout, vote_units)
        if self.limited and too_many(parts):
            return too_many(parts)
        deepest = max(map(_depth, parts))
        if self.depth != WHOLE and deepest <= self.depth:
            return f"its trees have {deepest} levels, and {self.depth} would be code: that is all of them"
        code: _Top | _Whole = _Whole(parts, self.layout) if self.depth == WHOLE else _Top()
        lower, body = code.lower, _body(parts, self.depth, code)
        kept = {name: value for name, value in call.params.items() if name != "trees"}
        return replace(call, kernel=self.kernel, params={**kept, "lower": lower.stream()}, body=body, inline=True)


def too_many(parts: Sequence[Part]) -> str:
    """Why trees are not written as code: their nodes are more than MOST_NODES; "" if not."""
    count = sum(1 for part in parts for _ in leaves_of(part)) - len(parts)
    return f"its trees have {count:,} nodes, and {MOST_NODES:,} are code at most" if count > MOST_NODES else ""


def _depth(part: Part) -> int:
    deepest, todo = 0, [(part, 0)]
    while todo:
        at, depth = todo.pop()
        deepest = max(deepest, depth)
        if isinstance(at, Inner):
            todo += [(at.left, depth + 1), (at.right, depth + 1)]
    return deepest


class Ends(Protocol):
    """What is written where code ends; greatest: the threshold that no feature is above."""

    greatest: int

    def end(self, part: Part) -> str:
        """The statement at a leaf, or at a node where code ends above it."""
        ...


class _Top:
    """Code that ends where streams begin."""

    declared = "const LAPEL_ROM uint8_t *const low = p->lower, *at;"
    add = "lapel_forest_fall((uint8_t *)y, x, at, p->whole);"

    def __init__(self) -> None:
        self.lower, self.greatest = Lower(BYTES), BYTES.greatest

    def end(self, part: Part) -> str:
        """The statement where code ends at a node or a leaf."""
        return f"at = low + {self.lower.place(part)};"


class _Whole:
    """Code that ends at leaves, which have numbers: a class, or behind them one of the others, whose places are first
    in the stream."""

    declared = "uint16_t leaf;"

    def __init__(self, parts: Sequence[Part], layout: Layout) -> None:
        self._layout, self.greatest, plain = layout, layout.greatest, layout.leaf | MOST_CLASSES
        others = dict.fromkeys(leaf for part in parts for leaf in leaves_of(part) if leaf[0] >= plain)
        self._numbers = {leaf: MOST_CLASSES + k for k, leaf in enumerate(others)}
        places = [LENGTH_BITS // layout.bits * len(others)]
        for leaf in others:
            places.append(places[-1] + len(leaf))
        self.lower = Lower(layout, [unit for place in places[:-1] for unit in layout.number(place, LENGTH_BITS)])
        for leaf in others:
            self.lower.place(leaf)
        tally = "lapel_forest_tally" if layout.bits == 8 else "lapel_forest_tallywords"
        self.add = f"{tally}((uint8_t *)y, leaf, p->lower, p->whole);"
        if not others:
            self.add = "y[leaf] = (int8_t)(y[leaf] + p->whole);"

    def end(self, part: Part) -> str:
        """The statement where code ends at a leaf."""
        assert not isinstance(part, Inner)
        return f"leaf = {self._numbers.get(part, part[0] & (self._layout.leaf - 1))};"


def leaves_of(part: Part) -> Iterator[tuple[int, ...]]:
    """The leaves of a tree, each as often as it is there."""
    todo = [part]
    while todo:
        at = todo.pop()
        if isinstance(at, Inner):
            todo += [at.right, at.left]
        else:
            yield at


def _body(parts: Sequence[Part], depth: int, ends: _Top | _Whole) -> str:
    code = [line for part in parts for line in (*tree_lines(part, depth, ends, 2 * INDENT), f"{2 * INDENT}{ends.add}")]
    lines = [
        f"{INDENT}for (lapel_index row = p->rows; row > 0; row--) {{",
        f"{2 * INDENT}for (lapel_index o = 0; o < p->outputs; o++) {{",
        f"{3 * INDENT}y[o] = p->start;",
        f"{2 * INDENT}}}",
        *_assembled(parts, depth, ends, [f"{2 * INDENT}{ends.declared}", "", *code]),
        f"{2 * INDENT}y += p->outputs;",
        f"{2 * INDENT}x += p->features;",
        f"{INDENT}}}",
    ]
    return "\n".join(lines) + "\n"


def _assembled(parts: Sequence[Part], depth: int, ends: _Top | _Whole, lines: list[str]) -> list[str]:
    """The lines, or assembly where there is some: of bytes."""
    if ends.lower.layout is not BYTES:
        return lines
    return ["#ifdef LAPEL_FOREST_AVR", assembly(parts, depth, ends.lower), "#else", *lines, "#endif"]


def tree_lines(part: Part, depth: int, ends: Ends, indent: str) -> Iterator[str]:
    """The statements of a tree down to a depth."""
    if depth == 0 or not isinstance(part, Inner):
        yield f"{indent}{ends.end(part)}"
        return
    if part.threshold == ends.greatest:  # compilers warn of a comparison that is always true
        yield from tree_lines(part.left, depth - 1, ends, indent)
        return
    yield f"{indent}if (x[{part.feature}] <= {part.threshold}) {{"
    yield from tree_lines(part.left, depth - 1, ends, indent + INDENT)
    yield f"{indent}}} else {{"
    yield from tree_lines(part.right, depth - 1, ends, indent + INDENT)
    yield f"{indent}}}"
