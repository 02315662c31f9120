"""A plan with its buffers at other offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lapel.planning.buffers import Layout, assign_buffers
from lapel.planning.plan import Plan
from lapel.planning.planner import reasons
from lapel.records import Placement


def layout_of(plan: Plan) -> Layout:
    """The buffers of a plan that was made with reuse, by their numbers."""
    return assign_buffers(plan.graph, [s.node for s in plan.steps], [s.calls for s in plan.steps], reuse=True)


def repacked(plan: Plan, layout: Layout, offsets: Sequence[int]) -> Plan:
    """The plan with each buffer of its layout at its offset, and the reasons for that."""

    def at(p: Placement, k: int, delta: int) -> Placement:
        return replace(p, buffer=k, offset=offsets[k] + plan.guard_bytes + delta)

    placements = {n: at(p, layout.of[n], layout.delta.get(n, 0)) for n, p in plan.placements.items()}
    steps = [
        replace(s, scratch=s.scratch and at(s.scratch, layout.scratch[s.node.name], 0), reason=why)
        for s, why in zip(plan.steps, reasons(layout, [s.node for s in plan.steps], placements), strict=True)
    ]
    return replace(plan, placements=placements, steps=tuple(steps))
