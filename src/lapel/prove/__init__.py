"""The verbs: build firmware, run it on an emulated core, predict, find where it differs from the reference."""

from lapel.prove.build import build
from lapel.prove.diff import diff
from lapel.prove.predict import predict
from lapel.prove.run import run

__all__ = ["build", "diff", "predict", "run"]
