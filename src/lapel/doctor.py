"""Which tools are there, which targets work with them, and the command that installs the rest.

What a target needs is read from its .toml: its compiler, a C library if it links one, its emulator. Nothing here
builds or runs a firmware.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from lapel.errors import MissingTool
from lapel.records import Record
from lapel.records.plain import Named
from lapel.simulate.toolchain import PACKAGES
from lapel.targets import Target, list_targets, load_target

COUNTERS: dict[str, tuple[str, ...]] = {
    "native": (),
    "qemu": ("gcc", "libc of gcc"),
    "simavr": ("gcc", "libc of gcc", "libsimavr"),
}
"""What each kind of emulator needs beside its program, to build what counts instructions (`Emulator.kind`)."""

EXTRAS = (
    ("scikit-learn", "sklearn", "estimators, lapel demo", "sklearn"),
    ("onnx", "onnx", ".onnx files", "onnx"),
    ("torch", "torch", "PyTorch modules, .pt2 files; lapel train, lapel compress: lapel[train]", "torch"),
    ("matplotlib", "matplotlib", "the plot of lapel compress", "plot"),
    ("optuna", "optuna", "lapel compress --search", "search"),
    ("tflite-micro", "tflite_micro", "lapel export --to esphome", "esphome"),
)
"""Python packages: name, module, what it is for, and the extra of Lapel that brings it."""
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")


@dataclass(frozen=True)
class Tool:
    """A program, library or Python package. path: where it is, None: missing; version: None where it has none.

    package: Debian packages that have it, separated by blanks; empty for a Python package. advice: the command that
    installs it.
    """

    ALSO: ClassVar = ("found",)

    name: str
    use: str
    package: str
    path: str | None
    version: str | None
    advice: Annotated[str, Named("install")]

    @property
    def found(self) -> bool:
        """Whether it is there."""
        return self.path is not None


@dataclass(frozen=True)
class Core:
    """A core, and the names of the tools that it still needs."""

    ALSO: ClassVar = ("works",)

    name: str
    missing: tuple[str, ...]

    @property
    def works(self) -> bool:
        """Whether everything that it needs is there."""
        return not self.missing


@dataclass(frozen=True)
class Report(Record):
    """What `lapel doctor` found. command: that installs all missing Debian packages; empty if there are none."""

    tools: tuple[Tool, ...]
    cores: tuple[Core, ...]
    command: Annotated[str, Named("install")]

    @property
    def working(self) -> tuple[str, ...]:
        """Names of the cores that work."""
        return tuple(c.name for c in self.cores if c.works)

    @property
    def packages(self) -> tuple[str, ...]:
        """Debian packages of all missing tools."""
        return _packages(self.tools)


def examine() -> Report:
    """Look for the tools of every core."""
    cores = [t for t in map(load_target, list_targets()) if t.kind == "core"]
    users: dict[str, list[str]] = {}
    for core in cores:
        for name in needs(core):
            users.setdefault(name, []).append(core.name)
    tools = {name: _find(name, ", ".join(users[name])) for name in users}
    found = tuple(Core(c.name, tuple(n for n in needs(c) if not tools[n].found)) for c in cores)
    looked = (*tools.values(), *(_find_extra(*extra) for extra in EXTRAS))
    packages = _packages(looked)
    return Report(looked, found, install_command(packages) if packages else "")


def needs(target: Target) -> tuple[str, ...]:
    """Names of the tools that a target needs."""
    emulator, compiler = target.emulator, f"{target.compiler}gcc"
    names = [compiler]
    if "-lc" in emulator.libraries or emulator.kind == "native":
        names.append(f"libc of {compiler}")
    names += [emulator.program] if emulator.program else []
    return tuple(dict.fromkeys([*names, *COUNTERS[emulator.kind]]))


def require(targets: Sequence[Target]) -> None:
    """Raise MissingTool, naming all that the targets lack and the command that installs it."""
    names = dict.fromkeys(name for t in targets for name in needs(t))
    missing = [tool for name in names if not (tool := _find(name, "")).found]
    if missing:
        said = ", ".join(t.name for t in missing)
        command = install_command(_packages(missing))
        raise MissingTool(f"not installed: {said}; install with: {command}; `lapel doctor` says which targets work")


def install_command(packages: Iterable[str]) -> str:
    """The command line that installs Debian packages, for this user."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install --no-install-recommends {' '.join(packages)}"


def _packages(tools: Iterable[Tool]) -> tuple[str, ...]:
    """Debian packages of those that are missing."""
    return tuple(dict.fromkeys(p for t in tools if not t.found for p in t.package.split()))


def _tool(name: str, use: str, package: str, path: str | None, version: str | None) -> Tool:
    return Tool(name, use, package, path, version, install_command([package]))


def _find(name: str, use: str) -> Tool:
    compiler = name.removeprefix("libc of ")
    package = PACKAGES.get(compiler, compiler)
    if compiler != name:
        return _tool(name, use, package, _library(compiler, "libc.a"), None)
    if name.startswith("lib"):
        return _tool(name, use, package, _library("gcc", f"{name}.so"), None)
    path = shutil.which(name)
    version = None if path is None else _version(path)
    return _tool(name, use, package, None if version is None else path, version)


def _find_extra(name: str, module: str, use: str, extra: str) -> Tool:
    advice = f'pip install "lapel[{extra}]"'
    spec = importlib.util.find_spec(module)  # which imports nothing
    if spec is None:
        return Tool(name, use, "", None, None, advice)
    from importlib.metadata import version

    return Tool(name, use, "", os.path.dirname(spec.origin or ""), version(name), advice)


def _library(compiler: str, file: str) -> str | None:
    """Where a compiler's linker finds a library; it answers with the bare name if it does not."""
    said = _ask(compiler, f"-print-file-name={file}")
    return os.path.realpath(said) if said and os.path.isabs(said) else None


def _version(path: str) -> str | None:
    """The version that a program says it has; None if it does not run."""
    said = _ask(path, "--version")
    if said is None:
        return None
    plain = re.sub(r"\([^)]*\)", "", said)  # distributions put their own package version in parentheses
    found = _VERSION.search(plain) or _VERSION.search(said)
    return found.group(0) if found else "unknown"


def _ask(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, encoding="utf-8", errors="replace", check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout.strip().splitlines() or [""])[0]
