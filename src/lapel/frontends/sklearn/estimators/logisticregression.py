"""A score a class by one linear layer, or one score of two classes."""

from __future__ import annotations

from typing import Any

from lapel.frontends.sklearn.forms import EstimatorForm, linear
from lapel.frontends.sklearn.layers import Layer


def layers(model: Any, probabilities: bool) -> tuple[Layer, ...]:
    curve = "logistic" if len(model.classes_) == 2 else "softmax"
    return linear(model, curve if probabilities else "identity")


def problems(model: Any, probabilities: bool) -> list[str]:
    each = getattr(model, "multi_class", None) == "ovr" or model.solver == "liblinear"
    if probabilities and each and len(getattr(model, "classes_", ())) > 2:
        found = "probabilities of one class against the others, scaled to the sum 1"
        return [f"LogisticRegression has {found}, expected those of a softmax: use solver='lbfgs', or output='logits'"]
    return []


ESTIMATOR = EstimatorForm("LogisticRegression", layers, lambda model: "classification", problems)
