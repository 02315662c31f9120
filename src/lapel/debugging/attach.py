"""A core that stands still until GDB has connected, with debug information and a label after each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lapel import codegen
from lapel.codegen.arena import place
from lapel.codegen.kernelset import runner
from lapel.debugging.diff import asked_for
from lapel.debugging.element import tensor_named
from lapel.debugging.tracing import Asked
from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.planning import Plan
from lapel.planning.labels import labels
from lapel.proving.interpreting import interpreting
from lapel.proving.samples import to_bytes
from lapel.simulate import build_firmware, stream
from lapel.simulate.firmware import Firmware
from lapel.simulate.machine import load_machine
from lapel.simulate.process import run
from lapel.simulate.workspace import workspace
from lapel.targets import Target
from lapel.wish import Wish

DEBUG = ("-g",)


def attach(
    model: Model,
    target: str | Target | None,
    tensor: str,
    inputs: Any,
    port: int,
    folder: Path | None,
    wish: Wish,
    timeout_s: float,
    say: Callable[[str], None],
) -> int:
    """Pause an emulated core before its first instruction, say how GDB gets to a tensor, and wait for the end.

    The firmware is that of `lapel.run`, with the calls that `inputs` are; the emulator's exit status. timeout_s: of the
    session. Raises UsageError where the target's emulator has no server for GDB.
    """
    asked, (chosen, *others), _ = asked_for(model, target, inputs, None, folder, None, wish, timeout_s)
    if others:
        raise UsageError("GDB was asked for on several targets, expected one")
    machine = load_machine(chosen.emulator.kind)
    waiting = getattr(machine, "waiting", None)
    if waiting is None:
        raise UsageError(
            f"{chosen.name} is run as a program of this computer, which is no emulator that GDB could attach to: "
            "choose a core, or build its C with -g and start GDB on the program"
        )
    plan = asked.plan(chosen, lambda stage: None)
    name = tensor_named(plan, tensor)
    with _firmware(asked, plan, timeout_s) as (firmware, address, stop):
        command = waiting(firmware, stream.encode(to_bytes(asked.graph, asked.samples), asked.reset_every), port)
        for line in instructions(firmware, plan, address, name, port, stop(name)):
            say(line)
        status, said = run(command, firmware.workdir, timeout_s, chosen.name)
    if said:
        say(said)
    return status


@dataclass(frozen=True)
class Break:
    """Where GDB stops: at what, and how often it goes on there before that."""

    at: str
    passes: int = 0


Made = tuple[Firmware, Callable[[int], str], Callable[[str], Break]]
"""A firmware, the C expression of an offset in its arena, and where the step of a tensor has ended."""


@contextmanager
def _firmware(asked: Asked, plan: Plan, timeout_s: float) -> Iterator[Made]:
    if asked.blob is not None:
        with interpreting(asked.blob, asked.graph, plan, timeout_s=timeout_s, cflags=DEBUG) as c:
            yield c.firmware, lambda offset: f"adapter_bytes + {offset}", lambda tensor: blob_break(plan, tensor)
        return
    code = codegen.generate(plan)
    with workspace() as folder:
        files = dict(code.files())
        if asked.folder is not None:
            files |= {file: (asked.folder / file).read_text("utf-8") for file in code.written()}
        firmware = build_firmware(files, plan.target, folder, mode="count", cflags_extra=DEBUG, timeout_s=timeout_s)
        yield firmware, partial(place, plan, code.prefix), lambda tensor: Break(f"&lapel_step_{_step(plan, tensor)}")


def blob_break(plan: Plan, tensor: str) -> Break:
    """Where the interpreter calls what comes after a step, which may have been called before; or it is done."""
    calls = [runner(c.kernel) for s in plan.steps for c in s.calls]
    done = sum(len(s.calls) for s in plan.steps[: _step(plan, tensor) + 1])
    if done == len(calls):
        return Break("adapter_write_outputs")
    return Break(calls[done], calls[:done].count(calls[done]))


def _step(plan: Plan, tensor: str) -> int:
    return next(s.index for s in plan.steps if tensor in s.node.outputs)


def instructions(
    firmware: Firmware, plan: Plan, address: Callable[[int], str], tensor: str, port: int, stop: Break
) -> list[str]:
    """What to type in another terminal. address: the C expression of an offset in the arena."""
    t = plan.graph.tensors[tensor].type
    size = t.bytes // t.size
    letter = "f" if t.dtype.startswith("float") else "u" if t.dtype.startswith("u") else "d"
    unit = {1: "b", 2: "h", 4: "w", 8: "g"}[size]
    gdb = f"{firmware.target.compiler.removesuffix('-').split('-')[0]}-gdb"
    program = gdb if gdb == "avr-gdb" else "gdb-multiarch"
    label = labels(plan.graph)[tensor]
    ignored = f' -ex "ignore 1 {stop.passes}"' if stop.passes else ""
    return [
        f"the core is paused before its first instruction; GDB may connect to port {port}. In another terminal:",
        f'  {program} {firmware.elf} -ex "target remote :{port}" -ex "break *{stop.at}"{ignored} -ex continue',
        f"it stops where step {_step(plan, tensor)} has ended, and {label} is there:",
        f"  x/{t.size}{letter}{unit} (char *)&{address(plan.placements[tensor].offset)}",
    ]
