"""A decision tree for one class of several."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm
from lapel.frontends.sklearn.trees import class_votes, one_output

ESTIMATOR = EstimatorForm(
    "DecisionTreeClassifier",
    lambda model, probabilities: class_votes([model]),
    lambda model: "classification",
    one_output,
    kind="trees",
    missing=True,
)
