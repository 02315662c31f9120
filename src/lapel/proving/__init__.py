"""The verbs: quantize, plan, estimate, build firmware, run it on emulated cores, let it listen, predict, diff.

`hosted` is its firmware in this process.
"""

from lapel.proving.build import build
from lapel.proving.diff import diff
from lapel.proving.estimate import estimate
from lapel.proving.hosted import hosted
from lapel.proving.listen import listen
from lapel.proving.plan import plan
from lapel.proving.predict import predict
from lapel.proving.quantize import quantize
from lapel.proving.run import run

__all__ = ["build", "diff", "estimate", "hosted", "listen", "plan", "predict", "quantize", "run"]
