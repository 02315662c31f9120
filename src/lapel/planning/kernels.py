"""Kernel choice: for each call the variant, shared or inlined, that a goal asks for; by measured costs where known.

Without costs it is the first variant, in the target's order of preference, that takes the call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from lapel.errors import UnsupportedModel, shown
from lapel.ir import Call, Graph
from lapel.planning.costs import Costs, Uncompiled, repeated_bytes, tables
from lapel.planning.goals import choose
from lapel.planning.least import largest_table_bytes
from lapel.planning.streams import streamed_inputs
from lapel.planning.weighing import Item, Pick, Weighing
from lapel.records import Choice, Cost, Rejected
from lapel.records.plan import called
from lapel.variants import FlashSaver, variants
from lapel.wish import Goal

PORTABLE = "portable"
NEAR = 2
"""A kernel that is further ahead (`Call.ahead`, in pixels) is slower to free bytes than one that might replace it."""

CALL_BYTES, INVOKE_BYTES = 32, 400
"""Of a flash budget, what is kept for one call in `invoke`, and for the rest of it with its copies of the ports."""

STREAMED = "it reads from the caller"
"""Why a call has no cost: its time is the caller's."""

FOR_FLASH: tuple[Goal, ...] = ("flash", "balanced")
"""Goals that weigh bytes of flash, where no budget does."""

Chosen = tuple[tuple[Call, ...], tuple[Choice, ...]]
"""A node's calls with their kernels, and why each has its own."""


def choose_kernels(
    calls: Sequence[Call], preference: Sequence[str], *, ordered: bool = False
) -> tuple[tuple[Call, ...], str]:
    """The calls with their kernels by preference alone, and the reasons as one line.

    preference: variant names, best first, as in a target's .toml: up to "portable", which takes every call.
    ordered: the first kernel that promises an order of at most NEAR pixels (`Call.ahead`) or to work in place
    (`Call.in_place`) wins, else the first that promises any order, if there is one.
    """
    found = [_prefer(call, *_candidates(call, preference), ordered, "") for call in calls]
    return tuple(c for c, _ in found), "; ".join(dict.fromkeys(str(w) for _, w in found))


@dataclass(frozen=True, eq=False)
class _Option:
    """A call with its candidates, those that were measured with their costs, and why there are not more.

    repeated: of each candidate's constants, the bytes that an earlier call has brought already.
    """

    call: Call
    candidates: Sequence[Call]
    costs: Sequence[Cost | str]
    rejected: list[Rejected]
    repeated: Sequence[int] = ()

    def item(self, k: int) -> Item:
        """What a goal weighs of candidate k, which has a cost."""
        cost = self.costs[k]
        assert isinstance(cost, Cost)
        return Item(cost.time, cost.code_bytes + max(cost.data_bytes - self.repeated[k], 0), cost.shared)

    def allowed(self, ordered: bool, sparing: bool = False) -> list[int]:
        """Numbers of the candidates that have a cost and, where that is asked for and possible, keep an order.

        sparing: those of them with the least scratch.
        """
        known = [k for k, cost in enumerate(self.costs) if isinstance(cost, Cost)]
        if ordered:
            keeping = [k for k in known if self.candidates[k].ahead is not None or self.candidates[k].in_place]
            near = [k for k in keeping if self.candidates[k].in_place or (self.candidates[k].ahead or 0) <= NEAR]
            known = near or keeping or known
        least = min((self.candidates[k].scratch_bytes for k in known), default=0)
        return [k for k in known if not sparing or self.candidates[k].scratch_bytes == least]


def _calls(option: _Option) -> list[Call]:
    """The candidates, of those that may be shared or inlined one alone."""
    return [c for c in option.candidates if c.body or not c.inline]


