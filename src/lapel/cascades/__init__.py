"""Systems of several stages: an always-on stage that lets a model listen; simulated, and as firmware of one program."""

from lapel.cascades.gate import gate
from lapel.cascades.simulation import cascade

__all__ = ["cascade", "gate"]
