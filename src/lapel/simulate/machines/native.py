"""The firmware as a program of this computer: for sanitizers and quick checks; nothing is counted."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from lapel.simulate.firmware import Firmware
from lapel.simulate.machine import Execution
from lapel.simulate.process import run
from lapel.simulate.profile import Chosen


def execute(
    firmware: Firmware, stimulus: bytes, markers: Sequence[int], timeout_s: float, profile: Chosen | None = None
) -> Execution:
    """Run the program; `markers` are not used."""
    folder = firmware.workdir
    (folder / "in.bin").write_bytes(stimulus)
    (folder / "out.bin").unlink(missing_ok=True)
    status, said = run([str(firmware.elf)], folder, timeout_s, firmware.target.name)
    out = folder / "out.bin"
    ended = signal.Signals(-status).name if status < 0 else f"status {status}"
    return Execution(out.read_bytes() if out.is_file() else b"", None, False, f"ended with {ended}{_reason(said)}")


def _reason(said: str) -> str:
    """The line of a sanitizer's report that says what went wrong."""
    for line in said.splitlines():
        if "runtime error:" in line or "ERROR: AddressSanitizer" in line:
            return f": {line.strip()}"
    return ""
