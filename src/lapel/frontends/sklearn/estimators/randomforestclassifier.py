"""Decision trees of bootstrap samples for one class of several."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm
from lapel.frontends.sklearn.trees import class_votes, one_output

ESTIMATOR = EstimatorForm(
    "RandomForestClassifier",
    lambda model, probabilities: class_votes(list(model.estimators_)),
    lambda model: "classification",
    one_output,
    kind="trees",
    missing=True,
)
