"""Graph -> Plan: in what order, by which kernel, at which arena offset."""

from lapel.plan.plan import Note, Placement, Plan, Step
from lapel.plan.planner import make_plan

__all__ = ["Note", "Placement", "Plan", "Step", "make_plan"]
