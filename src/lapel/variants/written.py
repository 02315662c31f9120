"""Decision trees as code: `if` and `else` down to some depth, and streams of what lies below.

On AVR cores the same is assembly. Every form has its own depth: each level takes more flash and less time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.families.trees import BYTES, Inner, Part, read_stream, vote_units
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
        lower = Lower(BYTES)
        body = _body(parts, self.depth, lower)
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


def _body(parts: Sequence[Part], depth: int, lower: Lower) -> str:
    code = [line for part in parts for line in (*_tree(part, depth, lower, 2 * INDENT), f"{2 * INDENT}{FALL}")]
    lines = [
        f"{INDENT}for (lapel_index row = p->rows; row > 0; row--) {{",
        f"{2 * INDENT}for (lapel_index o = 0; o < p->outputs; o++) {{",
        f"{3 * INDENT}y[o] = p->start;",
        f"{2 * INDENT}}}",
        "#ifdef LAPEL_FOREST_AVR",
        assembly(parts, depth, lower),
        "#else",
        f"{2 * INDENT}const LAPEL_ROM uint8_t *const low = p->lower, *at;",
        "",
        *code,
        "#endif",
        f"{2 * INDENT}y += p->outputs;",
        f"{2 * INDENT}x += p->features;",
        f"{INDENT}}}",
    ]
    return "\n".join(lines) + "\n"


FALL = "lapel_forest_fall((uint8_t *)y, x, at, p->whole);"


def _tree(part: Part, depth: int, lower: Lower, indent: str) -> Iterator[str]:
    if depth == 0 or not isinstance(part, Inner):
        yield f"{indent}at = low + {lower.place(part)};"
        return
    if part.threshold == GREATEST:  # compilers warn of a comparison that is always true
        yield from _tree(part.left, depth - 1, lower, indent)
        return
    yield f"{indent}if (x[{part.feature}] <= {part.threshold}) {{"
    yield from _tree(part.left, depth - 1, lower, indent + INDENT)
    yield f"{indent}}} else {{"
    yield from _tree(part.right, depth - 1, lower, indent + INDENT)
    yield f"{indent}}}"
