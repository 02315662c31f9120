"""What files of boosted trees share: trees that are checked before anything walks them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.ensembles import Tree
from lapel.errors import FormatError


@dataclass(frozen=True, eq=False)
class Grower:
    """Makes trees of a file with so many features and outputs; where: how the file is called."""

    where: str
    features: int
    outputs: int

    def tree(
        self,
        number: int,
        split: tuple[np.ndarray, np.ndarray],
        children: tuple[np.ndarray, np.ndarray],
        value: np.ndarray,
        missing: np.ndarray,
    ) -> Tree:
        """A tree whose nodes have these features and thresholds, children (-1 of a leaf) and values [M, O]; missing: of
        which NaN goes left.

        Raises FormatError where that is no tree: its arrays differ in length, a child is none or has two parents, a
        feature does not exist, a threshold is NaN, a leaf no finite number.
        """
        (feature, threshold), (left, right) = split, children
        lengths = {len(a) for a in (feature, threshold, left, right, value, missing)}
        if len(lengths) != 1 or 0 in lengths:
            raise self._damaged(number, f"arrays of {', '.join(map(str, sorted(lengths)))} nodes", "as many in each")
        reached = self._reached(number, left, right)
        inner = reached[left[reached] >= 0]
        leaves = reached[left[reached] < 0]
        if ((feature[inner] < 0) | (feature[inner] >= self.features)).any():
            raise self._damaged(number, f"feature {int(feature[inner].max())}", f"0..{self.features - 1}")
        if np.isnan(threshold[inner]).any() or not np.isfinite(value[leaves]).all():
            raise self._damaged(number, "a threshold or leaf that is no number", "numbers")
        made = np.where((left >= 0)[:, None], 0.0, value)
        return Tree(np.where(left >= 0, feature, 0), threshold, left, right, made, missing.astype(bool))

    def of_output(self, values: np.ndarray, output: int) -> np.ndarray:
        """float64 [M, O] of numbers [M] for one output."""
        made = np.zeros((len(values), self.outputs))
        made[:, output] = values
        return made

    def _reached(self, number: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """The nodes that the root leads to, each once."""
        count = len(left)
        seen = np.zeros(count, bool)
        level, found = np.zeros(1, np.int64), []
        while len(level):
            seen[level] = True
            found.append(level)
            inner = level[left[level] >= 0]
            level = np.concatenate([left[inner], right[inner]])
            wrong = (level < 0) | (level >= count)
            if wrong.any() or seen[level].any() or len(np.unique(level)) < len(level):
                raise self._damaged(number, "children that are no nodes, or have two parents", "a tree")
        return np.concatenate(found)

    def _damaged(self, number: int, found: str, expected: str) -> FormatError:
        return FormatError(f"{self.where}, tree {number}: found {found}, expected {expected}: save the model again")
