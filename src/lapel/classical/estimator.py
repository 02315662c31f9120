"""What the estimators share: scikit-learn's interface, int8 features, a graph of integers that `predict` computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from lapel.building import GraphBuilder
from lapel.classical.encoding import Encoding, Input, choose
from lapel.classical.size import constant_bytes
from lapel.errors import MissingTool, UnfitData
from lapel.ir import Graph, Origin, Tensor
from lapel.ir.origin import Agreement, decide
from lapel.ops import evaluate

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as e:
    raise MissingTool(
        'scikit-learn 1.6 is not installed, lapel.classical needs it: pip install "lapel[sklearn]"'
    ) from e

INPUTS = ("auto", "int8", "float")


class Learned(Protocol):
    """A trained network."""

    def scores(self, q: np.ndarray) -> np.ndarray:
        """float64 [n, L], with nothing but weights rounded, of integer features [n, K]."""
        ...


class Stateless(Learned, Protocol):
    """A trained network of samples that have nothing to do with each other."""

    def write(self, b: GraphBuilder, x: Tensor) -> Tensor:
        """Add the nodes of int8 features [n, K]; the scores of each class [n, L]."""
        ...


AnyLearned = TypeVar("AnyLearned", bound=Learned)
AnyStateless = TypeVar("AnyStateless", bound=Stateless)


class IntegerClassifier(ClassifierMixin, BaseEstimator, Generic[AnyLearned]):
    """A classifier whose model is a graph of integers of at most `budget_bytes` of constants.

    `predict` and `decision_function` compute that graph, as its firmware does, bit for bit. Subclasses have the
    parameters budget_bytes, input and random_state, and say how a network is trained.

    Fitted: classes_; n_features_in_, feature_names_in_ (of a DataFrame); encoding_, how features become int8; learned_;
    model_bytes_, all constants of the graph; agreement_, the share of training samples that get the class that the
    network gives without rounding.
    """

    budget_bytes: int
    input: Input
    random_state: Any

    def _learn(self, q: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> AnyLearned:
        """The trained network of integer features [n, K] and class indexes [n]; raises UnfitData."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any) -> Any:
        """Train on samples [n, features] of numbers and their labels [n], of two classes at least.

        Raises UnfitData, which is a ValueError: NaN, text, one class, a budget below the smallest model.
        """
        X, labels = self._checked(X, y)
        self._check_options()
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        steps = self._steps(X)
        self.encoding_: Encoding = choose(steps.reshape(-1, steps.shape[-1]), self.input)
        q = self._integers(X)
        self.learned_: AnyLearned = self._learn(q, labels, rng)
        self.model_bytes_ = constant_bytes(self._written(1))
        if self.model_bytes_ > self.budget_bytes:
            raise self._too_small(self.model_bytes_)
        said = decide(self.learned_.scores(q), 0.0, "classification")
        self.agreement_ = float((self._scores(X).argmax(axis=1) == said).mean())
        self.samples_ = len(X)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The class of each sample [n, features]."""
        chosen = self._valid_scores(X).argmax(axis=1)
        return np.asarray(self.classes_[chosen])

    def decision_function(self, X: Any) -> np.ndarray:
        """A score a class, [n, L], in units of the graph's output; of two classes [n], of the second over the first."""
        scores = self._valid_scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def as_graph(self, name: str, slope: np.ndarray | None = None, offset: np.ndarray | None = None) -> Graph:
        """The model as a graph of batch 1; of slope · x + offset [features] each, where scalers stand before it."""
        check_is_fitted(self)
        return self._written(1, name, slope, offset)

    def _written(
        self, batch: int, name: str = "model", slope: np.ndarray | None = None, offset: np.ndarray | None = None
    ) -> Graph:
        """The graph of `as_graph`, of any batch."""
        raise NotImplementedError

    def _steps(self, X: np.ndarray) -> np.ndarray:
        """What a graph takes of samples [n, features]: these, or the steps of sequences [n, T, F]."""
        return X

    def _integers(self, X: np.ndarray) -> np.ndarray:
        """int8, of the shape of `_steps`."""
        steps = self._steps(X)
        return self.encoding_.integers(steps.reshape(-1, steps.shape[-1])).reshape(steps.shape)

    def _encoding_behind(self, slope: np.ndarray | None, offset: np.ndarray | None) -> Encoding:
        """The encoding of what scalers, if there are any, make slope · x + offset of."""
        if slope is None or offset is None or ((slope == 1).all() and (offset == 0).all()):
            return self.encoding_
        return self.encoding_.behind(slope, offset)

    def _origin(self, encoding: Encoding) -> Origin:
        agreement = getattr(self, "agreement_", None)
        return Origin(
            task="classification",
            classes=tuple(self.classes_.tolist()),
            features=tuple(map(str, getattr(self, "feature_names_in_", ()))),
            numbers=True,
            scores=lambda x: self.learned_.scores(encoding.integers(np.asarray(x, np.float64).reshape(len(x), -1))),
            agreement=None if agreement is None else Agreement(agreement, "classes", self.samples_),
        )

    def _valid_scores(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self._scores(_valid(self, X, reset=False))

    def _scores(self, X: np.ndarray) -> np.ndarray:
        """float64 [n, L] by the graph's reference."""
        raise NotImplementedError

    def _checked(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """(float64 [n, features], class indexes [n]); sets what scikit-learn wants to be known of the data."""
        X, y = _valid(self, X, y)
        try:
            check_classification_targets(y)
        except ValueError as e:
            raise UnfitData(f"{type(self).__name__}: {e}") from e
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            found = f"y has one class, {self.classes_.tolist()[0]!r}"
            raise UnfitData(f"{type(self).__name__}: {found}, expected two or more classes: add samples of others")
        return X, labels

    def _check_options(self) -> None:
        whole = {"budget_bytes": self.budget_bytes, **self._whole_numbers()}
        for name, value in whole.items():
            if not isinstance(value, (int, np.integer)) or value < 1:
                raise UnfitData(f"{type(self).__name__}: {name} is {value!r}, expected a whole number from 1 on")
        if self.input not in INPUTS:
            expected = " or ".join(map(repr, INPUTS))
            raise UnfitData(f"{type(self).__name__}: input is {self.input!r}, expected {expected}")

    def _whole_numbers(self) -> dict[str, Any]:
        """Parameters, given ones, that have to be whole numbers from 1 on."""
        return {}

    def _too_small(self, least_bytes: int) -> UnfitData:
        found = f"budget_bytes is {self.budget_bytes:,}"
        expected = f"expected {least_bytes:,} or more, the smallest model of {self.n_features_in_} features and"
        classes = f"{len(self.classes_)} classes that these parameters allow"
        return UnfitData(f"{type(self).__name__}: {found}, {expected} {classes}: raise the budget or drop features")


class StatelessClassifier(IntegerClassifier[AnyStateless]):
    """A classifier of samples that have nothing to do with each other."""

    def _written(
        self, batch: int, name: str = "model", slope: np.ndarray | None = None, offset: np.ndarray | None = None
    ) -> Graph:
        b, encoding = GraphBuilder(name), self._encoding_behind(slope, offset)
        scores = self.learned_.write(b, encoding.add(b, batch))
        return b.graph(scores, origin=self._origin(encoding) if batch == 1 else Origin())

    def _scores(self, X: np.ndarray) -> np.ndarray:
        graph = self._written(len(X))
        (name,), (result,) = graph.arguments, graph.results
        given = X.astype(np.float32) if self.encoding_.quant is None else self._integers(X)
        found, quant = evaluate(graph, {name: given})[result], graph.tensors[result].type.quant
        assert quant is not None
        return found.astype(np.float64) * quant.scale[0]


def _valid(estimator: Any, X: Any, *y: Any, reset: bool = True) -> Any:
    """float64 samples [n, features], and labels if there are; raises UnfitData with scikit-learn's reason."""
    try:
        return validate_data(estimator, X, *y, dtype=np.float64, reset=reset)
    except ValueError as e:
        raise UnfitData(f"{type(estimator).__name__}: {' '.join(str(e).split())}") from e


def whole(**numbers: Any) -> dict[str, Any]:
    """Those numbers that are given."""
    return {name: value for name, value in numbers.items() if value is not None}


def spread_over(classes: int, count: int) -> Sequence[int]:
    """How many of `count` things each class gets: as even as may be, the first ones more."""
    return [count // classes + (c < count % classes) for c in range(classes)]