class Kernels:
    """The kernels of a graph's calls, for one goal; candidates are found here, and once more their costs."""

    def __init__(
        self,
        graph: Graph,
        calls: Mapping[str, Sequence[Call]],
        preference: Sequence[str],
        costs: Costs | str | None,
        goal: Goal,
        budget: int | None,
        index_limit: int | None = None,
        alone: bool = True,
        allowed: Collection[str] = (),
    ) -> None:
        """index_limit: bytes of the largest constant that kernels can index; None: no constant is larger. alone: steps
        may have code of their own. allowed: names of kernels that may be called; none: all.

        Raises UnsupportedModel for nodes that none of these kernels computes.
        """
        self._goal, self._budget, self._graph, self._costs = goal, budget, graph, costs
        self._unit = "" if isinstance(costs, str) or costs is None else costs.unit
        self._unknown = costs if isinstance(costs, str) else ""
        self._options: dict[str, list[_Option]] = {}
        streamed = streamed_inputs(graph)
        lacking: list[str] = []
        for name, node_calls in calls.items():
            self._options[name] = []
            for call in node_calls:
                shared, rejected = _within(graph, index_limit, *_candidates(call, preference))
                shared = [c for c in shared if alone or not c.inline]
                if allowed and not any(c.kernel in allowed for c in shared):
                    lacking.append(f"{shown(name)}: {', '.join(dict.fromkeys(c.kernel for c in shared))}")
                    continue
                shared = [c for c in shared if not allowed or c.kernel in allowed]
                if self._unit and not streamed.isdisjoint(call.inputs):
                    self._options[name].append(_Option(call, shared, [STREAMED] * len(shared), rejected))
                    continue
                choice = any(not isinstance(variants().get(c.kernel), FlashSaver) for c in shared)
                unknown = [self._unknown or (self._unweighed(call, c) if choice else "") for c in shared]
                asked = [c for c, why in zip(shared, unknown, strict=True) if self._unit and not why]
                inlined = [replace(c, inline=True) for c in asked if alone and not c.inline]
                self._options[name].append(
                    _Option(call, [*shared, *inlined], [*unknown, *([""] * len(inlined))], rejected)
                )

        if lacking:
            problems = [f"none of the kernels that may be called computes {what}" for what in lacking]
            raise UnsupportedModel(f"{graph.name} with {len(allowed)} kernels", problems)

    def _unweighed(self, call: Call, candidate: Call) -> str:
        """Why a candidate is not asked for its cost; "" if it is, and where no costs are known."""
        variant = variants().get(candidate.kernel)
        if not self._unit or not isinstance(variant, FlashSaver) or variant.may_be_faster(candidate):
            return ""
        if self._goal in FOR_FLASH or self._budget is not None:
            return ""
        saved = sum(v.nbytes for v in tables(call)) - sum(v.nbytes for v in tables(candidate))
        return f"it only saves flash, {saved:,} bytes of constants, and the goal is {self._goal} without a budget"

    def candidates(self) -> dict[str, list[list[Call]]]:
        """Of each node, for each of its calls those that would do; shared or inlined makes no difference to a call."""
        return {
            n: [[c for c in o.candidates if c.body or not c.inline] for o in found]
            for n, found in self._options.items()
        }

    def sparing(self) -> frozenset[str]:
        """Nodes of which some candidate with a known cost needs less scratch than another."""
        scratch = {
            name: [{o.candidates[k].scratch_bytes for k in o.allowed(ordered=False)} for o in options]
            for name, options in self._options.items()
        }
        return frozenset(name for name, found in scratch.items() if any(len(sizes) > 1 for sizes in found))

    def find_costs(self) -> None:
        """Ask for the costs of all candidates; before that they have none."""
        if isinstance(self._costs, str) or self._costs is None:
            return
        every = [o for options in self._options.values() for o in options]
        asked = [c for o in every for c, why in zip(o.candidates, o.costs, strict=True) if why == ""]
        found = iter(self._costs.find(self._graph, asked))
        repeated = repeated_bytes(o.candidates for o in every)
        for options in self._options.values():
            for k, o in enumerate(options):
                costs = [next(found) if why == "" else why for why in o.costs]
                options[k] = replace(o, costs=costs, repeated=next(repeated))

    def warnings(self) -> tuple[str, ...]:
        """Of each kernel, shared or inlined, that its compiler did not take for some call, a sentence that says so."""
        asked = [o for options in self._options.values() for o in options]
        said: dict[str, list[str]] = {}
        for candidate, cost in ((c, cost) for o in asked for c, cost in zip(o.candidates, o.costs, strict=True)):
            if isinstance(cost, Uncompiled):
                said.setdefault(called(candidate.kernel, candidate.inline), []).append(cost)
        return tuple(
            f"kernel {kernel} does not compile where its cost is measured, for {len(causes)} "
            f"{'call' if len(causes) == 1 else 'calls'} ({causes[0]}): the plan goes without it, report this defect"
            for kernel, causes in said.items()
        )

    def choose(self, ordered: frozenset[str], sparing: frozenset[str] = frozenset()) -> tuple[dict[str, Chosen], str]:
        """The kernels of every node, and what they take together; "" if no costs were asked for.

        Those of nodes in `ordered` keep an order (`Call.ahead`), if one of theirs does; of what is left, those of nodes
        in `sparing` need the least scratch (`Call.scratch_bytes`).

        Raises OverBudget, if the smallest choice exceeds the budget.
        """
        places = [(name, k) for name, options in self._options.items() for k in range(len(options))]
        allowed = {p: self._options[p[0]][p[1]].allowed(p[0] in ordered, p[0] in sparing) for p in places}
        weighed = [p for p in places if allowed[p]]
        items = [[self._options[n][k].item(c) for c in allowed[n, k]] for n, k in weighed]
        pick = choose(items, self._goal, self._budget, INVOKE_BYTES + CALL_BYTES * len(places))
        taken = {p: allowed[p][c] for p, c in zip(weighed, pick, strict=True)}
        bytes_of = dict(zip(weighed, Weighing(items).differences(pick), strict=True))
        made: dict[str, list[tuple[Call, Choice]]] = {name: [] for name in self._options}
        for name, k in places:
            option = self._options[name][k]
            if (name, k) in taken:
                more = dict(zip(allowed[name, k], bytes_of[name, k], strict=True))
                made[name].append(self._explain(option, taken[name, k], more))
            else:
                shared = _calls(option)
                why = str(option.costs[0])
                made[name].append(_prefer(option.call, shared, option.rejected, name in ordered, why))
        chosen = {name: (tuple(c for c, _ in m), tuple(w for _, w in m)) for name, m in made.items()}
        return chosen, self._summary(items, pick, len(places))

    def _summary(self, items: Sequence[Sequence[Item]], pick: Pick, count: int) -> str:
        if not self._unit:
            return f"the core's order of preference, not measured: {self._unknown}" if self._unknown else ""
        if not items:
            return "the core's order of preference, as no call could be measured"
        whole = Weighing(items).total(pick)
        limit = "" if self._budget is None else f", sought to be at most {self._budget:,}"
        rest = "" if len(items) == count else f"; {count - len(items)} of {count} calls could not be measured"
        return (
            f"{self._goal}: kernels of {whole.time:,} {self._unit} and {whole.bytes:,} bytes of flash{limit}, "
            f"without the calls themselves{rest}"
        )

    def _explain(self, option: _Option, taken: int, more_bytes: Mapping[int, int]) -> tuple[Call, Choice]:
        cost, best = option.costs[taken], option.candidates[taken]
        assert isinstance(cost, Cost)
        rejected = []
        for k, candidate in enumerate(option.candidates):
            other = option.costs[k]
            if k == taken:
                continue
            if isinstance(other, str):
                why, known = f"not measured: {other}", None
            else:
                more = "" if k not in more_bytes else f", {more_bytes[k]:+,} bytes of flash"
                why = f"{_percent(other.time, cost.time)} {self._unit}{more}"
                more_scratch = candidate.scratch_bytes - best.scratch_bytes
                if k not in more_bytes and more_scratch > 0:
                    why += f"; it needs {more_scratch:,} bytes of scratch more, where the arena is fullest"
                elif k not in more_bytes:
                    why += "; it keeps no such order, the output could not overlap as much"
                known = other
            rejected.append(Rejected(candidate.kernel, candidate.inline, known, why))
        why = (
            f"{called(best.kernel, best.inline)}: {cost.time:,} {self._unit}, {cost.code_bytes:,} bytes of code "
            f"{'and' if best.inline else 'of its own and'} {cost.data_bytes:,} of constants"
        )
        return best, Choice(cost, self._unit, why, (*rejected, *option.rejected))


