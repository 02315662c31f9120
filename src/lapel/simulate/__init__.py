"""Build a firmware from generated C, run it on an emulated core, and count."""

from lapel.simulate.firmware import MODEL_WARNINGS, SANITIZE, Firmware, Mode, build_firmware
from lapel.simulate.run import RawRun, run_firmware

__all__ = ["MODEL_WARNINGS", "SANITIZE", "Firmware", "Mode", "RawRun", "build_firmware", "run_firmware"]
