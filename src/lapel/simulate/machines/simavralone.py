"""ATmega328P by simavr alone: for long runs whose outputs are compared with something else, such as the reference.

QEMU hears and says one byte at a time, which takes most of the time of `simavr`. Here what simavr makes wrong shows as
outputs that differ. No target has this machine; who wants it replaces `Emulator.kind`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.simulate.firmware import Firmware
from lapel.simulate.machine import Execution
from lapel.simulate.machines.simavr import prepare, simulate
from lapel.simulate.profile import Chosen


def execute(
    firmware: Firmware, stimulus: bytes, markers: Sequence[int], timeout_s: float, profile: Chosen | None = None
) -> Execution:
    """Run the firmware under simavr."""
    return simulate(firmware, prepare(firmware, stimulus, markers, timeout_s), bool(markers), timeout_s)
