"""Lapel: neural networks for microcontrollers, compiled to C and proven on emulated cores.

lapel.build("kws.tflite", "nucleo-l4r5zi", "build/kws")
print(lapel.run("kws.tflite", "cortex-m4", x).bit_exact)
graph = lapel.load(estimator, calibration)
print(lapel.predict(graph, x))
"""

from lapel import interrupts  # first: from here on Ctrl-C ends an import without a traceback

# isort: split
import warnings

import lazy_loader

from lapel.version import VERSION as __version__

# The names stand in `__init__.pyi`, once, for type checkers too; a command loads only what it uses.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", EncodingWarning)  # of the library, which reads the stub, ASCII, as any text
    __getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]

interrupts.unguard_imports()
