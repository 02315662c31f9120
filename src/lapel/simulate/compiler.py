"""What a target's compiler says of itself."""

from __future__ import annotations

import os
import subprocess
from functools import cache

from lapel.errors import CompileError
from lapel.simulate.toolchain import find_tool
from lapel.targets import Target

ANSWER_S = 60.0


def compiler_version(target: Target) -> str:
    """The first line of `--version`. Raises MissingTool, and CompileError for what gives no answer."""
    path = find_tool(target.compiler + "gcc")
    return _version(path, os.stat(path).st_mtime_ns)


@cache
def _version(path: str, _changed_ns: int) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run([path, "--version"], env=environment, capture_output=True, timeout=ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise CompileError(f"{path} --version: {e}: expected a compiler, reinstall it") from None
    said = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode != 0 or not said:
        raise CompileError(f"{path} --version: no answer (status {done.returncode}): expected a compiler, reinstall it")
    return said[0]
