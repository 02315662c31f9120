"""A CMSIS-Pack (open-cmsis-pack.github.io, "Pack Description (*.PDSC) Format"), for Arm's cores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lapel.bundles._delivery import Delivery
from lapel.bundles._project import About, Project
from lapel.errors import UnsupportedModel

CORE = re.compile(r"cortex-m(\d+)(plus)?")


def fields_of(delivery: Delivery, about: About) -> Mapping[str, Any]:
    """dcore: the core as the format names it; vendor. Raises UnsupportedModel for a core that has no name there."""
    found = CORE.fullmatch(delivery.build.core)
    if found is None:
        raise UnsupportedModel(delivery.name, [f"{delivery.build.core}: packs are for Arm Cortex-M cores"])
    return {"dcore": f"Cortex-M{found[1]}{'+' if found[2] else ''}", "vendor": vendor(about)}


def vendor(about: About) -> str:
    """The author as the format writes vendors: letters, digits, hyphens and underscores."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", about.author).strip("_") or "unknown"


BUNDLE = Project("CMSIS-Pack", "cmsis_pack", "src", fields_of=fields_of, example="example/main.c")
