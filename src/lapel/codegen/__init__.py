"""Plan -> C: one header and one source a model, and the adapter that ties them to the test harness."""

from lapel.codegen.model import Contract, Firmware, generate

__all__ = ["Contract", "Firmware", "generate"]
