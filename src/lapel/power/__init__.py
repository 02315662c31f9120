"""Power on batteries: what inferences cost again and again, with source and error of every figure.

The verb is `lapel.energy`; the folder cannot have that name, too.
"""

from lapel.power.load import is_record
from lapel.power.parts import list_parts, load_part
from lapel.power.verb import energy

__all__ = ["energy", "is_record", "list_parts", "load_part"]
