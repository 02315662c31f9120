"""`plan_for`: a plan by measured costs, within the budgets of its target and of its wish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lapel.errors import DoesNotFit
from lapel.ir import Graph
from lapel.measuring import fit
from lapel.measuring.budgets import plan_within
from lapel.measuring.costs import measured_costs
from lapel.planning import Plan, make_plan
from lapel.planning.goals import OverBudget
from lapel.simulate.process import TIMEOUT_S
from lapel.targets import Target
from lapel.wish import ANY, Wish


def plan_for(
    graph: Graph,
    target: Target,
    wish: Wish = ANY,
    progress: Callable[[str], None] = lambda stage: None,
    timeout_s: float = TIMEOUT_S,
) -> Plan:
    """Plan by measured costs, and check that it can fit before anything is measured or compiled.

    timeout_s: host seconds that a compiler may take.
    """
    budget = target.flash_bytes if wish.flash_budget is None else wish.flash_budget
    costs = measured_costs(target, progress, timeout_s)
    asked = fit.Asked(graph, target, wish)

    def make(room: int | None) -> Plan:
        within = replace(wish, flash_budget=room)
        return make_plan(graph, target, within, costs=costs, check=lambda least: fit.check_least(asked, least))

    def balanced() -> Plan:
        return make_plan(graph, target, Wish("balanced"), costs=costs)

    other = None if wish.optimize == "ram" else balanced
    try:
        plan = make(None) if budget is None else plan_within(budget, make, other, timeout_s)
    except OverBudget as e:
        raise (fit.over_flash(asked, e) if wish.flash_budget is None else DoesNotFit(e.message)) from None
    fit.check_plan(asked, plan)
    return plan
