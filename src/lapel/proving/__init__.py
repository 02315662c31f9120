"""The verbs: quantize, plan, estimate, build firmware, run it on emulated cores, let it listen, predict.

`streaming` makes a network over windows of time one that takes new frames alone; `hosted` is firmware in this process.
"""

from lapel.proving.build import build
from lapel.proving.estimate import estimate
from lapel.proving.hosted import hosted
from lapel.proving.listen import listen
from lapel.proving.plan import plan
from lapel.proving.predict import predict
from lapel.proving.quantize import quantize
from lapel.proving.run import run
from lapel.proving.streaming import streaming
from lapel.proving.unproven import generate

__all__ = ["build", "estimate", "generate", "hosted", "listen", "plan", "predict", "quantize", "run", "streaming"]
