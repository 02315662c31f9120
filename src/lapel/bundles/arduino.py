"""An Arduino library, by the library specification (arduino.github.io/arduino-cli, "Library specification")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lapel.bundles._delivery import Delivery
from lapel.bundles._project import About, Project


def fields_of(delivery: Delivery, about: About) -> Mapping[str, Any]:
    """The architectures: code for an AVR is for no other; others are told apart by the board that is chosen."""
    return {"architectures": "avr" if delivery.target.rom == "separate" else "*"}


BUNDLE = Project("Arduino", "arduino", "src", data="extras", fields_of=fields_of)
