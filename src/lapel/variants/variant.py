"""What a kernel variant is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from lapel.ir import Call


class Variant(Protocol):
    """A faster kernel for some calls of a portable one: same operands, same bits, params of its own."""

    def specialize(self, call: Call) -> Call | str:
        """The call of this variant that does what `call` of the portable kernel does, or why there is none.

        `call.params` are those of the portable kernel; the result's kernel is this variant's name, or that of another
        variant which does the same, and its params are the fields of that kernel's struct. `call.outputs` and
        `call.inputs` stay as they are. `call.ahead` is None: a variant that promises an order (see `Call`) sets its
        own.
        """
        ...


class FlashSaver:
    """Base of variants that trade time for flash: weighed where bytes of flash count, or where they may be faster."""

    def may_be_faster(self, call: Call) -> bool:
        """Whether this call of the variant can take less time than the same call of other kernels."""
        return False


@dataclass(frozen=True)
class Unconditional:
    """A variant that is its C alone: it takes every call with the portable kernel's params, and promises no order."""

    kernel: str

    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel=self.kernel)
