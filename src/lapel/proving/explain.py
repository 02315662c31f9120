"""A plan explained: its decisions as text, and as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.ir import Call
from lapel.planning import Plan, Step
from lapel.planning.costs import Choice, Cost
from lapel.runtime.source import field_comments


def explain(plan: Plan) -> str:
    """The plan's text with the layout of every call's constants, as the kernel's header describes it."""
    return plan.text(lambda call: [f"{name} {what}" for name, what in layout(call).items()])


def layout(call: Call) -> dict[str, str]:
    """Of each table of a call: its type and size, and in what order its values lie."""
    said = field_comments(call.kernel)
    tables = {name: value for name, value in call.params.items() if isinstance(value, np.ndarray)}
    return {n: f"{v.dtype}[{v.size}]" + (f": {said[n]}" if said.get(n) else "") for n, v in tables.items()}


def plan_json(plan: Plan) -> dict[str, Any]:
    """Plain data of a plan: notes, placements, and of each step its calls with costs, reasons and what was rejected."""
    return {
        "model": plan.graph.name,
        "target": plan.target.name,
        "core": plan.target.core,
        "macs": plan.macs,
        "arena_bytes": plan.arena_bytes,
        "arena_bound_bytes": plan.bound_bytes,
        "notes": [vars(note) for note in plan.notes],
        "placements": [vars(place) for place in plan.placements.values()],
        "steps": [_step_json(step) for step in plan.steps],
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "index": step.index,
        "name": step.node.outputs[0],
        "op": step.node.op,
        "macs": step.macs,
        "inputs": [name for name in step.node.inputs if name],
        "outputs": list(step.node.outputs),
        "placement": step.reason,
        "calls": [_call_json(call, choice) for call, choice in zip(step.calls, step.choices, strict=True)],
    }


def _call_json(call: Call, choice: Choice) -> dict[str, Any]:
    rejected = [
        {"kernel": r.kernel or None, "inlined": r.inline, **_cost_json(r.cost), "why": r.why} for r in choice.rejected
    ]
    return {
        "kernel": call.kernel,
        "inlined": call.inline,
        "unit": choice.unit or None,
        **_cost_json(choice.cost),
        "why": choice.why,
        "layout": layout(call),
        "rejected": rejected,
    }


def _cost_json(cost: Cost | None) -> dict[str, Any]:
    if cost is None:
        return {"time": None, "code_bytes": None, "data_bytes": None, "shared_bytes": None}
    figures = {"time": cost.time, "code_bytes": cost.code_bytes, "data_bytes": cost.data_bytes}
    return {**figures, "shared_bytes": dict(cost.shared)}
