"""What notebooks show of records: their report, in a frame of its own."""

from __future__ import annotations

from lapel.errors import UsageError
from lapel.records import Record, show_with
from lapel.reports.page import framed
from lapel.reports.verb import report


def shown(record: Record) -> str | None:
    """The report of a record as HTML; None where there is no picture of it, and its text is shown."""
    try:
        return framed(report(record).html)
    except UsageError:
        return None


def install() -> None:
    """From now on records show themselves in notebooks."""
    show_with(shown)
