"""Sequences of assembly, timed by the cycle models: all of a core's in one firmware, each a function in a step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lapel.simulate import build_firmware, cycles, run_firmware
from lapel.simulate.cycles import Estimate
from lapel.targets import load_target

FRAME = "sub sp, #32; mov r1, sp; movs r2, #8; nop"
"""Before each sequence: r1 is the address of 32 bytes, and known early; r2 is 8; r0, r3, r12 and flags are anything."""
LEAVE = "add sp, #32; bx lr"


def time_sequences(
    core: str, sequences: Mapping[str, str], toy, folder: Path, *, placed: bool = True
) -> dict[str, Estimate]:
    """Estimates by name: of a call, FRAME, the sequence, LEAVE. Instructions are parted by ';'."""
    bodies = {"start": "", "empty": "", **sequences}
    functions, calls = [], ""
    for k, (name, body) in enumerate(bodies.items()):
        lines = [".balign 4", f".type case_{k}, %function", ".thumb_func", f"case_{k}:"]
        lines += [line for part in (FRAME, body, LEAVE) for line in part.split(";") if line.strip()]
        functions.append("\n".join(f'"{line}\\n"' for line in lines) + f" /* {name} */")
        calls += f"    case_{k}();\n    LAPEL_PROBE_STEP({k});\n"
    text = '__asm__(".syntax unified\\n.text\\n"\n' + "\n".join(functions) + ");\n"
    text += "".join(f"void case_{k}(void);\n" for k in range(len(bodies)))
    sources = toy.with_model("    (void)in, (void)out;\n" + calls, text)
    firmware = build_firmware(sources, load_target(core), folder, mode="count")
    raw = run_firmware(firmware, toy.samples[:1], 16, timeout_s=60, profile=True)
    assert raw.profile is not None
    estimates = cycles.estimate(firmware, raw.profile, placed=placed)
    assert tuple(e.instructions for e in estimates[:-1]) == raw.step_instructions
    return dict(zip(bodies, estimates, strict=False))
