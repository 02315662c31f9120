"""`Target`: what Lapel knows about one core or board, read from `cores/*.toml` and `boards/*.toml`.

A file may say `inherits = "name"`; its keys then win over that file's, table by table (`[emulator]` and
`[memory]` are merged key by key, lists are replaced). A file whose name starts with `_` is only inherited
from.
Adding a core or a board is adding one file, a board also in a folder of the user's (`lapel.targets.files`).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lapel.errors import TargetError, UnknownTarget
from lapel.records import Constant
from lapel.targets import files, schema
from lapel.targets.constants import read_constant
from lapel.targets.memories import MORE, BoardMemory, read_memories
from lapel.targets.suggestion import suggest


@dataclass(frozen=True)
class Region:
    """A piece of the emulated machine's address space: `origin` is an address, `length` in bytes."""

    name: str
    origin: int
    length: int


@dataclass(frozen=True)
class Emulator:
    """How the core is emulated: `kind` names a module of `lapel.simulate.machines`."""

    kind: str
    program: str
    machine: str
    arguments: tuple[str, ...]
    harness: str
    """Folder of `lapel/simulate/harness` with the start code, linker script and input/output for it."""
    defines: tuple[str, ...]
    """C preprocessor definitions for the harness only, such as HARNESS_FPU=1."""
    libraries: tuple[str, ...]
    """Linker arguments for the compiler's own libraries."""


