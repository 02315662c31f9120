"""A CMake library, with an example that an emulator runs."""

from __future__ import annotations

from lapel.bundles._project import Project

BUNDLE = Project("CMake", "cmake", "src", example="example/main.c", port="example/port")
