"""What the firmware of a graph will take: the figures of its plan and of its calls, added up. Nothing is linked or run.

Time is that of the calls, measured one by one, and of calling a model that does nothing. Flash is what the calls take
alone and together, the function that calls them (`glue`) and the library's functions. Both differ from the firmware's
by what the compiler makes of a shared kernel whose callers agree in some params.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from lapel.errors import CompileError, MissingTool, some
from lapel.ir import Call, Graph
from lapel.measuring.candidates import Candidate
from lapel.measuring.costs import MeasuredCosts, measured_costs
from lapel.measuring.empty import call_time, library_bytes
from lapel.measuring.glue import Glue, late_calls, measure_glue
from lapel.measuring.plans import plans_for
from lapel.planning import Plan, Step
from lapel.planning.floats import as_reals
from lapel.planning.labels import labels
from lapel.records import Cost, Estimate, EstimatedLayer
from lapel.simulate.process import TIMEOUT_S
from lapel.targets import Target
from lapel.wish import ANY, Wish

CODE = ".text"
"""How the names of sections with code begin."""
SOFTWARE_FLOATS = {
    f"{stem}{op}{end}" for stem, end in (("__aeabi_f", ""), ("__", "sf3")) for op in ("add", "mul", "div")
}
"""Functions of compilers' libraries that compute on float32 where the core cannot."""
ABOUT_SOFTWARE = (
    "float32 is computed in software on this core, in a time that depends on the numbers: the estimate may be off by a "
    "tenth, where it is within 0.4 % of other models; lapel build counts it"
)
Found = dict[tuple[int, int], Cost | str]
"""What calls cost, or why that is not known, by numbers of step and call."""


def estimates(
    graphs: Sequence[Graph],
    target: Target,
    wish: Wish = ANY,
    progress: Callable[[str], None] = lambda stage: None,
    timeout_s: float = TIMEOUT_S,
) -> list[Estimate]:
    """What each graph's firmware will take on a target. timeout_s: host seconds that a compiler may take.

    Raises DoesNotFit for what the core's indexes do not reach, UnsupportedModel.
    """
    costs = measured_costs(target, progress, timeout_s)
    plans = plans_for(graphs, target, wish, costs)
    if isinstance(costs, str):
        unknown: list[Found] = [{(s.index, k): costs for s in p.steps for k, _ in enumerate(s.calls)} for p in plans]
        return [_Sum(g, p, wish, f, costs, {}, 0).record() for g, p, f in zip(graphs, plans, unknown, strict=True)]
    found = _costs_of(plans, costs)
    glues, libraries, entry = _around(plans, found, target, timeout_s)
    return [
        _Sum(*each, libraries, entry, costs.unit).record()
        for each in zip(graphs, plans, [wish] * len(plans), found, glues, strict=True)
    ]


def _costs_of(plans: Sequence[Plan], costs: MeasuredCosts) -> list[Found]:
    """The costs of all calls; those of calls that were made after kernels had been chosen, where their operands lie."""
    found: list[Found] = []
    late: list[tuple[Found, tuple[int, int], Candidate]] = []
    for plan in plans:
        own: Found = {}
        placed = set(late_calls(plan))
        for step in plan.steps:
            for k, (call, choice) in enumerate(zip(step.calls, step.choices, strict=True)):
                if choice.cost is not None:
                    own[step.index, k] = choice.cost
                elif (step.index, k) in placed:
                    places = {n: plan.placements[n].offset for n in (*call.outputs, *call.inputs)}
                    late.append((own, (step.index, k), Candidate(call, plan.graph.tensors, places)))
                else:
                    own[step.index, k] = choice.why
        found.append(own)
    for (own, key, _), cost in zip(late, costs.measured([c for _, _, c in late]), strict=True):
        own[key] = cost
    return found


def _around(
    plans: Sequence[Plan], found: Sequence[Found], target: Target, timeout_s: float
) -> tuple[Sequence[Glue | str], dict[str, int], int]:
    """What stands between the calls of each plan (or why that is not known), the bytes of the library's functions, and
    the time of a call."""
    try:
        glues = measure_glue(plans, target, timeout_s)
        symbols = {s for glue in glues for s in glue.symbols}
        symbols |= {n for own in found for c in own.values() if isinstance(c, Cost) for n in c.shared if n[0] != "."}
        return glues, library_bytes(sorted(symbols), target, timeout_s), call_time(target, timeout_s)
    except (CompileError, MissingTool) as e:
        return [e.message] * len(plans), {}, 0


