"""What a target's compiler says of itself."""

from __future__ import annotations

import os
from functools import cache

from lapel.errors import CompileError
from lapel.simulate.toolchain import compile_all, find_tool
from lapel.simulate.workspace import workspace
from lapel.targets import Target


def compiler_version(target: Target) -> str:
    """The first line of `--version`. Raises MissingTool, and CompileError for what gives no answer."""
    path = find_tool(target.compiler + "gcc")
    return _version(path, os.stat(path).st_mtime_ns)


@cache
def _version(path: str, _changed_ns: int) -> str:
    with workspace() as folder:
        (said,) = compile_all([[path, "--version"]], folder, path)
    if not said.strip():
        raise CompileError(f"{path} --version: no answer: expected a compiler, install it anew")
    return said.strip().splitlines()[0]
