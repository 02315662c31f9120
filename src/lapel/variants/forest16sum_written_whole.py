"""Sums of decision trees of int16 features, of which all nodes and leaves are code."""

from __future__ import annotations

from lapel.families.trees import WORDS
from lapel.variants.writtensums import WrittenSums

VARIANT = WrittenSums("forest16sum_written_whole", WORDS)
