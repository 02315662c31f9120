"""Decision trees whose leaves are numbers, as code: a leaf is a constant that is added to its output.

Of a boosting all leaves of a tree are of one output, and its addition is behind the tree; other leaves have theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.families.trees import BYTES, Inner, Layout, Part, read_stream
from lapel.ir import Call
from lapel.variants.written import INDENT, WHOLE, leaves_of, too_many, tree_lines

Entries = dict[int, int]
"""What a leaf adds to outputs."""


@dataclass(frozen=True)
class WrittenSums:
    """A kernel `forest…sum_written_whole`. layout: of the streams that it is made of."""

    kernel: str
    layout: Layout = BYTES

    def specialize(self, call: Call) -> Call | str:
        """The call with a body of its own, of a call that reads streams of this layout."""
        trees, outputs, width = (call.params[name] for name in ("trees", "outputs", "width"))
        assert isinstance(trees, np.ndarray) and isinstance(outputs, int) and isinstance(width, int)
        each = width + (outputs > 1)
        leaves = _Leaves(self.layout, outputs, width)
        parts = read_stream(trees, self.layout, lambda count: 1 + count * each)
        if too_many(parts):
            return too_many(parts)
        code = [line for part in parts for line in _Tree(leaves, part).lines()]
        kept = {name: call.params[name] for name in ("start", "rows", "features", "outputs")}
        return replace(call, kernel=self.kernel, params=kept, body=_body(code), inline=True)


@dataclass(frozen=True)
class _Leaves:
    """How leaves lie in a stream."""

    layout: Layout
    outputs: int
    width: int

    def entries(self, leaf: tuple[int, ...]) -> Entries:
        each, bits = self.width + (self.outputs > 1), self.layout.bits * self.width
        found: Entries = {}
        for at in range(1, len(leaf), each):
            units = leaf[at : at + each]
            value = sum(u << self.layout.bits * k for k, u in enumerate(units[-self.width :]))
            found[units[0] if self.outputs > 1 else 0] = value - (value >> (bits - 1) << bits)
        return found


class _Tree:
    """A tree, and what is written where it ends."""

    def __init__(self, leaves: _Leaves, root: Part) -> None:
        self.leaves, self.root, self.greatest = leaves, root, leaves.layout.greatest
        named = {o for leaf in leaves_of(root) for o in leaves.entries(leaf)}
        self.output = (named or {0}).pop() if len(named) <= 1 else None

    def end(self, part: Part) -> str:
        """The statements of a leaf."""
        assert not isinstance(part, Inner)
        found = self.leaves.entries(part)
        if self.output is not None:
            return f"value = {found.get(self.output, 0)};"
        return " ".join(f"lapel_forest_add(y + {o}, {v});" for o, v in found.items()) or ";"

    def lines(self) -> list[str]:
        found = list(tree_lines(self.root, WHOLE, self, 2 * INDENT))
        return found if self.output is None else [*found, f"{2 * INDENT}lapel_forest_add(y + {self.output}, value);"]


def _body(code: Sequence[str]) -> str:
    declared = [f"{2 * INDENT}int32_t value;", ""] if any("value" in line for line in code) else []
    lines = [
        f"{INDENT}for (lapel_index row = p->rows; row > 0; row--) {{",
        *declared,
        f"{2 * INDENT}for (lapel_index o = 0; o < p->outputs; o++) {{",
        f"{3 * INDENT}y[o] = p->start[o];",
        f"{2 * INDENT}}}",
        *code,
        f"{2 * INDENT}y += p->outputs;",
        f"{2 * INDENT}x += p->features;",
        f"{INDENT}}}",
    ]
    return "\n".join(lines) + "\n"
