"""A library with a Makefile, and an example that an emulator runs."""

from __future__ import annotations

from lapel.bundles._project import Project

BUNDLE = Project("Make", "makefile", "src", example="example/main.c", port="example/port")
