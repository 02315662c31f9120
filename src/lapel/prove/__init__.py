"""The verbs: build a model's firmware, run it on an emulated core, find where it differs from the reference."""

from lapel.prove.build import build
from lapel.prove.diff import diff
from lapel.prove.run import run

__all__ = ["build", "diff", "run"]
