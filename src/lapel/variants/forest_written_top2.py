"""Votes of decision trees of which two levels are code."""

from __future__ import annotations

from lapel.variants.written import Written

VARIANT = Written("forest_written_top2", 2)
