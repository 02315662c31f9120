"""A core that stands still until GDB has connected, with debug information and a label after each step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lapel import codegen
from lapel.debugging.diff import asked_for
from lapel.debugging.element import tensor_named
from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.planning import Plan
from lapel.planning.labels import labels
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
    if asked.blob is not None:
        raise UsageError(
            f"GDB was asked for, and {asked.blob.file} is data, whose steps have no labels: leave --gdb out, or build C"
        )
    machine = load_machine(chosen.emulator.kind)
    waiting = getattr(machine, "waiting", None)
    if waiting is None:
        raise UsageError(
            f"{chosen.name} is run as a program of this computer, which is no emulator that GDB could attach to: "
            "choose a core, or build its C with -g and start GDB on the program"
        )
    plan = asked.plan(chosen, lambda stage: None)
    name = tensor_named(plan, tensor)
    code = codegen.generate(plan)
    with workspace() as place:
        files = dict(code.files())
        if asked.folder is not None:
            files |= {file: (asked.folder / file).read_text("utf-8") for file in code.written()}
        firmware = build_firmware(files, chosen, place, mode="count", cflags_extra=DEBUG, timeout_s=timeout_s)
        command = waiting(firmware, stream.encode(to_bytes(asked.graph, asked.samples), asked.reset_every), port)
        for line in instructions(firmware, plan, code.prefix, name, port):
            say(line)
        status, said = run(command, place, timeout_s, chosen.name)
    if said:
        say(said)
    return status


def instructions(firmware: Firmware, plan: Plan, prefix: str, tensor: str, port: int) -> list[str]:
    """What to type in another terminal."""
    step = next(s.index for s in plan.steps if tensor in s.node.outputs)
    place, t = plan.placements[tensor], plan.graph.tensors[tensor].type
    size = t.bytes // t.size
    letter = "f" if t.dtype.startswith("float") else "u" if t.dtype.startswith("u") else "d"
    unit = {1: "b", 2: "h", 4: "w", 8: "g"}[size]
    gdb = f"{firmware.target.compiler.removesuffix('-').split('-')[0]}-gdb"
    program = gdb if gdb == "avr-gdb" else "gdb-multiarch"
    label = labels(plan.graph)[tensor]
    return [
        f"the core is paused before its first instruction; GDB may connect to port {port}. In another terminal:",
        f'  {program} {firmware.elf} -ex "target remote :{port}" -ex "break *&lapel_step_{step}" -ex continue',
        f"it stops where step {step} has ended, and {label} is there:",
        f"  x/{t.size}{letter}{unit} (char *)&{prefix}_arena + {place.offset}",
    ]
