"""Plans by measured costs: `plan_for` one that fits, `plans_for` many whose missing costs are measured at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lapel.errors import DoesNotFit
from lapel.ir import Graph
from lapel.measuring import fit
from lapel.measuring.budgets import estimate, plan_within, times
from lapel.measuring.costs import MeasuredCosts, NotedCosts, measured_costs
from lapel.measuring.traffic import in_memories
from lapel.planning import Plan, make_plan
from lapel.planning.costs import Costs
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
    *,
    divided: bool = True,
    beside_bytes: int = 0,
) -> Plan:
    """Plan by measured costs, and check that it can fit before anything is measured or compiled.

    On a board with several memories accesses are counted, and each buffer lies in one of them. divided: else the plan
    is without memories, for a program whose arena is one array. beside_bytes: more than stack and variables that the
    first memory has beside the arena. timeout_s: host seconds that a compiler may take.
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
    return in_memories(plan, beside_bytes, progress, timeout_s) if target.memories and divided else plan


def plans_for(graphs: Sequence[Graph], target: Target, wish: Wish, costs: MeasuredCosts | str) -> list[Plan]:
    """A plan of each graph, by costs alone: nothing is linked to find whether it fits, and one that does not is made.

    Costs that are missing, of all graphs together, are measured in as few firmwares as they have room in.

    Raises DoesNotFit for what the core's indexes do not reach.
    """
    if isinstance(costs, str):
        return [_plan_by_costs(graph, target, wish, costs) for graph in graphs]
    made: list[Plan | None] = []
    noted = NotedCosts(costs)
    for graph in graphs:
        before = noted.unanswered
        plan = _plan_by_costs(graph, target, wish, noted)
        made.append(plan if noted.unanswered == before else None)
    costs.measure(noted.missing)
    return [plan or _plan_by_costs(graph, target, wish, costs) for graph, plan in zip(graphs, made, strict=True)]


def _plan_by_costs(graph: Graph, target: Target, wish: Wish, costs: Costs | str) -> Plan:
    """The plan within a budget by its costs; where there is none, the one with the least flash."""
    budget = target.flash_bytes if wish.flash_budget is None else wish.flash_budget

    def make(chosen: Wish) -> Plan:
        return make_plan(graph, target, chosen, costs=costs, check=lambda least: fit.check_indexes(target, least))

    plan = make(replace(wish, flash_budget=None))
    if budget is None or times(plan) == 0 or estimate(plan) <= budget:
        return plan
    try:
        return make(replace(wish, flash_budget=budget))
    except OverBudget:
        return make(replace(wish, optimize="flash", flash_budget=None))
