"""A component for ESP-IDF (docs.espressif.com, "Build System" and "idf_component.yml Manifest File")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lapel.bundles._delivery import Delivery
from lapel.bundles._project import About, Project
from lapel.errors import UnsupportedModel

COMPILER = "riscv"
"""What the compilers of the chips are called whose cores have targets; there is none for Xtensa."""


def fields_of(delivery: Delivery, about: About) -> Mapping[str, Any]:
    """targets: the chips that the manifest names; none of a core that is no board's.

    Raises UnsupportedModel for a core that no chip of Espressif's has.
    """
    if not delivery.target.compiler.startswith(COMPILER):
        raise UnsupportedModel(delivery.name, [f"{delivery.build.core}: ESP-IDF's chips have RISC-V cores, or Xtensa"])
    chip = delivery.target.elsewhere("esp_idf")
    return {"targets": [chip] if chip else []}


BUNDLE = Project(
    "ESP-IDF", "esp_idf", "src", fields_of=fields_of, entry="void app_main(void)",
    example="examples/__name___sample/main/main.c",
)  # fmt: skip
