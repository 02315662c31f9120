"""What may be wrong with a layer that differs by itself, one kind of fault a file.

A kind is a module with `find(scene)`: a sentence, or "" where it is not that. A sentence is said only of what gives the
device's bits again, wherever the layer differs, or of what lies in the firmware's image.
"""

from __future__ import annotations

import importlib
import pkgutil

from lapel.debugging.scene import Scene


def causes(scene: Scene) -> tuple[str, ...]:
    """What every kind of fault has to say, in the order of their names."""
    found = []
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        said = importlib.import_module(f"{__name__}.{module}").find(scene)
        if said:
            found.append(f"{scene.where}: {said}")
    return tuple(found)
