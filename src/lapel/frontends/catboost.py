"""CatBoost: models saved as JSON, and in memory -> Graph of trees. CatBoost itself is not needed for files.

A tree goes right where x > border, in float32; of an oblivious tree all nodes of a level ask the same.
Source: CatBoost, docs/en/concepts/json-model-files; catboost/libs/model/model_export/json_model_helpers.cpp.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lapel.ensembles import Ensemble, Tree
from lapel.errors import UnsupportedModel, shown
from lapel.frontends._boosting import Grower
from lapel.frontends._calibration import check_calibration
from lapel.frontends._documents import Document, read_json
from lapel.frontends._format import Format
from lapel.frontends._trees import Grown, import_trees
from lapel.ir import Graph, Label, Task

__all__ = ["FORMAT", "grown_of", "json_of", "read_catboost"]

RELEASES = ("0", "1")
"""Of libraries whose files are read, the first number."""
CLASSES = ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll")
NUMBERS = (
    *("RMSE", "MAE", "Quantile", "MultiQuantile", "Huber", "LogCosh", "Expectile", "Lq", "MAPE", "MultiRMSE"),
    *("QueryRMSE", "QuerySoftMax", "PairLogit", "PairLogitPairwise", "YetiRank", "YetiRankPairwise"),
)
"""Losses whose sums are the numbers."""
MOST_DEPTH = 16
"""Of oblivious trees, as CatBoost itself has it."""
OTHER_FEATURES = ("categorical_features", "text_features", "embedding_features")
THRESHOLD = "binclass_probability_threshold"
"""Where a model has been told from which probability on it says yes."""


def read_catboost(data: bytes, name: str = "model", calibration: Any = None) -> Graph:
    """The graph of a saved model's content; calibration: samples [n, features] that say what the input holds, without
    which it is float32.

    Raises FormatError if the file is damaged, UnsupportedModel with every problem if Lapel cannot compute it, and
    InputError where the calibration data is no good.
    """
    if data[:4] == BINARY:
        raise UnsupportedModel(name, ["it is CatBoost's own binary, expected JSON: save_model(path, format='json')"])
    grown = grown_of(read_json(data, name))
    given = None
    if calibration is not None:
        given = check_calibration(calibration, grown.ensemble.features, grown.features, missing=True)
    return import_trees(name, grown, given)


def grown_of(document: Document) -> Grown:
    """The trees of a saved model. Raises FormatError where it is damaged, UnsupportedModel with every problem."""
    info = document.at("model_info")
    loss = info.at("params", "loss_function", "type").text()
    problems = _problems(document, info, loss)
    if problems:
        raise UnsupportedModel(document.where, problems)
    ends = document.at("scale_and_bias").each()
    if len(ends) != 2:
        raise document.at("scale_and_bias").fail(f"{len(ends)} values", "a scale and biases")
    scale, bias = ends[0], ends[1].numbers()
    features = document.at("features_info", "float_features").each()
    grower = Grower(document.where, len(features), len(bias))
    missing = _missing_left(features)
    factor = float(Document([scale.value], scale.where).numbers()[0])
    trees = _trees(document, grower, factor, missing)
    task: Task = "classification" if loss in CLASSES else "regression"
    classes = _classes(info, max(len(bias), 2)) if task == "classification" else ()
    ensemble = Ensemble(trees, bias, len(features), "numbers")
    return Grown(document.where, ensemble, task, classes, _names(features), missing=True)


def _problems(document: Document, info: Document, loss: str) -> list[str]:
    problems = []
    said = re.search(r"release (\d+)[.\d]*", str(info.value.get("catboost_version_info", "")))
    if said is not None and said.group(1) not in RELEASES:
        problems.append(f"it is of CatBoost {said.group(0)}, expected {' or '.join(RELEASES)}: save it with such a one")
    if loss not in (*CLASSES, *NUMBERS):
        expected = f"one whose sums are scores or numbers: {', '.join((*CLASSES, *NUMBERS))}"
        problems.append(f"its loss is {shown(loss)!r}, expected {expected}")
    for kind in OTHER_FEATURES:
        found = document.at("features_info").value.get(kind)
        if found:
            problems.append(f"has {len(found)} {kind.replace('_', ' ')}, expected numbers: encode them before training")
    if THRESHOLD in info.value:
        problems.append(f"says yes from a probability of {info.value[THRESHOLD]} on, expected 0.5")
    return problems


def _trees(document: Document, grower: Grower, scale: float, missing: np.ndarray) -> tuple[Tree, ...]:
    if document.has("oblivious_trees"):
        return tuple(
            _oblivious(t, k, grower, scale, missing) for k, t in enumerate(document.at("oblivious_trees").each())
        )
    return tuple(_grown_freely(t, k, grower, scale, missing) for k, t in enumerate(document.at("trees").each()))


def _oblivious(tree: Document, number: int, grower: Grower, scale: float, missing: np.ndarray) -> Tree:
    """A whole binary tree, the children of node i at 2i + 1 and 2i + 2; the first split has a leaf's lowest bit."""
    splits = [_split(s, grower) for s in tree.at("splits").each()] if tree.at("splits").value else []
    depth = len(splits)
    if depth > MOST_DEPTH:
        raise tree.fail(f"{depth} splits", f"at most {MOST_DEPTH}")
    leaves, found = 1 << depth, tree.at("leaf_values").numbers()
    if len(found) != leaves * grower.outputs:
        raise tree.fail(f"{len(found)} leaf values", f"{leaves} of {grower.outputs} outputs")
    order = np.arange(leaves)
    for bit in range(depth):
        order = order & ~(1 << bit) | (np.arange(leaves) >> (depth - 1 - bit) & 1) << bit
    values = np.zeros((2 * leaves - 1, grower.outputs))
    values[leaves - 1 :] = found.reshape(leaves, -1)[order] * scale
    at = np.arange(2 * leaves - 1)
    inner = at < leaves - 1
    level = np.floor(np.log2(at + 1)).astype(np.int64)
    feature, border = (np.array([s[k] for s in splits] + [0])[np.minimum(level, depth)] for k in (0, 1))
    children = np.where(inner, 2 * at + 1, -1), np.where(inner, 2 * at + 2, -1)
    split = feature.astype(np.int64), border.astype(np.float64)
    return grower.tree(number, split, children, values, _of(missing, split[0]))


