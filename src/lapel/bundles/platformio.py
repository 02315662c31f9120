"""A PlatformIO library, by its manifest (docs.platformio.org, "library.json")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lapel.bundles._delivery import Delivery
from lapel.bundles._project import About, Project
from lapel.bundles._templates import render_one


def fields_of(delivery: Delivery, about: About) -> Mapping[str, Any]:
    """native: the example is a program of this computer. board: PlatformIO's platform and board, where it is known."""
    native = delivery.target.emulator.kind == "native"
    names = delivery.target.elsewhere("platformio")
    return {
        "native": native,
        "board": names.split("/") if names else None,
        "main_file": f"main.c{'' if native else 'pp'}",
    }


def more(context: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The example's main file: a program, or a sketch."""
    template = "_shared/example/main.c.j2" if context["native"] else "_shared/sketch/sketch.cpp.j2"
    return {f"examples/{context['name']}_sample/src/{context['main_file']}": render_one(template, context)}


BUNDLE = Project("PlatformIO", "platformio", "src", fields_of=fields_of, more=more)
