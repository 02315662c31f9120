"""Votes of decision trees as streams that assembly walks down, on AVR cores."""

from __future__ import annotations

from lapel.variants.written import Written

VARIANT = Written("forest_written_table", 0)
