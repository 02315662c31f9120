"""The firmware's C as a shared library of this computer, and private copies of it in this process."""

from __future__ import annotations

import ctypes
import shutil
import weakref
from collections.abc import Mapping
from pathlib import Path

from lapel.errors import SimulationError
from lapel.simulate.cache import cached
from lapel.simulate.firmware import MODEL_WARNINGS, code_flags
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.toolchain import compile_all, compiler_identity, find_tool
from lapel.simulate.workspace import workspace
from lapel.targets import Target

_SHARED = ("-fPIC", "-fvisibility=hidden", "-shared", "-Wl,-Bsymbolic", "-Wl,-z,now")
"""Behind the target's own flags. Hidden names are reached as in a program, without a table of addresses."""


def build_library(name: str, sources: Mapping[str, str], target: Target, timeout_s: float = TIMEOUT_S) -> Path:
    """The library of these sources (file name -> text), made once and kept in the cache.

    target: one that is executed on this computer. timeout_s: host seconds that the compiler may take.

    Raises MissingTool, CompileError, CompilerHung, OutputError.
    """
    compiler = find_tool(f"{target.compiler}gcc")
    flags = [*MODEL_WARNINGS, *code_flags(target), *_SHARED]
    units = [file for file in sorted(sources) if file.endswith(".c")]
    identity = [compiler_identity(target, timeout_s), *flags, *(t for s in sorted(sources.items()) for t in s)]

    def make(path: Path) -> None:
        for file, text in sources.items():
            (path.parent / file).write_text(text, encoding="utf-8")
        command = [compiler, *flags, *units, "-o", path.name]
        compile_all([command], path.parent, f"{name} for this computer", timeout_s)

    return cached(name, ".so", identity, make)


def load_private(library: Path) -> ctypes.CDLL:
    """The library with variables that no other call of this function shares; it is unloaded with its last reference.

    The linker tells libraries apart by their files, so each is loaded from a copy, which is gone afterwards.
    """
    with workspace() as folder:
        copy = folder / library.name
        shutil.copyfile(library, copy)
        try:
            loaded = ctypes.CDLL(str(copy))
        except OSError as e:
            advice = "set TMPDIR to a folder whose files may be executed"
            raise SimulationError(f"{library.name} cannot be loaded: {e}: {advice}") from None
    weakref.finalize(loaded, _unload, loaded._handle)
    return loaded


def _unload(handle: int) -> None:
    ctypes.CDLL(None).dlclose(ctypes.c_void_p(handle))
