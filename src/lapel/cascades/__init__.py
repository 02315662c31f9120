"""Systems of several stages: an always-on stage that lets a model listen, on this computer with the firmware's bits.

There is no C of the whole and no command for it yet: each stage is firmware by itself.
"""

from lapel.cascades.gate import gate
from lapel.cascades.simulation import cascade

__all__ = ["cascade", "gate"]
