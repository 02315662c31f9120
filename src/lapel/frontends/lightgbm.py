"""LightGBM: saved models (.txt) and boosters in memory -> Graph of trees. LightGBM itself is not needed for files.

A tree goes left where x <= threshold, in float64. Source: LightGBM, src/io/tree.cpp and gbdt_model_text.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.ensembles import Ensemble, Tree
from lapel.errors import FormatError, UnsupportedModel, shown, some
from lapel.frontends._boosting import Grower
from lapel.frontends._calibration import check_calibration
from lapel.frontends._format import Format
from lapel.frontends._trees import Grown, import_trees
from lapel.ir import Graph, Task

__all__ = ["FORMAT", "grown_of", "read_lightgbm"]

VERSIONS = ("v3", "v4")
CLASSES = ("binary", "multiclass", "multiclassova")
NUMBERS = ("regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg")
"""Objectives whose sums are the numbers."""
CATEGORICAL, DEFAULT_LEFT, ZERO_IS_MISSING, NAN_IS_MISSING = 1, 2, 4, 8
"""Bits of a node's decision_type; where values near zero are missing they go to the default side."""
NEAR_ZERO = float(np.float32(1e-35))
"""What is not farther from zero is zero, as the library's predict has it."""
FIRST = b"tree\n"
"""The first line of a saved model, of which \\r\\n is read as well."""

Fields = Mapping[str, str]


def read_lightgbm(data: bytes, name: str = "model", calibration: Any = None) -> Graph:
    """The graph of a saved model's content; calibration: samples [n, features] that say what the input holds, without
    which it is float32.

    Raises FormatError if the file is damaged, UnsupportedModel with every problem if Lapel cannot compute it, and
    InputError where the calibration data is no good.
    """
    if _is_dump(data):
        problem = "it is a dump in JSON, expected the text that save_model and model_to_string write: save it so"
        raise UnsupportedModel(name, [problem])
    grown = grown_of(data.decode("utf-8", "replace"), name)
    given = None
    if calibration is not None:
        given = check_calibration(calibration, grown.ensemble.features, grown.features, missing=True)
    return import_trees(name, grown, given)


@dataclass(frozen=True)
class _Block:
    """Lines `name=value` of a part of the file, and how it is called."""

    fields: Fields
    where: str

    def fail(self, found: str, expected: str) -> FormatError:
        return FormatError(f"{self.where}: found {found}, expected {expected}: save the model again")

    def text(self, name: str) -> str:
        if name not in self.fields:
            raise self.fail(f"no line {name!r}", "one")
        return self.fields[name]

    def whole(self, name: str) -> int:
        (found,) = self.wholes(name, 1)
        return int(found)

    def wholes(self, name: str, count: int) -> np.ndarray:
        """int64 [count]."""
        found = self.numbers(name, count)
        if (found != np.rint(found)).any() or (np.abs(found) > 2**31).any():
            raise self.fail(f"{name!r} of {shown(self.fields[name])!r}", "whole numbers")
        return found.astype(np.int64)

    def numbers(self, name: str, count: int) -> np.ndarray:
        """float64 [count]."""
        text = self.text(name)
        try:
            found = np.array([float(v) for v in text.split()], np.float64)
        except ValueError:
            found = np.zeros(0)
        if len(found) != count:
            raise self.fail(f"{name!r} of {shown(text)!r}", f"{count} numbers")
        return found


def grown_of(text: str, where: str) -> Grown:
    """The trees of a saved model. Raises FormatError where it is damaged, UnsupportedModel with every problem."""
    head, trees = _blocks(text, where)
    objective = head.text("objective").split() if "objective" in head.fields else ["custom"]
    problems = _problems(head, objective) + _split_problems(trees)
    if problems:
        raise UnsupportedModel(where, problems)
    outputs, features = head.whole("num_tree_per_iteration"), head.whole("max_feature_idx") + 1
    if outputs < 1 or features < 1 or len(trees) % outputs:
        raise head.fail(f"{len(trees)} trees of {outputs} outputs and {features} features", "as many of each output")
    grower = Grower(where, features, outputs)
    share = outputs / max(len(trees), 1) if "average_output" in head.fields else 1.0
    made = tuple(_tree(block, k, k % outputs, grower, share) for k, block in enumerate(trees))
    task: Task = "classification" if objective[0] in CLASSES else "regression"
    classes = tuple(range(max(outputs, 2))) if task == "classification" else ()
    ensemble = Ensemble(made, np.zeros(outputs), features, "numbers", single=False)
    return Grown(where, ensemble, task, classes, _names(head, features), missing=True)


def _blocks(text: str, where: str) -> tuple[_Block, list[_Block]]:
    """The header and the trees."""
    body, end, _ = text.partition("\nend of trees")
    if not end:
        raise FormatError(f"{where}: found no end of trees, expected all of a file: save the model again")
    head, *parts = body.split("\nTree=")
    trees = [_Block(_fields(p.splitlines()[1:]), f"{where}, tree {k}") for k, p in enumerate(parts)]
    found = _Block(_fields(head.splitlines()[1:]), where)
    if "tree_sizes" in found.fields and len(found.text("tree_sizes").split()) != len(trees):
        raise found.fail(f"{len(trees)} trees", f"{len(found.text('tree_sizes').split())}, as its header says")
    return found, trees


