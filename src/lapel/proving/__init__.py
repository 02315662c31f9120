"""The verbs: plan, estimate and build firmware, run it on an emulated core, predict, and diff it with the reference."""

from lapel.proving.build import build
from lapel.proving.diff import diff
from lapel.proving.estimate import estimate
from lapel.proving.plan import plan
from lapel.proving.predict import predict
from lapel.proving.run import run

__all__ = ["build", "diff", "estimate", "plan", "predict", "run"]