def _percent(other: int, taken: int) -> str:
    return f"{100 * (other - taken) / taken:+.1f} %" if taken else f"{other:+,}"


def _refused(reason: str, coded: bool = False) -> Rejected:
    return Rejected(None, False, None, reason, coded)


def _prefer(
    call: Call, candidates: Sequence[Call], rejected: list[Rejected], ordered: bool, unknown: str
) -> tuple[Call, Choice]:
    """The first candidate that will do; `unknown`: why there are no costs."""
    best = candidates[0]
    if ordered:
        best, loose = _first_ordered(candidates)
        rejected = [*rejected, *map(_refused, loose)]
    why = f"{call.kernel}, portable" if best is call else f"{best.kernel}: the core's first choice"
    if unknown:
        why += f", not measured: {unknown}"
    return best, Choice(None, None, why, tuple(rejected))


def _first_ordered(candidates: Sequence[Call]) -> tuple[Call, list[str]]:
    """The first that keeps a near order or is in place, else any order, else the first; and why not those before it."""
    keeping = [c for c in candidates if c.ahead is not None or c.in_place]
    near = [c for c in keeping if c.in_place or (c.ahead is not None and c.ahead <= NEAR)]
    best = [*near, *keeping, *candidates][0]
    why = []
    for c in candidates[: candidates.index(best)]:
        far = "it keeps no order" if c.ahead is None else f"its order is loose, {c.ahead} pixels ahead"
        why.append(f"not {c.kernel}: {far}, the output could not overlap" + (" as much" if c.ahead else ""))
    return best, why


