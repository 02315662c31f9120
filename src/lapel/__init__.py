"""Lapel: neural networks for microcontrollers, compiled to C and proven on emulated cores.

lapel.build("kws.tflite", "nucleo-l4r5zi", "build/kws")
print(lapel.run("kws.tflite", "cortex-m4", x).bit_exact)
graph = lapel.load(estimator, calibration)
print(lapel.predict(graph, x))
"""

from lapel import interrupts  # first: from here on Ctrl-C ends an import without a traceback

# isort: split
from lapel import compression
from lapel.bundles import export
from lapel.cascades import cascade
from lapel.checks import check
from lapel.contest import compare
from lapel.debugging import diff, explain, watch
from lapel.exporters import convert
from lapel.frontends import load
from lapel.frontends.sklearn import from_sklearn
from lapel.frontends.tflite import write_tflite
from lapel.ladder import compress
from lapel.power import energy
from lapel.proving import build, estimate, generate, hosted, listen, plan, predict, quantize, run, streaming
from lapel.proving.blob import build_blob
from lapel.proving.blobrun import run_blob
from lapel.reports import report
from lapel.targets import boards_from, list_boards, list_targets, load_target
from lapel.training import Trained, train
from lapel.version import VERSION as __version__
from lapel.wish import Quantization, Wish

interrupts.unguard_imports()

__all__ = [
    "Quantization",
    "Trained",
    "Wish",
    "__version__",
    "boards_from",
    "build",
    "build_blob",
    "cascade",
    "check",
    "compare",
    "compress",
    "compression",
    "convert",
    "diff",
    "energy",
    "estimate",
    "explain",
    "export",
    "from_sklearn",
    "generate",
    "hosted",
    "list_boards",
    "list_targets",
    "listen",
    "load",
    "load_target",
    "plan",
    "predict",
    "quantize",
    "report",
    "run",
    "run_blob",
    "streaming",
    "train",
    "watch",
    "write_tflite",
]
