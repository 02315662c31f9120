"""Constants that the schema's SparsityParameters describe: the elements that are not 0, and where they are.

The dimensions of a tensor, and the blocks of some of them, are gone through in `TraversalOrder`: dimension n + k of a
tensor of n is the block k, which is of the dimension `BlockMap[k]`. At each level a position either has all of its
places (dense), or those from `segments[position]` to `segments[position + 1]` of a list (compressed sparse rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends.tflite.compressions import Layout
from lapel.frontends.tflite.flatbuffer import View
from lapel.frontends.tflite.schema import SPARSE_INDEXES
from lapel.ir import DTYPES

DENSE, ROWS = 0, 1
"""Codes of DimensionType."""

AGAIN = "convert without sparsity"


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """A sparse constant: its elements as bytes, and the table of its SparsityParameters."""

    content: np.ndarray
    parameters: View

    def expand(self, layout: Layout) -> np.ndarray:
        """All of its elements, uint8; raises UnsupportedNode where the parameters do not fit the tensor."""
        if layout.dtype not in (*DTYPES, "float16"):
            raise UnsupportedNode(f"is sparse {layout.dtype}, expected one of {', '.join(DTYPES)}: {AGAIN}")
        itemsize = np.dtype("float16" if layout.dtype == "float16" else DTYPES[layout.dtype]).itemsize
        places = self._places(layout)
        if len(self.content) < len(places) * itemsize:
            found = f"has {len(self.content)} bytes of sparse content, expected {len(places) * itemsize}"
            raise UnsupportedNode(f"{found} for {len(places)} elements: {AGAIN}")
        made = np.zeros((layout.size, itemsize), np.uint8)
        made[places] = self.content[: len(places) * itemsize].reshape(-1, itemsize)
        return made.reshape(-1)

    def _places(self, layout: Layout) -> np.ndarray:
        """Where each stored element is in the tensor, [elements]."""
        order, blocks = (self.parameters.vector(name).tolist() for name in ("TraversalOrder", "BlockMap"))
        levels = list(self.parameters.tables("DimMetadata", "DimensionMetadata", f"{self.parameters.where}, level"))
        rank = len(layout.shape)
        fits = len(order) == len(levels) == rank + len(blocks) and sorted(order) == list(range(len(order)))
        # Blocks are within what they are of, which comes before them.
        if not fits or any(d >= rank for d in order[:rank]) or any(not 0 <= b < rank for b in blocks):
            found = f"is sparse in {len(levels)} levels of order {order} with blocks of {blocks}"
            raise UnsupportedNode(f"{found}, expected those of {rank} dimensions and their blocks: {AGAIN}")
        # A place of a level has a segment of the next one, or an element at last: a byte of the file or more.
        walk = _Walk(min(layout.size, len(self.parameters.file.data)))
        for level in levels:
            walk.descend(level)
        return _join(layout, walk, order, blocks)


@dataclass(eq=False)
class _Walk:
    """The positions of a level, [positions], and the places on the way there, [positions] for each level."""

    most: int
    positions: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))
    ways: list[np.ndarray] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    """Places of a level, 0 where it lists them."""

    def descend(self, level: View) -> None:
        """To all places of the next level that are stored."""
        kind = level.integer("Format")
        size = level.integer("DenseSize") if kind == DENSE else 0
        if kind not in (DENSE, ROWS) or size < 0:
            raise UnsupportedNode(f"is sparse in a level of format {kind} with {size} places, expected 0 or 1: {AGAIN}")
        if kind == DENSE:
            counts = np.full(len(self.positions), size, np.int64)
            starts = self.positions * size
        else:
            starts, counts = self._rows(_numbers(level, "ArraySegments"))
        total = int(counts.sum())
        if total > self.most:
            raise UnsupportedNode(f"is sparse with {total} elements, expected at most {self.most}: {AGAIN}")
        within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        self.positions = np.repeat(starts, counts) + within
        self.ways = [np.repeat(way, counts) for way in self.ways]
        self.ways.append(within if kind == DENSE else self._listed(_numbers(level, "ArrayIndices")))
        self.sizes.append(size)

    def _rows(self, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(first, number of) listed places of each position."""
        if len(self.positions) and self.positions.max() + 1 >= len(segments):
            found = f"is sparse with {len(segments)} segments, expected {self.positions.max() + 2}"
            raise UnsupportedNode(f"{found} or more: {AGAIN}")
        starts, ends = segments[self.positions], segments[self.positions + 1]
        if (starts < 0).any() or (ends < starts).any():
            raise UnsupportedNode(f"is sparse with segments that are below 0 or fall, expected rising ones: {AGAIN}")
        return starts, ends - starts

    def _listed(self, places: np.ndarray) -> np.ndarray:
        if len(self.positions) and self.positions.max() >= len(places):
            found = f"is sparse with {len(places)} indexes, expected {self.positions.max() + 1} or more"
            raise UnsupportedNode(f"{found}: {AGAIN}")
        return np.asarray(places[self.positions])


def _join(layout: Layout, walk: _Walk, order: Sequence[int], blocks: Sequence[int]) -> np.ndarray:
    """Places in the tensor: those of a dimension are counted in its blocks, and within them."""
    rank = len(layout.shape)
    indexes = [np.zeros(len(walk.positions), np.int64)] * rank
    for way, size, dimension in zip(walk.ways, walk.sizes, order, strict=True):
        if dimension < rank:
            indexes[dimension] = way
        else:
            of = blocks[dimension - rank]
            if not size:
                raise UnsupportedNode(f"is sparse within blocks of dimension {of}, expected dense blocks: {AGAIN}")
            indexes[of] = indexes[of] * size + way
    flat = np.zeros(len(walk.positions), np.int64)
    for index, size in zip(indexes, layout.shape, strict=True):
        if len(index) and not 0 <= index.min() <= index.max() < size:
            strange = index.min() if index.min() < 0 else index.max()
            found = f"is sparse with an element at {strange} of a dimension of {size}"
            raise UnsupportedNode(f"{found}, expected 0 to {size - 1}: {AGAIN}")
        flat = flat * size + index
    return flat


def _numbers(level: View, name: str) -> np.ndarray:
    """A vector of the union SparseIndexVector, empty if there is none."""
    table = SPARSE_INDEXES.get(level.integer(f"{name}Type"), "NONE")
    view = None if table == "NONE" else level.table(name, table, f"{level.where}, {name}")
    return np.empty(0, np.int64) if view is None else view.vector("Values").astype(np.int64)