@dataclass(frozen=True)
class Target:
    """One core, or one board with its core's compiler flags and emulator.

    | field | unit | meaning |
    |---|---|---|
    | flash_bytes, ram_bytes | bytes | on the chip or board, None: not bounded (a bare core) |
    | clock_hz | Hz | the highest clock of the data sheet, None: unknown |
    | timing | | name of the core's timetable for the cycle model, None: it has none |
    | flash_wait_states | cycles | that a read of the flash takes more than one, at `clock_hz`; None: unknown |
    | flash_line_bytes | bytes | that one read of the flash gives |
    | flash_cache_bytes | bytes | of code that the accelerator keeps, where it is a cache |
    | flash_data_cache_bytes | bytes | of constants that it keeps; None: the line that was read last |
    | flash_accelerator | | what hides wait states: "none", "prefetch" or "cache" |
    | pj_per_cycle | pJ | energy of one clock cycle while inferring, None: nobody measured it |
    | pj_per_cycle_error | | how far the truth may be from that, as a share; pj_per_cycle_source: where it stands |
    | memories | | of a board that has several, the one with the stack first; empty: one RAM, of `ram_bytes` |
    | energy | | what it takes beside computing, with source and bounds: sleep_uw (the core asleep, RAM kept), wake_us |
    | | | (from there to the full clock), wake_uj (by that), capture_uw (of sampling while the core sleeps) |
    | names | | what other ecosystems call the board, by theirs |
    | index_bits | bits | width of `int` and of an array index: 16 on the AVR, else 32 |
    | rom | | "unified": constants are read as RAM is; "separate": through another address space |
    | arena_align | bytes | alignment that kernels for this core want of the arena |
    | kernels | | variants in the order of preference up to "portable"; behind it those that only costs decide for |
    """

    name: str
    kind: Literal["core", "board"]
    core: str
    description: str
    compiler: str
    """Prefix of the tool chain's commands, such as "arm-none-eabi-"; empty: the host's own."""
    cflags: tuple[str, ...]
    optimize: str
    index_bits: int
    rom: str
    arena_align: int
    kernels: tuple[str, ...]
    emulator: Emulator
    memory: tuple[Region, ...]
    flash_bytes: int | None
    ram_bytes: int | None
    clock_hz: int | None
    pj_per_cycle: float | None
    timing: str | None = None
    flash_wait_states: int | None = None
    flash_line_bytes: int | None = None
    flash_cache_bytes: int | None = None
    flash_data_cache_bytes: int | None = None
    flash_accelerator: str | None = None
    pj_per_cycle_error: float | None = None
    pj_per_cycle_source: str | None = None
    energy: tuple[Constant, ...] = ()
    memories: tuple[BoardMemory, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def region(self, name: str) -> Region:
        """The emulated machine's memory region of that name; KeyError where it has none."""
        return {r.name: r for r in self.memory}[name]

    def emulated(self) -> tuple[Region, ...]:
        """Where the emulated machine has the board's memories, in their order: its RAM, and parts of another memory.

        The RAM has the harness, too, and its own length; the others are as long as they are on the board, as far as the
        machine reaches.
        """
        if not self.memories:
            return ()
        found, more = [replace(self.region("ram"), name=self.memories[0].name)], self.region(MORE)
        at = more.origin
        for memory in self.memories[1:]:
            length = min(memory.bytes, more.origin + more.length - at)
            found.append(Region(memory.name, at, length))
            at += -(-length // self.arena_align) * self.arena_align
        return tuple(found)

    def elsewhere(self, ecosystem: str) -> str:
        """What the board is called in another ecosystem, such as "zephyr"; "" where nobody says."""
        return dict(self.names).get(ecosystem, "")

    def constant(self, name: str) -> Constant | None:
        """The constant of that name in the board's table `energy`; None where nobody knows it."""
        return next((c for c in self.energy if c.name == name), None)


def list_targets() -> tuple[str, ...]:
    """Names of all cores, then of all boards, each sorted. Raises TargetError as `load_target` does."""
    return (*_names("core"), *list_boards())


def list_boards() -> tuple[str, ...]:
    """Names of all boards, sorted, also those in the user's folders. Raises TargetError as `load_target` does."""
    _check_users(files.stamp())
    return _names("board")


def load_target(name: str) -> Target:
    """Load the core or board `name`.

    Raises UnknownTarget: no such file; the message says which name is meant, or what there is for that chip.
    TargetError: a file in a folder of the user's is wrong; lists all that are.
    """
    stamp = files.stamp()
    _check_users(stamp)
    if name not in (known := list_targets()):
        hint = suggest(name, {k: _load(k, stamp).description for k in known})
        raise UnknownTarget(f"target {name!r}: no such core or board; {hint}`lapel boards` lists them")
    return _load(name, stamp)


def _names(kind: files.Kind) -> tuple[str, ...]:
    return tuple(sorted(name for name in files.find(kind) if not name.startswith("_")))


@cache
def _load(name: str, stamp: files.Stamp) -> Target:
    path = _path(name)
    return _build(path, *_resolve(path, ()))


@cache
def _check_users(stamp: files.Stamp) -> None:
    """Raise TargetError if one of the user's files is wrong, before any work is done for another of them."""
    wrong: list[str] = []
    for path, _, _ in stamp:
        try:
            _load(path.stem, stamp)
        except TargetError as e:
            wrong.append(e.message)
    if len(wrong) > 1:
        raise TargetError(f"{len(wrong)} boards are wrong:" + "".join(f"\n  - {one}" for one in wrong))
    if wrong:
        raise TargetError(wrong[0])


def _path(name: str) -> Path:
    return (files.find("core") | files.find("board"))[name]


def _resolve(path: Path, below: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """The file's table over those it inherits from, and the name of the core that it ends at."""
    if path.stem in below:
        raise TargetError(f"{path}: inherits from itself through {' -> '.join(below)}")
    table = files.read(path)
    parent = table.pop("inherits", None)
    is_core = path.parent == files.FOLDERS["core"]
    if parent is None and is_core:
        return table, path.stem
    base, core = _resolve(_parent(path, parent, is_core), (*below, path.stem))
    if "memories" in table:  # their sum takes the place of what the other board has
        base = {key: value for key, value in base.items() if key != "ram_bytes"}
    if "pj_per_cycle" in table:  # the other board's error and source are none of this figure
        base = {key: value for key, value in base.items() if not key.startswith("pj_per_cycle")}
    return _merge(base, table), path.stem if is_core else core


def _parent(path: Path, name: object, is_core: bool) -> Path:
    """The file that one inherits from: of a core any core's, of a board whatever is a target."""
    known = files.find("core") if is_core else {n: _path(n) for n in (*_names("core"), *_names("board"))}
    if isinstance(name, str) and name in known:
        return known[name]
    if name is None:
        raise TargetError(f"{path}: has no key inherits: name the core that the board has, or a board that it is like")
    near = difflib.get_close_matches(str(name), known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else "; `lapel boards` lists them"
    raise TargetError(f"{path}: inherits{files.line_of(path, 'inherits')} is {name!r}, expected a core or board{meant}")


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _build(path: Path, table: dict[str, Any], core: str) -> Target:
    schema.check(path, table)
    fields = {key: None for key in schema.OPTIONAL} | _frozen(table)
    fields["emulator"] = Emulator(**_frozen(table["emulator"]))
    fields["memory"] = tuple(Region(n, r["origin"], r["length"]) for n, r in table.get("memory", {}).items())
    fields["memories"] = read_memories(path.stem, table.get("memories", {}))
    if fields["memories"]:
        fields["ram_bytes"] = sum(m.bytes for m in fields["memories"])
    fields["names"] = tuple(table.get("names", {}).items())
    fields["energy"] = tuple(read_constant(path.stem, k, c) for k, c in table.get("energy", {}).items())
    if fields["pj_per_cycle"] is not None:
        fields["pj_per_cycle"] = float(fields["pj_per_cycle"])
    return Target(name=path.stem, kind="core" if path.parent == files.FOLDERS["core"] else "board", core=core, **fields)


def _frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
