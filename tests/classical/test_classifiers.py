"""Every estimator of `lapel.classical`: scikit-learn's interface, the firmware's integers, budgets, bad input."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from blobs import blobs
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import lapel
from lapel import classical
from lapel.classical.size import constant_bytes
from lapel.errors import InputError, UnfitData, UnsupportedModel
from lapel.ops import evaluate
from lapel.proving import run
from lapel.targets import load_target

CLASSES = [getattr(classical, name) for name in classical.__all__]
NAMES = list(classical.__all__)
each = pytest.mark.parametrize("make", CLASSES, ids=NAMES)
STATELESS = [c for c in CLASSES if c.__name__ != "FastGRNNClassifier"]


def _scores(found: Any) -> np.ndarray:
    (scores,) = found.outputs.values()
    return np.asarray(scores)


def fitted(make: Any, **options: Any) -> Any:
    epochs = 20 if make in STATELESS else 60
    return make(random_state=0, epochs=epochs, **options).fit(*blobs())


@each
def test_scikit_learn_checks_it(make: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(make(epochs=12), on_fail=None)
    assert {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"} == {}
    assert sum(r["status"] == "passed" for r in results) > 40


@each
def test_learns_and_keeps_to_its_budget(make: Any) -> None:
    model, (x, y) = fitted(make, budget_bytes=500), blobs(seed=1)
    assert model.score(x, y) > 0.9
    assert model.model_bytes_ <= 500
    assert model.agreement_ > 0.9


@each
@pytest.mark.parametrize("target", ["arduino-uno", "cortex-m4"])
def test_firmware_says_what_predict_says(make: Any, target: str) -> None:
    model, (x, _) = fitted(make), blobs(count=12, seed=2)
    if make in STATELESS:
        found = run(model, target, x)
        said = _scores(found).reshape(len(x), -1)
    else:
        found = run(model, target, x.reshape(-1, 1), reset_every=x.shape[1])
        said = _scores(found).reshape(*x.shape, -1)[:, -1]
    assert found.bit_exact
    assert (model.classes_[said.argmax(axis=1)] == model.predict(x)).all()


@pytest.mark.parametrize("make", STATELESS)
def test_unlike_features_are_scaled_on_the_device(make: Any) -> None:
    x, y = blobs()
    x = x * np.array([1, 1e-3, 1e4, 1, 1, 1]) + np.array([0, 5, 0, -300, 0, 0])
    model = make(random_state=0, epochs=20).fit(x, y)
    assert model.encoding_.quant is None and model.score(x, y) > 0.9
    found = run(model, "arduino-uno", x[:6])
    assert found.bit_exact
    assert (_scores(found).argmax(axis=-1).reshape(-1) == model.predict(x[:6])).all()


@pytest.mark.parametrize("make", STATELESS)
def test_scalers_before_it_become_part_of_the_model(make: Any) -> None:
    x, y = blobs(labels=("a", "b", "c"))
    pipeline = make_pipeline(StandardScaler(), make(random_state=0, epochs=20)).fit(x, y)
    graph = lapel.load(pipeline)
    assert graph.origin.classes == ("a", "b", "c")
    scores = np.concatenate(
        [evaluate(graph, {"features": row[None].astype(np.float32)})[graph.results[0]] for row in x]
    )
    assert np.mean(np.array(graph.origin.classes)[scores.argmax(axis=1)] == pipeline.predict(x)) > 0.98


def test_a_projection_before_it_is_refused() -> None:
    x, y = blobs()
    pipeline = make_pipeline(PCA(3), classical.ProtoNNClassifier(epochs=4)).fit(x, y)
    with pytest.raises(UnsupportedModel, match="PCA mixes features before ProtoNNClassifier, which projects them"):
        lapel.load(pipeline)


def test_what_a_search_found_is_built() -> None:
    x, y = blobs()
    search = GridSearchCV(classical.ProtoNNClassifier(epochs=4, random_state=0), {"projection_dim": [2, 3]}, cv=2).fit(
        x, y
    )
    assert lapel.load(search).nodes[0].op == "project"


@each
def test_equal_seeds_give_equal_models(make: Any) -> None:
    a = fitted(make)
    b = clone(a).fit(*blobs())
    assert a.as_graph("m").digest() == b.as_graph("m").digest()


@each
def test_bytes_are_those_of_the_graph(make: Any) -> None:
    model = fitted(make)
    assert model.model_bytes_ == constant_bytes(model.as_graph("m"))
    built = lapel.build(model, replace(load_target("arduino-uno"), kernels=("portable",)))
    # What a kernel of one step alone has of its numbers is in its code.
    assert model.model_bytes_ - 64 < built.memory.flash_data_bytes <= model.model_bytes_


@each
def test_bad_input_says_what_to_do(make: Any) -> None:
    x, y = blobs()
    hole = x.copy()
    hole[3, 2] = np.nan
    cases: list[tuple[Any, Any, Any, str]] = [
        (make(epochs=1), x, np.zeros(len(x)), r"y has one class, 0\.0, expected two or more classes"),
        (make(epochs=1), hole, y, "contains NaN"),
        (make(epochs=1), [["a", "b"], ["c", "d"]], [0, 1], "could not convert string to float"),
        (make(epochs=0), x, y, "epochs is 0, expected a whole number from 1 on"),
        (make(budget_bytes="2 KB"), x, y, "budget_bytes is '2 KB'"),
        (make(epochs=1, input="int4"), x, y, "input is 'int4', expected 'auto' or 'int8' or 'float'"),
    ]
    for model, data, labels, message in cases:
        with pytest.raises(UnfitData, match=message):
            model.fit(data, labels)
    with pytest.raises(InputError, match="is not fitted, expected a fitted one: call fit first"):
        lapel.load(make())


@each
def test_a_budget_too_small_names_the_smallest(make: Any) -> None:
    x, y = blobs()
    with pytest.raises(UnfitData, match=r"budget_bytes is 20, expected [\d,]+ or more, the smallest model") as found:
        make(budget_bytes=20, epochs=1).fit(x, y)
    least = int(str(found.value).split("expected ")[1].split(" ")[0].replace(",", ""))
    assert make(budget_bytes=least, epochs=1).fit(x, y).model_bytes_ <= least
    with pytest.raises(UnfitData):
        make(budget_bytes=least - 1, epochs=1).fit(x, y)


@pytest.mark.parametrize("make", STATELESS)
def test_looks_at_the_most_telling_features_alone(make: Any) -> None:
    x, y = blobs()
    model = make(max_features=4, random_state=0, epochs=20).fit(x, y)
    graph = model.as_graph("m")
    assert [n.op for n in graph.nodes][:2] == ["gather", "project"]
    (chosen,) = (t.data for name, t in graph.tensors.items() if name.endswith("projection/features"))
    assert chosen is not None and len(chosen) == 4 and 5 not in chosen  # which does not vary
    assert run(model, "arduino-uno", x[:5]).bit_exact


def test_a_sequence_is_whole_steps() -> None:
    x, y = blobs()
    with pytest.raises(UnfitData, match="6 features are no whole number of steps of 4, expected a multiple"):
        classical.FastGRNNClassifier(step_features=4).fit(x, y)
    pipeline = make_pipeline(StandardScaler(), classical.FastGRNNClassifier(step_features=3, epochs=2)).fit(x, y)
    with pytest.raises(UnfitData, match="treats the same feature of different steps differently"):
        lapel.load(pipeline)


def test_prototypes_are_one_a_class_at_least() -> None:
    with pytest.raises(UnfitData, match="prototypes is 2, expected 3 to 381, one for each class at least"):
        classical.ProtoNNClassifier(prototypes=2).fit(*blobs())