def _fields(lines: Sequence[str]) -> dict[str, str]:
    return {name: value for name, _, value in (line.strip().partition("=") for line in lines)}


def _problems(head: _Block, objective: list[str]) -> list[str]:
    problems = []
    if head.text("version") not in VERSIONS:
        expected = f"{' or '.join(VERSIONS)}: save it with a LightGBM of 3 or 4"
        problems.append(f"its version is {shown(head.text('version'))!r}, expected {expected}")
    if objective[0] not in (*CLASSES, *NUMBERS):
        expected = f"one whose sums are scores or numbers: {', '.join((*CLASSES, *NUMBERS))}"
        problems.append(f"its objective is {shown(objective[0])!r}, expected {expected}")
    if "sqrt" in objective:
        problems.append("its sums are square roots of the numbers, expected the numbers: train with reg_sqrt=False")
    return problems


def _split_problems(trees: list[_Block]) -> list[str]:
    problems = []
    if any(t.fields.get("is_linear", "0") != "0" for t in trees):
        problems.append("its leaves are linear models, expected numbers: train with linear_tree=False")
    categorical, zeros = set[int](), set[int]()
    for tree in trees:
        count = tree.whole("num_leaves") - 1
        if count < 1:
            continue
        kinds, features = tree.wholes("decision_type", count), tree.wholes("split_feature", count)
        categorical.update(features[(kinds & CATEGORICAL) != 0].tolist())
        left, natural = (kinds & DEFAULT_LEFT) != 0, tree.numbers("threshold", count)
        apart = (natural > NEAR_ZERO) & ~left | (natural < -NEAR_ZERO) & left
        zeros.update(features[apart & (kinds & ZERO_IS_MISSING != 0) & (kinds & CATEGORICAL == 0)].tolist())
    if categorical:
        which = some(sorted(categorical))
        problems.append(f"has splits by category of features {which}, expected numbers: encode these before training")
    if zeros:
        which = some(sorted(zeros))
        problems.append(f"takes zeros of features {which} out of their order, expected zero_as_missing=False")
    return problems


def _names(head: _Block, features: int) -> tuple[str, ...]:
    """Of the columns, if they are more than numbers."""
    names = tuple(head.fields.get("feature_names", "").split())
    return () if names == tuple(f"Column_{k}" for k in range(features)) or len(names) != features else names


def _tree(block: _Block, number: int, output: int, grower: Grower, share: float) -> Tree:
    """Inner nodes 0..n - 2 and leaves ~0..~(n - 1) as nodes 0..2n - 2, leaves last."""
    leaves = block.whole("num_leaves")
    if leaves < 1:
        raise block.fail(f"{leaves} leaves", "one or more")
    count = leaves - 1
    ends = np.full(leaves, -1, np.int64)
    values = np.concatenate([np.zeros(count), block.numbers("leaf_value", leaves) * share])
    if not count:
        made = grower.of_output(values, output)
        return grower.tree(number, (ends + 1, np.zeros(1)), (ends, ends), made, ends < 0)
    left, right = (_children(block.wholes(f"{side}_child", count), count) for side in ("left", "right"))
    feature = np.concatenate([block.wholes("split_feature", count), np.zeros(leaves, np.int64)])
    threshold = np.concatenate([_thresholds(block, count), np.zeros(leaves)])
    missing = np.concatenate([_missing_left(block, count), ends < 0])
    children = np.concatenate([left, ends]), np.concatenate([right, ends])
    return grower.tree(number, (feature, threshold), children, grower.of_output(values, output), missing)


def _children(found: np.ndarray, inner: int) -> np.ndarray:
    return np.where(found < 0, inner + ~found, found)


def _thresholds(block: _Block, count: int) -> np.ndarray:
    """float64 [count]; values near zero are zero, so a threshold among them moves to where zero does not cross it."""
    found, kinds = block.numbers("threshold", count), block.wholes("decision_type", count)
    left = np.where(kinds & ZERO_IS_MISSING != 0, kinds & DEFAULT_LEFT != 0, found >= 0)
    outside = np.where(left, NEAR_ZERO, np.nextafter(-NEAR_ZERO, -np.inf))
    return np.where(np.abs(found) <= NEAR_ZERO, outside, found)


def _missing_left(block: _Block, count: int) -> np.ndarray:
    """bool [count]: NaN goes to the default side where it, or zero, is missing, else to that of zero."""
    kinds = block.wholes("decision_type", count)
    natural = block.numbers("threshold", count) >= 0
    return np.asarray(np.where(kinds & (ZERO_IS_MISSING | NAN_IS_MISSING), kinds & DEFAULT_LEFT != 0, natural))


def _is_dump(head: bytes) -> bool:
    return head[:1] == b"{" and b'"tree_info"' in head and b'"max_feature_idx"' in head


def _is_booster(model: object) -> bool:
    kind = type(model)
    return kind.__name__ == "Booster" and kind.__module__.split(".")[0] == "lightgbm"


FORMAT = Format(
    name="LightGBM",
    shared_suffixes=(".txt",),
    matches=lambda head: head[:64].replace(b"\r\n", b"\n").startswith(FIRST + b"version=") or _is_dump(head),
    read=read_lightgbm,
    read_calibrated=read_lightgbm,
    holds=_is_booster,
    convert=lambda model, calibration, name: read_lightgbm(model.model_to_string().encode(), name, calibration),
)
