"""From the log of counts at marker addresses to instructions and cycles of each invocation and step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.errors import SimulationError
from lapel.simulate.firmware import Firmware


@dataclass(frozen=True, eq=False)
class Counts:
    """One unit's counts: of each invocation, of the first one by steps, and of all by steps, int64 [N, steps]."""

    samples: tuple[int, ...]
    steps: tuple[int, ...]
    all_steps: np.ndarray


NOTHING = Counts((), (), np.zeros((0, 0), np.int64))


OWN = 1 << 63
"""A marker that is no pass of the one before it, though its address is the same: as in `counters/marks.h`."""


def markers(firmware: Firmware) -> tuple[int, ...]:
    """Marker addresses in the order in which one invocation passes them.

    The first is the entry of adapter_invoke, the last is where it returns to. Between them steps end: at a label, or
    where the next of the functions begins that an interpreter calls, the first of them before the first function. Empty
    where nothing is counted: in a tracing build and on the host.
    """
    symbols = firmware.symbols
    if firmware.mode == "trace" or "harness_invoke_end" not in symbols:
        return ()
    if firmware.called:
        end = symbols["harness_invoke_end"]
        return (symbols["adapter_invoke"], *(symbols[name] | OWN for name in firmware.called), end, end)
    steps = [symbols[f"lapel_step_{i}"] for i in firmware.steps]
    return (symbols["adapter_invoke"], *steps, symbols["harness_invoke_end"])


def count(marks: np.ndarray, samples: int, places: int, firmware: Firmware) -> Counts:
    """Differences between passes; `marks` is one column of the log.

    Raises SimulationError when a marker was not passed in every invocation.
    """
    if len(marks) != samples * places:
        at = len(marks) % places
        where = "the return of adapter_invoke" if at == places - 1 else f"the end of step {at - 1}"
        raise SimulationError(
            f"{firmware.target.name}: {len(marks)} of {samples * places} markers were passed, the next one "
            f"is {where if at else 'the entry of adapter_invoke'}: the steps did not run in their order"
        )
    passes = marks.reshape(samples, places).astype(np.int64)
    totals = passes[:, -1] - passes[:, 0]
    steps = np.diff(passes)[:, :-1]
    return Counts(tuple(totals.tolist()), tuple(steps[0].tolist()), steps)
