"""A verifier as a stage of a cascade: what checks detections of words by a second, larger network."""

from __future__ import annotations

from lapel.codegen.cascade import Check
from lapel.errors import UsageError, shown
from lapel.ir import Graph
from lapel.records import Detector, Verifier
