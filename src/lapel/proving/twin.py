"""What a float model would take in int8: the same network, quantized by ranges that random samples have, estimated.

Its answers would be no good, since nobody measured real ranges; its flash, its arena and its time are those of any int8
form, but for kernels that one zero point allows and another does not.
"""

from __future__ import annotations

from dataclasses import replace

from lapel.errors import LapelError
from lapel.ir import Graph
from lapel.measuring.estimates import estimates
from lapel.planning.floats import as_reals
from lapel.proving.quantize import check_float
from lapel.proving.run import Progress
from lapel.proving.samples import draw
from lapel.quantization.calibrated import Calibrated
from lapel.records import Estimate
from lapel.targets import Target
from lapel.wish import AS_IT_COMES, Wish

RANDOM_SAMPLES = 8


def int8_twin(
    graph: Graph, target: Target, wish: Wish, progress: Progress, timeout_s: float
) -> tuple[Estimate | None, str]:
    """The estimate, or why there is none; neither of a graph that has no float32 operators."""
    floats = as_reals(graph)
    if floats is graph:
        return None, ""
    progress("estimating it in int8")
    try:
        check_float(floats)
        made = Calibrated(floats, draw(floats, RANDOM_SAMPLES)).quantized(AS_IT_COMES)
        (found,) = estimates([made], target, replace(wish, flash_budget=None), timeout_s=timeout_s)
    except LapelError as e:
        return None, f"what it would take in int8 is not known: {e.message.splitlines()[0]}"
    return found, ""
