"""A constant that lies in the firmware is not the plan's: somebody changed the C, or its memory is damaged."""

from __future__ import annotations

from lapel.debugging.scene import Scene

MEANINGS = {
    "mul": "a wrong multiplier",
    "shift": "a wrong multiplier",
    "bias": "a wrong bias",
    "pad_top": "a wrong padding",
    "pad_left": "a wrong padding",
    "x_zero": "a wrong zero point of the input",
    "y_zero": "a wrong zero point of the output",
    "lo": "a wrong clamp",
    "hi": "a wrong clamp",
    "w": "wrong weights",
    "table": "a wrong table",
}
"""What kernels call their params, in words."""


def find(scene: Scene) -> str:
    """The first number that is another one, and how many are."""
    if not scene.constants:
        return ""
    kernel, first = scene.constants[0]
    place = first.field if first.at is None else f"{first.field}[{first.at}]"
    meaning = MEANINGS.get(first.field, "a wrong constant")
    more = f", and {len(scene.constants) - 1} other numbers" if len(scene.constants) > 1 else ""
    found, planned = f"{first.found:,}", f"{first.planned:,}"
    return f"{meaning}: {place} of {kernel} is {found} in the firmware, the plan has {planned}{more}: build it anew"
