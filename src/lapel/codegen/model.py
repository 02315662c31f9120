"""`generate`: a plan as C text: `<prefix>.h`, `<prefix>.c` and the harness adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lapel.codegen import about, arena
from lapel.codegen.adapter import adapter_text
from lapel.codegen.constants import Constants
from lapel.codegen.inlined import STEP_MACRO, inlined_text
from lapel.codegen.interface import Contract, Port, header_text, ports
from lapel.codegen.listen import Hearing, listening_code
from lapel.codegen.names import comment, identifier
from lapel.codegen.sample import Proof, sample_name, sample_text
from lapel.codegen.source import STEP_END, TRACER, Names, source_text
from lapel.codegen.values import Decision, values_name, values_text
from lapel.errors import shown
from lapel.ir import Call
from lapel.planning import Plan
from lapel.planning.labels import labels
from lapel.planning.ports import PortKind
from lapel.records import Recipe
from lapel.runtime.source import amalgamate
from lapel.version import VERSION

__all__ = ["Contract", "Firmware", "Port", "generate"]


@dataclass(frozen=True, eq=False)
class Firmware:
    """Generated C: file name -> text. `data_bytes` counts the tables written, without params structs.

    `inputs` and `outputs` are the model's ports in the order of the arguments of `<prefix>_invoke`. `tensors` has
    the tensor names by the number that a traced source gives them. stateful: there is an `<prefix>_reset`. entry: the
    function that the adapter calls, unless an input is streamed. beside: files for users beside the model's pair.
    arrays: of the arena, by their names, and the macros of their bytes.
    """

    prefix: str
    header: str
    source: str
    adapter: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    tensors: tuple[str, ...]
    data_bytes: int
    stateful: bool = False
    entry: str = "invoke"
    beside: Mapping[str, str] = field(default_factory=dict)
    arrays: arena.Arrays = ()

    def written(self) -> dict[str, str]:
        """What users compile and include, by file name."""
        return {f"{self.prefix}.h": self.header, f"{self.prefix}.c": self.source, **self.beside}

    def files(self) -> dict[str, str]:
        """What a compiler needs: that, and the adapter for the harness."""
        return {**self.written(), "adapter.c": self.adapter}

    @property
    def streamed(self) -> bool:
        """Whether there is an `<prefix>_invoke_from` beside `<prefix>_invoke`."""
        return any(p.kind is PortKind.STREAM for p in self.inputs)

    def adapters(self) -> dict[str, str]:
        """Adapters by the function that they call: `invoke` or `listen`, and `invoke_from` where there is one."""
        if self.streamed:
            return {"invoke_from": self.adapter, "invoke": self.whole_adapter()}
        return {self.entry: self.adapter}

    def whole_adapter(self) -> str:
        """An adapter that calls `<prefix>_invoke` of a model whose input is streamed."""
        return adapter_text(
            self.prefix, self.inputs, self.outputs, stateful=self.stateful, whole=True, arrays=self.arrays
        )


def generate(
    plan: Plan,
    *,
    name: str | None = None,
    recipe: Recipe | None = None,
    contract: Contract | None = None,
    with_arena: bool = False,
    traced: bool = False,
    hearing: Hearing | None = None,
    proof: Proof | None = None,
    decision: Decision | None = None,
) -> Firmware:
    """Write the plan down as C.

    recipe: what the heads of both files say of how they were made. contract: the figures measured by running it, once
    they are known. with_arena: the adapter also answers with the arena's bytes (tests of guard bytes). traced: every
    step hands its tensors to the harness; such a source is not for users. hearing: with `<prefix>_listen`, which the
    adapter calls. proof: calls whose outputs are known, for `<prefix>_sample.h`; with it comes `<prefix>_values.h`, in
    which decision is how the class follows from the output.
    """
    prefix = identifier(name or plan.graph.name)
    inputs, outputs = ports(plan)
    constants = Constants(prefix, plan.target.index_bits)
    names = Names(prefix, tuple(plan.placements))
    body = source_text(plan, names, constants, inputs, outputs, traced)
    calls = [c for s in plan.steps for c in s.calls]
    banner = banner_text(plan, prefix, recipe)
    source = (
        f'{banner}\n#include "{prefix}.h"\n{TRACER if traced else STEP_END}\n{kernels_text(calls)}\n'
        f"/* ---- constants, in flash ---- */\n\n{constants.placed(plan.target.rom)}\n{chr(10).join(constants.texts)}\n"
        f"{about.definition(plan, prefix, recipe)}{body}"
    )
    stateful, arrays = bool(plan.graph.carries), tuple((name, size) for name, size, _ in arena.arrays(plan, prefix))
    beside = {} if proof is None else beside_texts(plan, prefix, inputs, outputs, proof, decision)
    if hearing is not None:
        header = header_text(plan, prefix, banner, inputs, outputs, contract, entry=f"{prefix}_listen", recipe=recipe)
        made = listening_code(prefix, inputs, outputs, stateful, hearing, arrays)
        return Firmware(
            prefix, header, source, made.adapter, inputs, outputs, names.tensors, constants.bytes, stateful,
            entry="listen", beside={**made.files, **beside}, arrays=arrays,
        )  # fmt: skip
    header = header_text(plan, prefix, banner, inputs, outputs, contract, recipe=recipe)
    adapter = adapter_text(prefix, inputs, outputs, stateful=stateful, with_arena=with_arena, arrays=arrays)
    return Firmware(
        prefix,
        header,
        source,
        adapter,
        inputs,
        outputs,
        names.tensors,
        constants.bytes,
        stateful,
        beside=beside,
        arrays=arrays,
    )


def _at(plan: Plan, offset: int) -> str:
    memory, start = arena.local(plan, offset)
    return f"{memory} {start:7d}" if memory else f"{start:7d}"


def beside_texts(
    plan: Plan,
    prefix: str,
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    proof: Proof,
    decision: Decision | None,
) -> dict[str, str]:
    """Headers that users may include beside the model's."""
    rom, stateful = plan.target.rom, bool(plan.graph.carries)
    return {
        values_name(prefix): values_text(prefix, inputs, outputs, plan.graph.classes, decision, rom),
        sample_name(prefix): sample_text(prefix, inputs, outputs, proof, stateful, rom),
    }


