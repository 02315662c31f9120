"""Graph -> Plan: in what order, by which kernel, at which arena offset."""

from lapel.planning.plan import Note, Placement, Plan, Step
from lapel.planning.planner import make_plan

__all__ = ["Note", "Placement", "Plan", "Step", "make_plan"]