def _grown_freely(tree: Document, number: int, grower: Grower, scale: float, missing: np.ndarray) -> Tree:
    """A tree of other growing policies: records in records."""
    splits: list[tuple[int, float]] = []
    left: list[int] = []
    right: list[int] = []
    values: list[np.ndarray] = []
    todo: list[tuple[Document, list[int], int]] = [(tree, [], 0)]
    while todo:
        node, parent, at = todo.pop()
        if parent:
            parent[at] = len(left)
        inner = node.has("split")
        splits.append(_split(node.at("split"), grower) if inner else (0, 0.0))
        left.append(-1)
        right.append(-1)
        values.append(np.zeros(grower.outputs) if inner else _leaf(node.at("value"), grower.outputs) * scale)
        if inner:
            todo += [(node.at("right"), right, len(right) - 1), (node.at("left"), left, len(left) - 1)]
    feature, border = np.array([s[0] for s in splits], np.int64), np.array([s[1] for s in splits], np.float64)
    children = np.array(left, np.int64), np.array(right, np.int64)
    return grower.tree(number, (feature, border), children, np.array(values), _of(missing, feature))


def _of(missing: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """bool: of each node that of its feature; features that do not exist are found later."""
    return np.asarray(missing[np.clip(feature, 0, len(missing) - 1)])


def _missing_left(features: list[Document]) -> np.ndarray:
    """bool [F]: NaN is no more than any border, unless it counts as the greatest number."""
    return np.array([f.at("nan_value_treatment").text() != "AsTrue" for f in features])


def _leaf(value: Document, outputs: int) -> np.ndarray:
    found = value if isinstance(value.value, list) else Document([value.value], value.where)
    numbers = found.numbers()
    if len(numbers) != outputs:
        raise value.fail(f"{len(numbers)} numbers", f"{outputs}")
    return numbers


def _split(split: Document, grower: Grower) -> tuple[int, float]:
    """(feature, border as float32)."""
    if split.at("split_type").text() != "FloatFeature":
        kind = split.at("split_type").text()
        raise UnsupportedModel(grower.where, [f"has splits of type {shown(kind)!r}, expected those of numbers"])
    border = Document([split.at("border").value], split.where).numbers()
    return split.at("float_feature_index").whole(), float(np.float32(border[0]))


def _classes(info: Document, count: int) -> tuple[Label, ...]:
    found = info.at("class_params", "class_names").value if info.has("class_params") else []
    if isinstance(found, list) and len(found) == count and all(isinstance(c, (str, int, float)) for c in found):
        return tuple(found)
    return tuple(range(count))


def _names(features: list[Document]) -> tuple[str, ...]:
    """Of the columns, where all have one."""
    names = tuple(str(f.value.get("feature_id", "")) for f in features if isinstance(f.value, dict))
    return names if len(names) == len(features) and all(names) and len(set(names)) == len(names) else ()


def json_of(model: Any) -> bytes:
    """What a fitted model in memory writes as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return path.read_bytes()


BINARY = b"CBM1"


def _matches(head: bytes) -> bool:
    if head[:4] == BINARY:
        return True
    is_record = head.lstrip()[:1] == b"{" and b'"features_info"' in head
    return is_record and b'"scale_and_bias"' in head


FORMAT = Format(
    name="CatBoost", shared_suffixes=(".json",), matches=_matches, read=read_catboost, read_calibrated=read_catboost
)
