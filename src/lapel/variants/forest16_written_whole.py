"""Votes of decision trees of int16 features, of which all nodes are code."""

from __future__ import annotations

from lapel.families.trees import WORDS
from lapel.variants.written import WHOLE, Written

VARIANT = Written("forest16_written_whole", WHOLE, WORDS, limited=True)
