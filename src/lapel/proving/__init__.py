"""The verbs: quantize a model, plan, estimate and build firmware, run it on an emulated core, predict, and diff.

`hosted` is its firmware in this process.
"""

from lapel.proving.build import build
from lapel.proving.diff import diff
from lapel.proving.estimate import estimate
from lapel.proving.hosted import hosted
from lapel.proving.plan import plan
from lapel.proving.predict import predict
from lapel.proving.quantize import quantize
from lapel.proving.run import run

__all__ = ["build", "diff", "estimate", "hosted", "plan", "predict", "quantize", "run"]