def beside_names(prefix: str) -> tuple[str, ...]:
    """Names of these headers."""
    return values_name(prefix), sample_name(prefix)


def kernels_text(calls: Sequence[Call]) -> str:
    """The kernels of these calls, and of those with code of their own what is compiled into their steps."""
    inlined = [c.kernel for c in calls if c.inline]
    # A kernel all of whose steps have their own code is not called, and not compiled.
    linkage = "static __attribute__((unused))" if inlined else "static"
    copies = f"\n{STEP_MACRO}\n{inlined_text(inlined)}" if inlined else ""
    return f"#define LAPEL_KERNEL {linkage}\n\n{amalgamate(dict.fromkeys(c.kernel for c in calls))}{copies}"


def banner_text(plan: Plan, prefix: str, recipe: Recipe | None) -> str:
    """Head of both files: which model, for what, by which version, how it was made, and the memory map."""
    names = labels(plan.graph)
    places = [(p, names[p.tensor]) for p in plan.placements.values()]
    places += [(s.scratch, f"scratch of step {s.index} {s.node.op}") for s in plan.steps if s.scratch is not None]
    rows = [f" *   {_at(plan, p.offset)} {p.bytes:7d}  {comment(what)}" for p, what in places]
    return "\n".join(
        [
            f"/* {prefix}: generated by lapel {VERSION} for {plan.target.name}. Do not edit.",
            f" * Model {comment(shown(plan.graph.name))}",
            *(f" *   {comment(line)}" for line in (recipe.lines() if recipe else ())),
            f" * {len(plan.steps)} steps, {plan.macs} MACs. Kernels: Apache-2.0.",
            " * Arena, bytes from the start" + (" of the part in a memory:" if len(plan.parts) > 1 else ":"),
            " *    offset   bytes  tensor",
            *rows,
            " */",
        ]
    )
