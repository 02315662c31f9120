"""Graph -> Plan: in what order, by which kernel, at which arena offset."""

from lapel.planning.plan import Plan, Step
from lapel.planning.planner import make_plan

__all__ = ["Plan", "Step", "make_plan"]
