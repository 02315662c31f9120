"""Votes of decision trees of which all nodes are code."""

from __future__ import annotations

from lapel.variants.written import WHOLE, Written

VARIANT = Written("forest_written_whole", WHOLE)
