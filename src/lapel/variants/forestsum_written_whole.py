"""Sums of decision trees of int8 features, of which all nodes and leaves are code."""

from __future__ import annotations

from lapel.variants.writtensums import WrittenSums

VARIANT = WrittenSums("forestsum_written_whole")