def uncoded(preference: Sequence[str]) -> tuple[str, ...]:
    """The variants up to the portable kernels: those behind them are for weights that are stored in codes."""
    return tuple(preference[: preference.index(PORTABLE) + 1])


def _candidates(call: Call, preference: Sequence[str]) -> tuple[list[Call], list[Rejected]]:
    """The calls that would do, best first, and behind the portable one those of which costs decide; and why there are
    not more."""
    taken: list[Call] = []
    rejected: list[Rejected] = []
    behind: dict[str, list[str]] = {}
    for name in preference:
        if name == PORTABLE:
            taken.append(call)
            continue
        forms = _forms(f"{call.kernel}_{name}")
        if not forms and call not in taken:
            rejected.append(_refused(f"{call.kernel} has no {name} variant"))
        for form in forms:
            # The portable kernel's promise about its order is not the variant's: that makes its own, or none.
            found = variants()[form].specialize(replace(call, ahead=None, in_place=False))
            said = form.removeprefix(call.kernel + "_")
            if isinstance(found, Call):
                taken.append(found if found.places() else replace(found, scratch_bytes=0))
            elif call in taken:
                behind.setdefault(found, []).append(said)
            else:
                rejected.append(_refused(f"not {said}: {found}"))
    codes = [_refused(f"not {', '.join(forms)}: {why}", coded=True) for why, forms in behind.items()]
    return taken, [*rejected, *codes]


def _within(
    graph: Graph, limit: int | None, candidates: list[Call], rejected: list[Rejected]
) -> tuple[list[Call], list[Rejected]]:
    """Without the candidates that read a constant larger than `limit`; all of them, if there are no others."""
    sizes = [largest_table_bytes(graph, c) for c in candidates]
    if limit is None or max(sizes) <= limit or min(sizes) > limit:
        return candidates, rejected
    found = [c for c, size in zip(candidates, sizes, strict=True) if size <= limit]
    beyond = [
        _refused(f"not {c.kernel}: a table of {size:,} bytes, more than the {limit:,} that the core can index")
        for c, size in zip(candidates, sizes, strict=True)
        if size > limit
    ]
    return found, [*rejected, *beyond]


def _forms(variant: str) -> list[str]:
    """The names of a variant's forms, best first: `conv_dsp_…` by the alphabet, then `conv_dsp` itself."""
    plain = [variant] if variant in variants() else []
    return sorted(n for n in variants() if n.startswith(f"{variant}_")) + plain
