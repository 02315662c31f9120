"""Names of tensors for readers: short, of one line, each of one tensor only.

Converters join the names of fused tensors with semicolons, and put the model's name before all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lapel.errors import shown
from lapel.ir import Graph

WIDTH = 40
"""Characters of a label at most, without what tells bands and copies of one tensor apart."""


def labels(graph: Graph) -> dict[str, str]:
    """A label for every tensor, and images that are there in bands only; constants with joined names are just that."""
    sources = _sources(graph)
    short = shortened(dict.fromkeys(sources.values()))
    found = {**short, **{name: short[source] + name[len(source) :] for name, source in sources.items()}}
    folder, taken = folder_of(graph), set(found.values())
    for t in graph.tensors.values():
        if t.data is not None:
            label = shown(t.name.removeprefix(folder), WIDTH)
            found[t.name] = "constant" if ";" in t.name or label in taken else label
    return found


def folder_of(graph: Graph) -> str:
    """The folder that labels of the graph's tensors leave out; "" if they have none in common."""
    return common_folder(dict.fromkeys(name.split(";")[0] for name in _sources(graph).values()))


def _sources(graph: Graph) -> dict[str, str]:
    """Of every tensor that is no constant the one that it is a band or a copy of, or itself."""
    found = {}
    in_order = dict.fromkeys([*graph.inputs, *(o for n in graph.nodes for o in n.outputs), *graph.tensors])
    for t in (graph.tensors[name] for name in in_order):
        image = t.band[0] if t.band is not None else None
        if t.data is None:
            found[t.name] = image if image and t.name.startswith(image) else t.name.removesuffix("/slid")
    return found


def shortened(names: Iterable[str]) -> dict[str, str]:
    """The labels of names: their first part, without the folders that all of them lie in, cut to WIDTH characters."""
    firsts = {name: name.split(";")[0] or name for name in names}
    prefix = common_folder(firsts.values())
    found: dict[str, str] = {}
    count: Counter[str] = Counter()
    for name, first in firsts.items():
        label = numbered = shown(first.removeprefix(prefix), WIDTH)
        while numbered in count:
            count[label] += 1
            numbered = f"{label} ({count[label]})"
        count[numbered] = 1
        found[name] = numbered
    return found


def common_folder(names: Iterable[str]) -> str:
    """What all names with a slash start with, up to a slash; "" if that is nothing, or there is but one such name."""
    folders = [name.split("/")[:-1] for name in names if "/" in name]
    common: list[str] = []
    for parts in zip(*folders, strict=False) if len(folders) > 1 else ():
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return "".join(f"{part}/" for part in common)
