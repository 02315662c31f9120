"""AVRs: cycles from simavr, each byte of output cross-checked against QEMU's machine where it has one.

simavr 1.6 mis-executes an instruction that skips over ADIW or SBIW with some constants; QEMU does not, and
has no cycle counts. So both run the same firmware on the same input at the same time, and must answer the
same bytes. (QEMU's copy works around a defect of its own: unoimage.py.) It has no ATtiny: there the comparison with the
reference is what finds such a defect.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from lapel.errors import SimulationError
from lapel.simulate import stream
from lapel.simulate.elf import flash_image
from lapel.simulate.firmware import Firmware
from lapel.simulate.machine import Execution, StackOverflow, build_counter, qemu_plugin, read_marks
from lapel.simulate.process import TIMEOUT_S, Listener, last_line, run
from lapel.simulate.profile import Chosen
from lapel.simulate.toolchain import find_tool, missing
from lapel.simulate.unoimage import without_skipped_returns

_STACK_OVERFLOW = 3
_HEADER = Path("/usr/include/simavr/sim_avr.h")


def execute(
    firmware: Firmware, stimulus: bytes, markers: Sequence[int], timeout_s: float, profile: Chosen | None = None
) -> Execution:
    """Run the firmware under simavr, and QEMU if the target names it; raises SimulationError where they differ."""
    folder = firmware.workdir
    runner = prepare(firmware, stimulus, markers, timeout_s)
    started = time.monotonic()
    machine = firmware.target.emulator.program
    with Listener(_qemu(firmware, timeout_s), folder, folder / "in.bin") if machine else nullcontext() as qemu:
        execution = simulate(firmware, runner, bool(markers), timeout_s)
        out = execution.stream
        patience_s = 60 + 10 * (time.monotonic() - started)  # QEMU is the faster one
        checked = qemu.hear_until(stream.END, patience_s) if qemu and out.endswith(stream.END) else out
    _compare(firmware, out, checked)
    return execution


def prepare(firmware: Firmware, stimulus: bytes, markers: Sequence[int], timeout_s: float) -> Path:
    """Write what the emulators read into the firmware's folder; the program that runs simavr."""
    folder = firmware.workdir
    (folder / "in.bin").write_bytes(stimulus)
    _write_images(firmware)
    (folder / "markers.txt").write_text("".join(f"{address:x}\n" for address in markers), encoding="ascii")
    return _runner(timeout_s)


def simulate(firmware: Firmware, runner: Path, marked: bool, timeout_s: float) -> Execution:
    """What simavr makes of it; marked: whether there are markers."""
    folder = firmware.workdir
    status, said = run(_command(firmware, runner), folder, timeout_s, "simavr")
    if status == _STACK_OVERFLOW:
        where = firmware.image.function_at(int(last_line(said).split()[-1], 16))
        raise StackOverflow(f"{firmware.target.name}: the stack ran into the variables in {where}")
    out = (folder / "out.bin").read_bytes() if (folder / "out.bin").is_file() else b""
    marks = read_marks(folder / "marks.bin") if marked else None
    return Execution(out, marks, True, f"simavr ended with status {status} {last_line(said)}".strip())


def waiting(firmware: Firmware, stimulus: bytes, port: int) -> list[str]:
    """The command that runs simavr, paused until GDB has connected to a port of this computer."""
    runner = prepare(firmware, stimulus, (), TIMEOUT_S)
    return [*_command(firmware, runner), str(port)]


def _command(firmware: Firmware, runner: Path) -> list[str]:
    limit = f"{firmware.symbols['harness_model_stack_limit'] & 0xFFFF:x}"
    files = ["flash.bin", "markers.txt", "in.bin", "out.bin", "marks.bin", limit]
    return [str(runner), firmware.target.core, str(firmware.target.clock_hz), *files]


def _write_images(firmware: Firmware) -> None:
    image, folder = flash_image(firmware.elf), firmware.workdir
    (folder / "flash.bin").write_bytes(image)
    origins, sizes = firmware.image.origins, firmware.image.sections
    code = [(origins[part], sizes[part]) for part in (".text", ".harness_text") if part in origins]
    (folder / "uno.bin").write_bytes(without_skipped_returns(image, code))


def _qemu(firmware: Firmware, timeout_s: float) -> list[str]:
    emulator = firmware.target.emulator
    command = [find_tool(emulator.program), "-M", emulator.machine, *emulator.arguments]
    command += qemu_plugin(counting=False, timeout_s=timeout_s)
    return [*command, "-display", "none", "-monitor", "none", "-serial", "stdio", "-bios", "uno.bin"]


def _runner(timeout_s: float) -> Path:
    if not _HEADER.is_file():
        raise missing("libsimavr")
    return build_counter("simavr_run", "", (), ("-lsimavr",), timeout_s)


def _compare(firmware: Firmware, ours: bytes, theirs: bytes) -> None:
    if ours == theirs:
        return
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    raise SimulationError(
        f"{firmware.target.name}: simavr and QEMU differ from output byte {at} on, "
        f"of {len(ours)} and {len(theirs)}: the firmware runs into a defect of an emulator (simavr 1.6: a "
        "skip over ADIW or SBIW), so its result is not proven; another optimization level may avoid it"
    )
