"""The deepest stack below a function: all paths through its code and through what it calls.

A function is what can be reached from its first instruction by jumps: a tail call is a jump, and so is the way into the
middle of another function that assembly of libraries takes. Calls end where they return; each is walked once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from lapel.simulate.depths.effect import INDIRECT, Effect, InstructionSet, State, UnknownDepth, Value
from lapel.simulate.depths.listing import Listing
from lapel.simulate.elf import Image

Path = tuple[tuple[str, int], ...]
"""Functions, each called by the one before, and the bytes of stack that each of them has when it calls the next."""

RISES = 8
"""Times that the stack may be found deeper where the walk has been; more is a loop that pushes."""


@dataclass(frozen=True)
class Depth:
    """Bytes of stack and the path on which they are; None where `why` says what is not understood."""

    bytes: int | None
    path: Path = ()
    why: str = ""


@dataclass(frozen=True)
class Program:
    """Code, and what is known of it beside. taken: addresses of functions that some variable or register may hold,
    which calls by address may go to. tables: of functions of whose inside an address is taken, as in tables of jumps,
    the places that such a table may have. ends: functions after which nothing is measured. wide: see
    `InstructionSet.effect`."""

    listing: Listing
    image: Image
    machine: InstructionSet
    taken: Collection[int]
    tables: Mapping[str, Collection[int]]
    ends: Collection[int]
    wide: int


class Walker:
    """Walks functions; what it has found of one is kept."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._found: dict[tuple[int, str], Path] = {}
        self._inside: list[tuple[int, str]] = []
        self._labels = sorted(program.listing.labels)

    def bound(self, address: int) -> Depth:
        """The deepest stack below the function at an address, without what its call pushes, or why it is not known."""
        try:
            path = self._deepest(address, "")
        except UnknownDepth as e:
            self._inside.clear()
            return Depth(None, (), str(e))
        return Depth(_sum(path), path)

    def _deepest(self, address: int, link: str) -> Path:
        """The functions on the deepest path from this one on, with the bytes of each."""
        key = address, link
        if key in self._found:
            return self._found[key]
        if key in self._inside:
            round_ = [self._name(at) for at, _ in (*self._inside[self._inside.index(key) :], key)]
            raise UnknownDepth(f"a recursion, {' > '.join(round_)}")
        self._inside.append(key)
        found = self._walk(address, link)
        self._inside.pop()
        self._found[key] = found
        return found

    def _walk(self, address: int, link: str) -> Path:
        code, machine = self._program.listing, self._program.machine
        seen: dict[int, State] = {}
        rises: dict[int, int] = {}
        todo = [(address, State(0, machine.entry(link)))]
        best: Path = ((self._name(address), 0),)
        deepest = 0
        while todo:
            at, state = todo.pop()
            known = seen.get(at)
            if known is not None:
                joined = self._joined(at, known, state, rises)
                if joined is None:
                    continue
                state = joined
            seen[at] = state
            i = code.instructions.get(at)
            if i is None:
                raise UnknownDepth(f"no code at {self._place(at)}")
            try:
                effect = machine.effect(i, state, code, self._program.wide)
            except UnknownDepth as e:
                raise UnknownDepth(f"{e} at {self._place(at)}") from None
            if effect.state.depth < 0:
                raise UnknownDepth(f"more taken from the stack than was put there, at {self._place(at)}")
            if effect.computed:
                effect = self._tail(at, state, effect, seen)
            elif machine.FAR and effect.call is not None and self._is_inside(at, effect.call):
                effect = replace(effect, call=None, falls=False, jumps=(effect.call,))
            callees = self._callees(at, effect)
            for callee in callees:
                below = self._deepest(callee, effect.link)
                total = state.depth + effect.pushed + _sum(below)
                if total > deepest:
                    deepest, best = total, ((self._name(at), state.depth + effect.pushed), *below)
            here = max(effect.state.depth, state.depth)
            if here > deepest:
                deepest, best = here, ((self._name(at), here),)
            goes = [*effect.jumps, *([i.next] if effect.falls and not self._ends(effect) else [])]
            todo += [(to, effect.state) for to in goes if to not in self._program.ends]
        return best

    def _joined(self, at: int, known: State, state: State, rises: dict[int, int]) -> State | None:
        """What is known where two paths meet; None if that is nothing new."""
        values: dict[str, Value] = {r: v for r, v in known.values.items() if state.values.get(r) == v}
        depth = known.depth
        if state.depth != depth:
            if self._program.machine.EXACT:
                raise UnknownDepth(f"two paths with {depth} and {state.depth} bytes of stack meet at {self._place(at)}")
            level = self._program.machine.is_level(self._program.listing.labels.get(at, ""))
            if state.depth > depth and not level:
                depth = state.depth
                rises[at] = rises.get(at, 0) + 1
                if rises[at] > RISES:
                    raise UnknownDepth(f"a stack that grows in a loop at {self._place(at)}")
        same = depth == known.depth and values == dict(known.values)
        return None if same else State(depth, values)

    def _tail(self, at: int, state: State, effect: Effect, seen: Mapping[int, State]) -> Effect:
        """A computed jump as one to any place of a table, or as a call after which the function is left."""
        # By way of a helper of the library it may be another function's table.
        tables = sorted({self._name(a) for a in seen} & self._program.tables.keys())
        if tables:
            places = sorted({place for name in tables for place in self._program.tables[name]})
            if not places:
                raise UnknownDepth(f"a table of jumps in {tables[0]}, at {self._place(at)}")
            return replace(effect, jumps=tuple(places))
        if state.depth != 0 and self._program.machine.EXACT:
            raise UnknownDepth(f"a computed jump with {state.depth} bytes on the stack at {self._place(at)}")
        return replace(effect, call=INDIRECT)

    def _is_inside(self, at: int, target: int) -> bool:
        """Whether a place is in the same function as another one, behind its beginning."""
        for start, size, _ in self._program.image.functions:
            if start <= at < start + size:
                return start < target < start + size
        return False

    def _ends(self, effect: Effect) -> bool:
        return effect.call is not None and effect.call in self._program.ends

    def _callees(self, at: int, effect: Effect) -> Collection[int]:
        if effect.call is None or self._ends(effect):
            return ()
        if effect.call != INDIRECT:
            return (effect.call,)
        if not self._program.taken:
            raise UnknownDepth(f"a call of an unknown function at {self._place(at)}")
        return self._program.taken

    def _place(self, at: int) -> str:
        """The function and where in it; of the labels before it where assembly does not say what is a function."""
        named = self._program.image.function_at(at)
        before = bisect_right(self._labels, at) - 1
        if not named.startswith("0x") or before < 0:
            return named
        label = self._labels[before]
        return f"{self._program.listing.labels[label]}+{at - label:#x}"

    def _name(self, at: int) -> str:
        return self._place(at).partition("+")[0]


def by_name(image: Image, names: Collection[str]) -> Mapping[str, tuple[int, ...]]:
    """Addresses of functions by name: static ones of several files may share theirs."""
    found: dict[str, tuple[int, ...]] = {}
    for address, _, name in image.functions:
        if name in names:
            found[name] = (*found.get(name, ()), address)
    return found


def _sum(path: Path) -> int:
    return sum(size for _, size in path)
