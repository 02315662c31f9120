"""Tables of one byte on Helium: 16 elements a gathering load."""

from __future__ import annotations

from dataclasses import replace

from lapel.ir import Call


class LookupMve:
    """The kernel `lookup_mve`, which takes every call."""

    def specialize(self, call: Call) -> Call | str:
        return replace(call, kernel="lookup_mve")


VARIANT = LookupMve()
