"""What a layout walk leaves as outputs and names, and what it says of the user's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lapel.errors import some
from lapel.frontends.rewrites.layout_view import Layout
from lapel.frontends.rewrites.layout_walk import Walk
from lapel.ir import Graph, Tensor
from lapel.ops import reshape

IMAGE_RANK = 3
"""From so many axes on, an output may have them in another order; fewer are rows of numbers."""


def finish(walk: Walk) -> Graph:
    """The graph, its inputs and outputs under their old names; `Origin` says which of them have other axes."""
    layouts = {n: s for n, s in walk.sequences.items() if s != tuple(range(len(s)))}
    ends: dict[str, str] = {}
    for name in walk.graph.outputs:
        layout = _wanted(walk, name)
        sequence = tuple(a for a in layout.sequence if a is not None)
        if sequence != tuple(range(len(sequence))):
            layouts[name] = sequence
        ends[name] = walk.store.arranged(
            walk.views[name], layout, name, "it is an output, whose elements keep their order"
        )
    _own_names(walk, ends)
    return _graph(walk, layouts)


def _wanted(walk: Walk, name: str) -> Layout:
    """In what order an output is given: an image's as it is stored, all else in its own."""
    view = walk.views[name]
    plain = Layout.plain(len(view.perm))
    if name in walk.graph.inputs:
        return Layout.of(view)
    if name not in walk.graph.results:  # the update of a state
        return plain
    if plain.fits(view) or len(view.perm) < IMAGE_RANK or any(o is not None for o in view.orders):
        return plain
    last = replace(plain, sequence=(0, *range(2, len(view.perm)), 1))
    stored = replace(plain, sequence=tuple(a for a in view.sequence if a is not None))
    return last if last.fits(view) else stored


def _own_names(walk: Walk, ends: Mapping[str, str]) -> None:
    """Give the outputs their names; a tensor that had one of them gets another."""
    store, names = walk.store, dict[str, str]()
    fixed = {*walk.graph.inputs, *(n for n, t in store.tensors.items() if t.data is not None)}
    for wanted, found in ends.items():
        if wanted == found:
            continue
        if found in fixed or found in ends or found in names:
            copy = store.unique(f"{found}/copy")
            store.tensors[copy] = Tensor(copy, store.tensors[found].type)
            store.nodes.append(reshape.node(copy, found, copy, store.tensors[found].type.shape))
            found = copy
        names[found] = wanted
    for wanted in ends:
        if wanted in store.tensors and ends[wanted] != wanted and wanted not in names:
            names[wanted] = store.unique(f"{wanted}/stored")
    for name, t in list(store.tensors.items()):
        old = name.removesuffix("/permuted")
        if t.data is not None and old != name and old not in store.tensors and old in walk.graph.tensors:
            names[name] = old
    _rename(walk, names)


def _rename(walk: Walk, names: Mapping[str, str]) -> None:
    store = walk.store
    store.nodes[:] = [
        replace(n, inputs=tuple(names.get(i, i) for i in n.inputs), outputs=tuple(names.get(o, o) for o in n.outputs))
        for n in store.nodes
    ]
    store.tensors = {names.get(n, n): replace(t, name=names.get(n, n)) for n, t in store.tensors.items()}


def _graph(walk: Walk, layouts: Mapping[str, tuple[int, ...]]) -> Graph:
    """Of the constants only those that something reads."""
    store, origin = walk.store, walk.graph.origin
    used = {*walk.graph.inputs, *walk.graph.outputs, *(t for n in store.nodes for t in (*n.inputs, *n.outputs))}
    before = origin.layouts
    all_layouts = {**before, **{n: tuple(before[n][a] for a in s) if n in before else s for n, s in layouts.items()}}
    warnings = (*origin.warnings, *_said(walk))
    return replace(
        walk.graph,
        nodes=tuple(store.nodes),
        tensors={n: t for n, t in store.tensors.items() if n in used},
        origin=replace(origin, layouts=all_layouts, warnings=warnings),
    )


def _said(walk: Walk) -> list[str]:
    """A sentence if transposes remain."""
    left = walk.store.left
    if not left:
        return []
    count = "1 transpose is" if len(left) == 1 else f"{len(left)} transposes are"
    places = some([f"{found.node} ({found.why})" for found in left], width=160)
    return [f"{count} left, {walk.store.moved_bytes:,} bytes that are moved at each inference, before {places}"]