class _Sum:
    """One plan with all that is known of it."""

    def __init__(
        self,
        graph: Graph,
        plan: Plan,
        wish: Wish,
        found: Found,
        glue: Glue | str,
        libraries: dict[str, int],
        entry: int,
        unit: str | None = None,
    ) -> None:
        self.graph, self.plan, self.wish, self.found, self.glue = graph, plan, wish, found, glue
        self.libraries, self.entry, self.unit = libraries, entry, unit

    def record(self) -> Estimate:
        """The figures, added up."""
        plan, target = self.plan, self.plan.target
        unmeasured = self._unmeasured()
        whole = not unmeasured
        time = self.entry + sum(c.time for c in self._known()) if whole else None
        code, data = self._flash() if whole else (None, None)
        clocked = self.unit is not None and self.unit.endswith("cycles") and target.flash_wait_states in (None, 0)
        return Estimate(
            model=self.graph.name,
            target=target.name,
            core=target.core,
            sha256=as_reals(self.graph).digest(),
            wish=self.wish,
            macs=plan.macs,
            unit=self.unit,
            time=time,
            time_us=time * 1e6 / target.clock_hz if time is not None and clocked and target.clock_hz else None,
            arena_bytes=plan.arena_bytes,
            arena_bound_bytes=plan.bound_bytes,
            flash_code_bytes=code,
            flash_data_bytes=data,
            fits=self._fits(code, data),
            layers=self._layers(),
            unmeasured=unmeasured,
            warnings=(*plan.warnings, *([ABOUT_SOFTWARE] if self._in_software() else [])),
        )

    def _in_software(self) -> bool:
        """Whether the model computes in float32 and the core does not."""
        called = {name for cost in self._known() for name in cost.shared}
        return as_reals(self.graph) is not self.graph and not called.isdisjoint(SOFTWARE_FLOATS)

    def _known(self) -> list[Cost]:
        return [c for c in self.found.values() if isinstance(c, Cost)]

    def _unmeasured(self) -> tuple[str, ...]:
        """Reasons, each with the layers that it is one for."""
        names = labels(self.plan.graph)
        layers: dict[str, dict[str, None]] = {}
        for step in self.plan.steps:
            for k, _ in enumerate(step.calls):
                why = self.found[step.index, k]
                if isinstance(why, str):
                    layers.setdefault(why, {})[names[step.node.outputs[0]]] = None
        said = [f"{some(of, 3)}: {why}" for why, of in layers.items()]
        if isinstance(self.glue, str) and self.glue not in layers:
            said.append(f"the calls themselves: {self.glue}")
        return tuple(said)

    def _flash(self) -> tuple[int, int]:
        """Code and data: of calls that equal no earlier one, of what they share, and of what is around."""
        assert isinstance(self.glue, Glue), "else it is among what is not measured"
        code, data = self.glue.code_bytes, self.glue.data_bytes + self._operand_bytes()
        shared: dict[str, int] = {}
        for cost, repeated in self._calls():
            shared |= cost.shared
            if repeated is None:
                continue
            code += cost.code_bytes
            data += max(cost.data_bytes - repeated, 0)
        for name, size in shared.items():
            if name.startswith(CODE):
                code += size
            elif name.startswith("."):
                data += size
        names = {*self.glue.symbols, *(name for name in shared if not name.startswith("."))}
        return code + sum(self.libraries[name] for name in names), data

    def _calls(self) -> list[tuple[Cost, int | None]]:
        """Each call with its cost, and the bytes of its tables that stand in flash already; None: so does all of it."""
        seen: set[object] = set()
        found = []
        late = set(late_calls(self.plan))  # they are in the glue
        for step in self.plan.steps:
            for k, call in enumerate(step.calls):
                if (step.index, k) in late:
                    continue
                cost = self.found[step.index, k]
                assert isinstance(cost, Cost)
                tables = {name: _identity(v) for name, v in call.params.items() if isinstance(v, np.ndarray)}
                whole = _whole(self.plan, step, call, tables)
                repeated = None if whole in seen else sum(t[2] for t in tables.values() if t in seen)
                seen |= {whole, *tables.values()}
                found.append((cost, repeated))
        return found

    def _operand_bytes(self) -> int:
        """Constants that kernels read as operands, and initial states that are not one value repeated."""
        names = {n for s in self.plan.steps for c in s.calls for n in c.inputs}
        constants = [self.plan.graph.tensors[n].data for n in names]
        constants += [c.initial for c in self.plan.graph.carries if len(set(c.initial.tobytes())) > 1]
        return sum(size for _, _, size in {_identity(d) for d in constants if d is not None})

    def _fits(self, code: int | None, data: int | None) -> bool | None:
        target = self.plan.target
        if target.ram_bytes is not None and self.plan.arena_bytes > target.ram_bytes:
            return False
        limit = target.flash_bytes if self.wish.flash_budget is None else self.wish.flash_budget
        if limit is not None and code is not None and data is not None and code + data > limit:
            return False
        known = limit is not None and code is not None
        return True if known and target.ram_bytes is not None else None

    def _layers(self) -> tuple[EstimatedLayer, ...]:
        names = labels(self.plan.graph)
        made = []
        for step in self.plan.steps:
            costs = [self.found[step.index, k] for k, _ in enumerate(step.calls)]
            known = [c for c in costs if isinstance(c, Cost)]
            blank = EstimatedLayer(
                step.node.outputs[0], step.node.op, step.kernel, step.macs, None, None, None,
                names[step.node.outputs[0]],
            )  # fmt: skip
            if len(known) == len(costs):
                sums = (sum(c.time for c in known), sum(c.code_bytes for c in known), sum(c.data_bytes for c in known))
                blank = replace(blank, time=sums[0], code_bytes=sums[1], data_bytes=sums[2])
            made.append(blank)
        return tuple(made)


def _identity(table: np.ndarray) -> tuple[str, bytes, int]:
    return str(table.dtype), table.tobytes(), table.nbytes


def _whole(plan: Plan, step: Step, call: Call, tables: dict[str, tuple[str, bytes, int]]) -> object:
    """What calls have in common whose params, and whose step if they have one of their own, are written once."""
    places = {name: plan.placements[p.tensor].offset + p.offset if p.tensor else step.scratch and step.scratch.offset
              for name, p in call.places().items()}  # fmt: skip
    values = {name: tables.get(name, places.get(name, v)) for name, v in call.params.items() if name not in tables}
    return call.kernel, call.inline, tuple(sorted(values.items())), tuple(sorted(tables.items()))
