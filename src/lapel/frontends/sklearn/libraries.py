"""Estimators of XGBoost, LightGBM and CatBoost, by what these write of them: the importers of their files read it."""

from __future__ import annotations

import math
from typing import Any

from lapel.ensembles import Ensemble
from lapel.frontends import catboost, lightgbm, xgboost
from lapel.frontends._documents import read_json
from lapel.frontends.sklearn.forms import without_probabilities
from lapel.frontends.xgboost.model import grown_of


def of_xgboost(model: Any, probabilities: bool) -> Ensemble:
    """The trees that `predict` takes, up to the best iteration where training stopped early."""
    kind = type(model).__name__
    return grown_of(xgboost.document_of(bytes(model.get_booster().save_raw("json")), kind), best=True).ensemble


def xgboost_problems(model: Any, probabilities: bool) -> list[str]:
    """No probabilities, and a number that stands for a missing one, of which the trees know nothing."""
    missing = model.missing
    found = without_probabilities(model, probabilities)
    if not (isinstance(missing, float) and math.isnan(missing)):
        found.append(f"{type(model).__name__} takes {missing!r} for missing, expected NaN: train with missing=nan")
    return found


def of_lightgbm(model: Any, probabilities: bool) -> Ensemble:
    """The same of LightGBM."""
    return lightgbm.grown_of(model.booster_.model_to_string(), type(model).__name__).ensemble


def of_catboost(model: Any, probabilities: bool) -> Ensemble:
    """The same of CatBoost."""
    return catboost.grown_of(read_json(catboost.json_of(model), type(model).__name__)).ensemble
