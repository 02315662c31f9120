"""A Zephyr module (docs.zephyrproject.org, "Modules (External projects)"), and a sample application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lapel.bundles._delivery import Delivery
from lapel.bundles._project import About, Project
from lapel.errors import UnsupportedModel

STACK = 1024
"""What Zephyr gives the main thread, and printing takes of it."""
STEP = 256


def fields_of(delivery: Delivery, about: About) -> Mapping[str, Any]:
    """board: Zephyr's name of it, where it is known. main_stack: bytes, with room for the model at any `-O`.

    Raises UnsupportedModel for a core that Zephyr does not have.
    """
    if delivery.target.rom == "separate":
        raise UnsupportedModel(delivery.name, [f"{delivery.build.core}: Zephyr does not run on it"])
    most = max(delivery.memory.stack_bytes, delivery.stack_worst_bytes or 0, delivery.stack_bound_bytes or 0)
    return {"board": delivery.target.elsewhere("zephyr"), "main_stack": -(-(STACK + most) // STEP) * STEP}


BUNDLE = Project("Zephyr", "zephyr", "src", fields_of=fields_of, example="samples/__name__/src/main.c")
