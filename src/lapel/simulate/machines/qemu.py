"""QEMU with semihosting files, and our plugin for exact instruction counts (Arm and RISC-V)."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.errors import SimulationError
from lapel.simulate.firmware import Firmware
from lapel.simulate.machine import Execution, qemu_plugin, read_marks, read_profile
from lapel.simulate.process import last_line, run
from lapel.simulate.profile import Chosen
from lapel.simulate.toolchain import find_tool


def execute(
    firmware: Firmware, stimulus: bytes, markers: Sequence[int], timeout_s: float, profile: Chosen | None = None
) -> Execution:
    """Run the firmware on its target's machine; counts instructions when there are markers, blocks if asked to."""
    emulator, folder = firmware.target.emulator, firmware.workdir
    command = _command(firmware, stimulus)
    if markers:
        (folder / "markers.txt").write_text("".join(f"{address:x}\n" for address in markers), encoding="ascii")
    if profile and profile.ranges:
        (folder / "ranges.txt").write_text("".join(f"{a:x} {b:x}\n" for a, b in profile.ranges), encoding="ascii")
    profiled = firmware.target.region("flash") if profile and markers else None
    command += qemu_plugin(bool(markers), profiled, timeout_s, profile)
    status, said = run(command, folder, timeout_s, firmware.target.name)
    if status != 0 and "plugin" in said.lower():
        raise SimulationError(
            f"{emulator.program} refuses the plugin that counts instructions: {last_line(said)}; "
            "QEMU 5.2 to 8.2 built with plugins, as Debian's and Ubuntu's are, take it"
        )
    out = folder / "out.bin"
    stream = out.read_bytes() if out.is_file() else b""
    marks = read_marks(folder / "marks.bin") if markers else None
    ended = f"{emulator.program} ended with status {status} {last_line(said)}".strip()
    return Execution(stream, marks, False, ended, read_profile(folder / "profile.bin") if profiled else None)


def waiting(firmware: Firmware, stimulus: bytes, port: int) -> list[str]:
    """The command that runs it, paused until GDB has connected to a port of this computer."""
    return [*_command(firmware, stimulus), *qemu_plugin(False), "-S", "-gdb", f"tcp:127.0.0.1:{port}"]


def _command(firmware: Firmware, stimulus: bytes) -> list[str]:
    """With its input in the firmware's folder, and no output of a run before."""
    emulator, folder = firmware.target.emulator, firmware.workdir
    (folder / "in.bin").write_bytes(stimulus)
    for old in ("out.bin", "marks.bin", "profile.bin"):
        (folder / old).unlink(missing_ok=True)
    # One guest instruction is one tick of the virtual clock: nothing in the guest depends on the host.
    command = [find_tool(emulator.program), "-M", emulator.machine, *emulator.arguments, "-icount", "shift=0"]
    command += ["-display", "none", "-monitor", "none", "-serial", "none", "-no-reboot"]
    return [*command, "-semihosting-config", "enable=on,target=native", "-kernel", firmware.elf.name]
