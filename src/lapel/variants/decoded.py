"""Convolutions of coded weights: some output channels are decoded into scratch at a time, and all pixels computed.

A weight is thus decoded once for all its pixels, and the loops over these are those of the kernels without codes. Each
block of channels walks over the windows again: x has to be there until the last one, so that y may share bytes with it
only where one block is the whole layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from lapel.errors import UsageError
from lapel.ir import Call, Place
from lapel.ir.op import Param
from lapel.variants.coded import TABLE_BYTES, Form, code_params, folded_biases, saved_problem, table_bytes
from lapel.variants.variant import FlashSaver

BLOCK_BYTES = 2048
"""Of decoded weights at a time, if that is one unit of channels or more; where nothing else is said."""
MOST_BYTES = 4096
"""Of one unit of channels."""
ALIGN = 16
"""Of each part of the scratch: one vector."""


@dataclass(frozen=True, eq=False)
class Rows:
    """A convolution as a kernel wants it that decodes its weights: w int8 [channels, values], bias int32 [channels].

    params: of the kernel's struct, without codes, biases and places in scratch. unit: channels that are packed as one.
    unit_bytes, work_bytes: by the names of params, scratch for a unit of channels, and for all at once. ahead: what the
    kernel without codes promises (see `Call`). block_bytes: of decoded weights at a time.
    """

    w: np.ndarray
    bias: np.ndarray
    params: Mapping[str, Param]
    unit: int
    unit_bytes: Mapping[str, int]
    work_bytes: Mapping[str, int]
    ahead: int | None
    block_bytes: int = BLOCK_BYTES

    @property
    def block(self) -> int:
        """Channels that are decoded at a time."""
        return block_channels(len(self.w), self.unit, sum(self.unit_bytes.values()), self.block_bytes)


def block_channels(channels: int, unit: int, unit_bytes: int, block_bytes: int) -> int:
    """How many of so many channels are decoded at a time, in whole units: all blocks but the last are alike."""
    units = -(-channels // unit)
    most = max(block_bytes // unit_bytes, 1)
    return -(-units // -(-units // most)) * unit


@dataclass(frozen=True)
class Decoded(FlashSaver):
    """A kernel `conv_decoded…` of one form.

    find: how a call of the portable kernel is computed from decoded rows, or why it is not. tables: of code books in
    scratch, for which the stream is padded.
    """

    kernel: str
    form: Form
    find: Callable[[Call], Rows | str]
    tables: int = 0

    def specialize(self, call: Call) -> Call | str:
        """The coded call of a call of `conv`."""
        w = call.params["w"]
        if not isinstance(w, np.ndarray):
            return "its weights are no constants in flash"
        if call.params["groups"] != 1:
            return "it has groups"
        problem = saved_problem(self.form.bound_bytes(w), call.params, bound=True)
        if problem:
            return problem
        rows = self.find(call)
        if isinstance(rows, str):
            return rows
        unit_bytes = sum(rows.unit_bytes.values())
        if unit_bytes > MOST_BYTES:
            return (
                f"weights of {rows.unit} channels would take {unit_bytes:,} bytes of scratch, more than {MOST_BYTES:,}"
            )
        try:
            codes = code_params(self.form, rows.w, padded=self.tables > 0)
        except UsageError as e:
            return e.message
        found = {**rows.params, **codes, **folded_biases(rows.bias, rows.w), "block": rows.block}
        problem = saved_problem(table_bytes(found), call.params)
        places, scratch_bytes = self._places(rows)
        ahead = rows.ahead if rows.block >= len(rows.w) else None
        made = replace(call, kernel=self.kernel, params=found | places, scratch_bytes=scratch_bytes, ahead=ahead)
        return problem or made

    def _places(self, rows: Rows) -> tuple[dict[str, Param], int]:
        """The params that are places in scratch, and how many bytes it takes."""
        units = rows.block // rows.unit
        sizes = {**{name: units * size for name, size in rows.unit_bytes.items()}, **rows.work_bytes}
        sizes |= {"table": self.tables * TABLE_BYTES} if self.tables else {}
        places: dict[str, Param] = {}
        at = 0
        for name, size in sizes.items():
            places[name] = Place("", at if size else 0)
            at += -(-size // ALIGN) * ALIGN
        return places, at
