"""The verbs: plan and build firmware, run it on an emulated core, predict, find where it differs from the reference."""

from lapel.proving.build import build
from lapel.proving.diff import diff
from lapel.proving.plan import plan
from lapel.proving.predict import predict
from lapel.proving.run import run

__all__ = ["build", "diff", "plan", "predict", "run"]
