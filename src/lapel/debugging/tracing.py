"""Traces of a model on machines: its own firmware, or the C of a folder that somebody changed since it was built."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from lapel import codegen
from lapel.codegen.source import TRACER, trace_texts
from lapel.debugging.image import readable_flags, with_constants_in_memory
from lapel.debugging.traces import Trace, trace_of
from lapel.errors import CompileError, InputError
from lapel.ir import Graph
from lapel.measuring import plan_for
from lapel.ops import evaluate_sequence
from lapel.planning import Plan
from lapel.proving.blobfolder import BlobFirmware
from lapel.proving.firmware import Compiled
from lapel.proving.interpreting import interpreted_plan, interpreting
from lapel.proving.run import Progress
from lapel.proving.samples import Samples, each
from lapel.records import Build
from lapel.simulate import build_firmware
from lapel.simulate.firmware import STEP_END_LINE
from lapel.simulate.workspace import workspace
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish


@dataclass(frozen=True, eq=False)
class Asked:
    """What is traced: a graph over samples. reset_every: of a sequence. folder: of a build, whose C is taken; blob: or
    whose interpreter runs the graph as data."""

    graph: Graph
    samples: Samples
    reset_every: int | None = None
    wish: Wish = ANY
    timeout_s: float = 600.0
    folder: Path | None = None
    blob: BlobFirmware | None = None

    @property
    def built(self) -> bool:
        """Whether there is a firmware already, which is traced alone."""
        return self.folder is not None or self.blob is not None

    @property
    def count(self) -> int:
        """Samples that there are."""
        return len(next(iter(self.samples.values()))) if self.samples else 1

    def reference(self) -> list[Samples]:
        """Every tensor of each sample, by the reference."""
        return list(evaluate_sequence(self.graph, each(self.samples), self.reset_every))

    def plan(self, target: Target, progress: Progress) -> Plan:
        """For a target, as the folder's build was made if there is one."""
        if self.blob is not None:
            return interpreted_plan(self.blob, self.graph, progress, self.timeout_s)
        return plan_for(self.graph, target, self.wish, progress, self.timeout_s)

    def trace(self, machine: str, plan: Plan, runs: Sequence[Samples]) -> Trace:
        """Compile, run, and read every tensor after the step that makes it."""
        with self.firmware(plan) as c:
            return self.traced(c, machine, runs)

    def traced(self, c: Compiled, machine: str, runs: Sequence[Samples]) -> Trace:
        """What a traced firmware makes of the samples."""
        raw = c.execute(self.samples, self.timeout_s, self.reset_every)
        return trace_of(machine, self.graph, c.plan, c.code.tensors, raw, runs)

    @contextmanager
    def firmware(
        self, plan: Plan, cflags: tuple[str, ...] = (), edited: Callable[[str], str] = lambda source: source
    ) -> Iterator[Compiled]:
        """The traced firmware of a plan. cflags: beside the target's own. edited: what is compiled of the C; of a
        blob, of the C around it."""
        if self.blob is not None:
            with interpreting(self.blob, self.graph, plan, "trace", self.timeout_s, edited, cflags) as c:
                yield c
            return
        code = codegen.generate(plan, traced=True)
        files = dict(code.files()) if self.folder is None else with_traces(self.folder, code, plan)
        source = f"{code.prefix}.c"
        files[source] = edited(files[source])
        # Somebody's own C may be compiled with warnings.
        cflags = cflags if self.folder is None else ("-Wno-error", *cflags)
        with workspace() as place:
            firmware = build_firmware(
                files, plan.target, place, mode="trace", cflags_extra=cflags, timeout_s=self.timeout_s
            )
            yield Compiled(self.graph, plan, replace(code, source=files[source]), firmware)


@dataclass(frozen=True, eq=False)
class Readable:
    """A traced firmware. constants: whether its kernels read their constants from memory, where its image has them."""

    firmware: Compiled
    constants: bool


@contextmanager
def readable(asked: Asked, plan: Plan) -> Iterator[Readable]:
    """The traced firmware whose constants lie in memory, if its kernels can do with that.

    Assembly that has them in its instructions cannot: then it is the firmware as it is.
    """
    flags = readable_flags(plan.target)
    with ExitStack() as stack:
        try:
            made = Readable(stack.enter_context(asked.firmware(plan, flags, with_constants_in_memory)), True)
        except CompileError:
            made = Readable(stack.enter_context(asked.firmware(plan, flags)), False)
        yield made


def asked_of_folder(asked: Asked, folder: Path, built: Build) -> Asked:
    """The same of a folder, with its build's wish. Raises InputError if that was of another model."""
    if built.model != asked.graph.name:
        found = f"{folder}: is a build of {built.model!r}"
        raise InputError(f"{found}, expected one of {asked.graph.name!r}: give its model, or --name")
    return replace(asked, folder=folder, wish=built.recipe.wish)


def host_plan(asked: Asked, progress: Progress) -> Plan:
    """For this computer, whose flash nobody asks for."""
    return replace(asked, wish=replace(asked.wish, flash_budget=None)).plan(load_target("host"), progress)


def with_traces(folder: Path, code: codegen.Firmware, plan: Plan) -> dict[str, str]:
    """The folder's own C, in which each step hands over its tensors, with the adapter of the test bench.

    Raises InputError where it cannot be read, or has other steps than the plan.
    """
    try:
        source, header = ((folder / f"{code.prefix}{s}").read_text("utf-8") for s in (".c", ".h"))
    except (OSError, UnicodeDecodeError) as e:
        why = getattr(e, "strerror", None) or e
        raise InputError(
            f"{folder}: {code.prefix}.c and .h cannot be read: {why}: give the folder of a build"
        ) from None
    first, *parts = source.split(STEP_END_LINE)
    if len(parts) != len(plan.steps):
        raise InputError(
            f"{folder / code.prefix}.c ends {len(parts)} steps, expected {len(plan.steps)} as this model's plan has: "
            "it was made of another model, by other options or another compiler; build it anew"
        )
    texts = trace_texts(plan, code.prefix, code.tensors)
    marked = first + "".join(text + part for text, part in zip(texts, parts, strict=True))
    include = f'#include "{code.prefix}.h"\n'
    if include not in marked:
        raise InputError(f"{folder / code.prefix}.c does not include its header, expected {include.strip()}")
    files = {f"{code.prefix}.c": marked.replace(include, f"{include}{TRACER}", 1), f"{code.prefix}.h": header}
    return {**files, "adapter.c": code.adapter}
