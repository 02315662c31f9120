"""What forms raise on operands of a number, rank or size that no sane model gives them, and what is said of it."""

from __future__ import annotations

from lapel.errors import shown

MISFITS = (LookupError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError, MemoryError)


def misfit(e: BaseException) -> str:
    """The problem of the node whose form raised one of `MISFITS`."""
    reason = f"its operands do not fit together ({shown(str(e) or type(e).__name__, 120)})"
    return f"{reason}: check and export the model again"
