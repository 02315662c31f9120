"""XGBoost: saved models (.json, .ubj) and boosters in memory -> Graph of trees. Files do not need XGBoost itself."""

from __future__ import annotations

from typing import Any

from lapel.errors import UnsupportedModel
from lapel.frontends._calibration import check_calibration
from lapel.frontends._documents import Document, read_json
from lapel.frontends._format import Format
from lapel.frontends._trees import import_trees
from lapel.frontends.xgboost.model import grown_of
from lapel.frontends.xgboost.ubjson import read_ubjson
from lapel.ir import Graph

__all__ = ["FORMAT", "document_of", "read_xgboost"]

LEARNER = b"learner"
HEAD_BYTES = 64
"""In which a saved model names its learner; before it comes nothing but blanks, or a length."""
DUMPS = (b"booster[0]", b'[\n  { "nodeid"', b'[{"nodeid"')
"""How dump_model begins, as text and as JSON."""


def read_xgboost(data: bytes, name: str = "model", calibration: Any = None) -> Graph:
    """The graph of a saved model's content; calibration: samples [n, features] that say what the input holds, without
    which it is float32.

    Raises FormatError if the file is damaged, UnsupportedModel with every problem if Lapel cannot compute it, and
    InputError where the calibration data is no good.
    """
    if _is_dump(data):
        raise UnsupportedModel(name, ["it is a dump, which has no start of the sums, expected what save_model writes"])
    grown = grown_of(document_of(data, name))
    given = None
    if calibration is not None:
        given = check_calibration(calibration, grown.ensemble.features, grown.features, missing=True)
    return import_trees(name, grown, given)


def document_of(data: bytes, where: str) -> Document:
    """What a saved model holds. Raises FormatError."""
    is_binary = data[:1] == b"{" and data[1:2] in b"LliUI$#"
    return read_ubjson(data, where) if is_binary else read_json(data, where)


def _is_dump(head: bytes) -> bool:
    return head.lstrip().startswith(DUMPS)


def _matches(head: bytes) -> bool:
    start = head[:HEAD_BYTES].lstrip()
    return (start[:1] == b"{" and LEARNER in start) or _is_dump(head[:HEAD_BYTES])


def _is_booster(model: object) -> bool:
    kind = type(model)
    return kind.__name__ == "Booster" and kind.__module__.split(".")[0] == "xgboost"


FORMAT = Format(
    name="XGBoost",
    suffixes=(".ubj",),
    shared_suffixes=(".json",),
    matches=_matches,
    read=read_xgboost,
    read_calibrated=read_xgboost,
    holds=_is_booster,
    convert=lambda model, calibration, name: read_xgboost(bytes(model.save_raw("json")), name, calibration),
)
