"""Users' compilers: a model compiled by another compiler, or with other flags, and linked with the same harness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lapel.simulate import Firmware, build_firmware
from lapel.simulate.elf import read_image
from lapel.simulate.firmware import MODEL_WARNINGS, _link_command, _object, harness_objects
from lapel.simulate.toolchain import compile_all, find_tool
from lapel.targets import Target

ARM_CLANG = ("clang-19", "--target=arm-none-eabi", "-ffreestanding")
"""Freestanding: its own headers do, none of a C library is looked for."""


def build_with(sources: Mapping[str, str], target: Target, folder: Path, command: Sequence[str]) -> Firmware:
    """A plain firmware, its model compiled by `command` (a compiler and flags) with the target's flags for the core."""
    firmware = build_firmware(sources, target, folder, mode="plain")
    models = [name for name in sources if name.endswith(".c") and name != "adapter.c"]
    flags = [*MODEL_WARNINGS, *target.cflags, "-ffunction-sections", "-fdata-sections"]
    compile_all([[*command, *flags, "-c", name, "-o", _object(name)] for name in models], folder, "model")
    gcc = find_tool(target.compiler + "gcc")
    objects = [*map(_object, models), *harness_objects(gcc, target)]
    compile_all([_link_command(gcc, target, folder, objects, ())], folder, "link")
    return replace(firmware, image=read_image(firmware.elf))
