"""Lapel: neural networks for microcontrollers, compiled to C and proven on emulated cores.

graph = lapel.load("kws.tflite")
lapel.build(graph, "nucleo-l4r5zi", "build/kws")
print(lapel.run(graph, "cortex-m4", x).bit_exact)
"""

from lapel import interrupts
from lapel.frontends import load
from lapel.frontends.sklearn import from_sklearn
from lapel.frontends.tflite import write_tflite
from lapel.prove import build, diff, run
from lapel.targets import list_boards, list_targets, load_target
from lapel.version import VERSION as __version__

interrupts.unguard_imports()

__all__ = [
    "__version__",
    "build",
    "diff",
    "from_sklearn",
    "list_boards",
    "list_targets",
    "load",
    "load_target",
    "run",
    "write_tflite",
]
