"""Cores whose tools may be missing."""

import os
import shutil

import pytest

from lapel.targets import load_target


def needs_program(program: str) -> None:
    """Skip a test without this program, except on a build server, where that is a failure."""
    if shutil.which(program) is None and os.environ.get("CI") != "true":
        pytest.skip(f"not installed: {program}")


def needs(name: str) -> pytest.MarkDecorator:
    """Skip where a target's tools are missing, except on a build server, where that is a failure."""
    target = load_target(name)
    tools = [target.compiler + "gcc", *([target.emulator.program] if target.emulator.program else [])]
    absent = [tool for tool in tools if shutil.which(tool) is None]
    on_server = os.environ.get("CI") == "true"
    return pytest.mark.skipif(bool(absent) and not on_server, reason=f"not installed: {', '.join(absent)}")
