"""A dilation that converters have spelt out over the batch.

    s = spacetobatch(x, block); t = conv(s, w, b, stride = 1); y = batchtospace(t, block)
      -->  y = conv(x, w, b, stride = 1, dilation = block)

Also with reshapes around the convolution, which give an image of one row or column its second axis. Exact: image (u, v)
of the batch has every block-th pixel from (u, v) on, so that neighbours in it lie `block` apart in x; what is padded is
the zero point, and so is what a convolution sees outside of its input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lapel.ir import Graph, Node, Tensor, Type
from lapel.ir.op import lowerable
from lapel.ops import registry, reshape
from lapel.records import Note
from lapel.rewrites.edit import count_readers, with_nodes


@dataclass(frozen=True, eq=False)
class _Chain:
    """The nodes that make y of x, and those between them that only change the shape."""

    split: Node
    window: Node
    join: Node
    aliases: tuple[str, ...]

    @property
    def inner(self) -> frozenset[str]:
        """Names of the nodes that fold into one."""
        return frozenset((self.split.name, self.window.name, self.join.name, *self.aliases))


def fold_dilation(graph: Graph) -> tuple[Graph, list[Note]]:
    """Fold each chain into its convolution where the result is lowerable."""
    readers, makers = count_readers(graph), {o: n for n in graph.nodes for o in n.outputs}
    made: dict[str, list[Node]] = {}
    tensors: dict[str, Tensor] = {}
    gone: set[str] = set()
    notes = []
    for join in graph.nodes:
        chain = _find_chain(graph, join, makers, readers)
        folded = _fold(graph, chain) if chain is not None else None
        if chain is None or folded is None:
            continue
        made[join.name], new = folded
        tensors |= new
        gone |= chain.inner
        said = f"{chain.split.name} and {join.name} are now the dilation of {chain.window.name}"
        notes.append(Note("dilation folding", said))
    nodes = [m for n in graph.nodes for m in made.get(n.name, [] if n.name in gone else [n])]
    return (with_nodes(graph, nodes, tensors), notes) if notes else (graph, [])


def _find_chain(graph: Graph, join: Node, makers: Mapping[str, Node], readers: Mapping[str, int]) -> _Chain | None:
    """The chain that ends in `join`; None if there is none whose tensors only it reads."""
    if registry()[join.op].batching(graph.instance(join)) != "join":
        return None
    window, after = _maker(graph, join.inputs[0], makers, readers)
    if window is None or window.attrs.get("dilation") != (1, 1) or window.attrs["stride"] != (1, 1):
        return None
    if registry()[window.op].widened(graph.instance(window), (0, 0, 0, 0)) is None:
        return None  # what is outside of its input is no zero point
    split, before = _maker(graph, window.inputs[0], makers, readers)
    if split is None or registry()[split.op].batching(graph.instance(split)) != "split":
        return None
    return _Chain(split, window, join, (*before, *after))


def _maker(
    graph: Graph, name: str, makers: Mapping[str, Node], readers: Mapping[str, int]
) -> tuple[Node | None, tuple[str, ...]]:
    """What makes a tensor, seen through changes of shape, and the names of these; None if anything else reads it."""
    aliases: tuple[str, ...] = ()
    while name in makers and readers[name] == 1:
        node = makers[name]
        if not registry()[node.op].alias(graph.instance(node)):
            return node, aliases
        aliases, name = (*aliases, node.name), node.inputs[0]
    return None, aliases


def _fold(graph: Graph, chain: _Chain) -> tuple[list[Node], dict[str, Tensor]] | None:
    """The nodes that replace the chain and their new tensors; None where it says more than a dilation."""
    split, window, join = chain.split, chain.window, chain.join
    x, y = graph.tensors[split.inputs[0]], graph.tensors[join.outputs[0]]
    inner = [graph.tensors[t].type for t in (window.inputs[0], window.outputs[0])]
    axes = _axes(split, [len(t.shape) for t in inner], x.type, inner[0])
    alike = x.type.quant == inner[0].quant and y.type.quant == inner[1].quant
    if axes is None or not alike or split.attrs["block"] != join.attrs["block"]:
        return None
    pad, block = _padding(graph, chain, axes)
    shape_x, shape_y = (_image(t.type.shape, axes) for t in (x, y))
    names = tuple(
        t.name if shape == t.type.shape else f"{window.name}/{end}"
        for t, shape, end in ((x, shape_x, "in"), (y, shape_y, "out"))
    )
    new = {
        n: Tensor(n, Type(s, t.type.dtype, t.type.quant))
        for n, s, t in zip(names, (shape_x, shape_y), (x, y), strict=True)
    }
    attrs = {**window.attrs, "pad": pad, "dilation": block}
    node = replace(window, inputs=(names[0], *window.inputs[1:]), outputs=(names[1],), attrs=attrs)
    pool = {**graph.tensors, **new}
    inst = replace(graph, tensors=pool).instance(node)
    if lowerable(registry()[node.op], inst):
        return None
    nodes = [node]
    if names[0] != x.name:
        nodes.insert(0, reshape.node(f"{window.name}/to_image", x.name, names[0], shape_x))
    if names[1] != y.name:
        nodes.append(reshape.node(f"{window.name}/from_image", names[1], y.name, y.type.shape))
    return nodes, {n: t for n, t in new.items() if n not in graph.tensors}


def _axes(split: Node, ranks: list[int], x: Type, image: Type) -> tuple[int, ...] | None:
    """Which of the image's axes 1 and 2 the axes of the blocks are; None if that cannot be told."""
    if ranks != [4, 4] or x.dtype != "int8" or x.quant is None:
        return None
    if len(split.attrs["block"]) == 2:
        return (1, 2)
    ones = [axis for axis in (1, 2) if image.shape[axis] == 1]
    return (3 - ones[0],) if ones else None


def _image(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape as [N, H, W, C], its inner axes at `axes`."""
    image = [shape[0], 1, 1, shape[-1]]
    for axis, size in zip(axes, shape[1:-1], strict=True):
        image[axis] = size
    return tuple(image)


def _padding(graph: Graph, chain: _Chain, axes: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, int]]:
    """(pad, dilation) of the folded window. An output row i of image u comes from the rows (i - top + k) · block + u of
    what is padded, for taps k; some may come out negative, which no window is legal with."""
    pad, block = list(chain.window.attrs["pad"]), [1, 1]
    kernel = graph.tensors[chain.window.inputs[1]].type.shape[1:3]
    x, y = (graph.tensors[t].type.shape for t in (chain.split.inputs[0], chain.join.outputs[0]))
    for k, axis in enumerate(axes):
        at, b = 2 * (axis - 1), chain.split.attrs["block"][k]
        block[axis - 1] = b
        before = chain.split.attrs["before"][k] + pad[at] * b - chain.join.attrs["before"][k]
        pad[at : at + 2] = before, y[1 + k] - x[1 + k] - before + (kernel[axis - 1] - 1) * b
    return tuple(pad), (block[0], block[1])
