"""Costs of kernel calls on a target's core: measured once, and kept in the user's cache.

A key holds all that a figure depends on: the kernel's sources, the params and the shapes of its tables, the operands,
what the compiler says of itself and makes of a probe, its flags, the core and its cycle model. The contents of an
inlined step's tables are in it: where the compiler unrolls a loop, it sees them, and makes other code of other ones.
A shared kernel's code is the same for all tables, so their contents are not in its key, and hardly in its time, which
branches on saturated outputs alone make depend on them; but the code around it may depend on a shift that all channels
have. Nor is it in a key where in the arena a param lies that is a place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lapel import simulate
from lapel.codegen.inlined import inlined_text
from lapel.errors import CompileError, FormatError, LapelError, MissingTool, OutputError, SimulationError
from lapel.ir import Call, Graph, Place
from lapel.ir.op import Param
from lapel.measuring import candidates
from lapel.measuring.candidates import Candidate
from lapel.measuring.figures import read_figures, write_figures
from lapel.planning.costs import Uncompiled
from lapel.records import Cost
from lapel.records.plain import from_plain, to_plain
from lapel.runtime.source import amalgamate
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.toolchain import compiler_identity, find_tool
from lapel.targets import Target, files

FORMAT = "5"
"""Of what is stored; changed with everything that changes figures but is in no key."""
UNSEEN = ("int8", "int32")
"""Types of a shared kernel's tables whose contents are not in the key; others may be lists of places, which decide
what a kernel does."""
SHIFT = "int8"
"""The type of a single value that is in the key all the same."""


class MeasuredCosts:
    """Costs (`lapel.planning.costs.Costs`) on one target, from the cache or measured now."""

    def __init__(
        self,
        target: Target,
        progress: Callable[[str], None] = lambda stage: None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.unit = candidates.unit(target)
        self._target, self._progress, self._timeout_s = target, progress, timeout_s

        self._known: dict[str, Cost | str] = {}

    def find(self, graph: Graph, calls: Sequence[Call]) -> list[Cost | str]:
        """The cost of each call, or why it has none: its code does not compile, or is too large for the machine."""
        return self.measured([Candidate(c, graph.tensors) for c in calls])

    def measured(self, every: Sequence[Candidate]) -> list[Cost | str]:
        """The same of calls of any graphs."""
        try:
            keys = self.look_up(every)
            missing = {k: c for k, c in zip(keys, every, strict=True) if k not in self._known}
            self.measure(missing)
        except (MissingTool, OutputError) as e:
            return [e.message] * len(every)
        return [self._known[key] for key in keys]

    def look_up(self, every: Sequence[Candidate]) -> list[str]:
        """The keys of calls, whose costs are known from now on if they are in the cache. Raises MissingTool."""
        compiler = compiler_identity(self._target, self._timeout_s)
        keys = [_key(c, self._target, compiler) for c in every]
        stored = read_figures([k for k in dict.fromkeys(keys) if k not in self._known])
        self._known |= {key: cost for key, content in stored.items() if (cost := _read(content)) is not None}
        return keys

    def known(self, key: str) -> Cost | str | None:
        """A cost that was looked up or measured."""
        return self._known.get(key)

    def measure(self, missing: Mapping[str, Candidate]) -> None:
        """Measure calls, by their keys, and keep what they cost. Raises MissingTool, OutputError."""
        if not missing:
            return
        self._progress(f"measuring {len(missing):,} kernel calls on {self._target.core}")
        new = candidates.measure(list(missing.values()), self._target, self._timeout_s)
        measured = dict(zip(missing, new, strict=True))
        # What an emulator did not finish may be this computer's load, and what a compiler did not, its memory; the rest
        # will be the same next time.
        kept = {k: c for k, c in measured.items() if not isinstance(c, SimulationError | CompileError)}
        write_figures({key: _write(cost) for key, cost in kept.items()})
        self._known |= {k: _unknown(c) if isinstance(c, LapelError) else c for k, c in measured.items()}


class NotedCosts:
    """Costs that are known, of any number of graphs; what is not is noted, so that it can be measured at once.

    missing: the calls that have none yet, each once. unanswered: how often one was asked for, by whichever graph.
    """

    def __init__(self, costs: MeasuredCosts) -> None:
        self.unit = costs.unit
        self.missing: dict[str, Candidate] = {}
        self.unanswered = 0
        self._costs = costs

    def find(self, graph: Graph, calls: Sequence[Call]) -> list[Cost | str]:
        """The cost of each call that has one; a plan with others is none yet."""
        return self.noted([Candidate(c, graph.tensors) for c in calls])

    def noted(self, every: Sequence[Candidate]) -> list[Cost | str]:
        """The same of calls of any graphs."""
        try:
            keys = self._costs.look_up(every)
        except (MissingTool, OutputError) as e:
            return [e.message] * len(every)
        found = [self._costs.known(key) for key in keys]
        self.missing |= {k: c for k, c, cost in zip(keys, every, found, strict=True) if cost is None}
        self.unanswered += found.count(None)
        return ["not measured yet" if cost is None else cost for cost in found]


def measured_costs(
    target: Target, progress: Callable[[str], None] = lambda stage: None, timeout_s: float = TIMEOUT_S
) -> MeasuredCosts | str:
    """Costs on a target, or why there are none. timeout_s: host seconds that a compiler may take."""
    if target.emulator.kind == "native":
        return f"nothing is counted on {target.name}"
    try:
        for program in (target.compiler + "gcc", target.emulator.program):
            find_tool(program)
    except MissingTool as e:
        return e.message
    return MeasuredCosts(target, progress, timeout_s)


def _key(c: Candidate, target: Target, compiler: str) -> str:
    call = c.call
    types = [c.tensors[n].type if n else None for n in (*call.outputs, "", *call.inputs)]
    operands = [[t.dtype, t.bytes] for t in types if t]
    params = {name: _seen(value, call.inline) for name, value in sorted(call.params.items())}
    about = [FORMAT, _sources(call.kernel), call.inline, len(call.outputs), operands, params, compiler, _core(target)]
    about += [call.scratch_bytes, c.distances, *([call.body] if call.body else [])]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _seen(value: Param, inline: bool) -> Any:
    if isinstance(value, np.ndarray):
        hidden = not inline and str(value.dtype) in UNSEEN and not (value.size == 1 and value.dtype == SHIFT)
        return [str(value.dtype), value.shape, "" if hidden else hashlib.sha256(value.tobytes()).hexdigest()]
    if isinstance(value, Place):
        return "place"
    if isinstance(value, tuple):
        return [int(v) for v in value]
    return float(value).hex() if isinstance(value, float) else int(value)


@cache
def _sources(kernel: str) -> str:
    return hashlib.sha256((amalgamate([kernel]) + inlined_text([kernel])).encode()).hexdigest()


def _core(target: Target) -> list[Any]:
    emulator = [target.emulator.kind, target.emulator.machine, target.emulator.harness]
    return [target.cflags, target.optimize, emulator, target.rom, target.index_bits, _model(target)]


@cache
def _model(target: Target) -> str:
    """The core's cycle model: a hash of its timetable and of the models' sources."""
    if target.timing is None:
        return ""
    sources = sorted((Path(simulate.__file__).parent / "cycles").glob("*.py"))
    read = [files.find("timing")[target.timing], *sources]
    return hashlib.sha256(b"".join(path.read_bytes() for path in read)).hexdigest()


def _unknown(why: LapelError) -> str:
    return Uncompiled(why.message) if isinstance(why, CompileError) else why.message


def _write(cost: Cost | LapelError) -> Any:
    if isinstance(cost, LapelError):
        return cost.message
    return to_plain(cost)


def _read(content: Any) -> Cost | str | None:
    """A stored cost; None for what is not one."""
    if isinstance(content, str):
        return content
    try:
        return from_plain(Cost, content, "cost")
    except FormatError:
        return None
