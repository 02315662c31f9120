"""Models as the verbs take them: what firmware computes of them."""

from __future__ import annotations

from typing import Any

from lapel import frontends
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.planning.floats import in_float32


def load(model: Model, calibration: Any = None) -> Graph:
    """The graph of a model, see `lapel.load`, whose float nodes are those that a device computes, in float32.

    So what a verb compares the firmware with is a reference to the bit.
    """
    return in_float32(frontends.load(model, calibration))
