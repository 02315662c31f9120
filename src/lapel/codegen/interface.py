"""The model's header: ports, arena, and the memory contract with its static assertions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lapel.codegen import about, arena, state
from lapel.codegen.constants import CTYPES
from lapel.codegen.names import comment, string_literal
from lapel.errors import shown
from lapel.ir import Label, Type
from lapel.planning import Plan
from lapel.planning.ports import PortKind, port_kinds
from lapel.records import Recipe, Stack, StackBound, worst, worst_bound
from lapel.runtime.source import read

CLASS_NAME = 64
"""Characters of a class's name in the header; the whole name is in the JSON."""


@dataclass(frozen=True)
class Port:
    """A model input or output: tensor name, C name (`input`, or `input_0`… if there are several), type, offset, kind.

    offset: in the arena, bytes; None for an input that is streamed, which never is there as a whole.
    """

    tensor: str
    cname: str
    type: Type
    offset: int | None
    kind: PortKind = PortKind.WHOLE

    @property
    def ctype(self) -> str:
        return CTYPES[self.type.dtype]


@dataclass(frozen=True)
class Contract:
    """Bytes of the firmware, measured: from its ELF file, and by running it with a painted stack."""

    flash_code_bytes: int
    flash_data_bytes: int
    static_ram_bytes: int
    stack_bytes: int
    stacks: tuple[Stack, ...] = ()
    """Of every function at every level of optimization that was tried."""
    instructions: int | None = None
    cycles: int | None = None
    """Of an inference, counted or modelled; None where nobody knows."""
    bound: StackBound | None = None
    """The worst case of what stack_bytes is measured of; None if it was not looked for."""


def is_whole(plan: Plan) -> bool:
    """Whether all inputs lie in the arena; else one is streamed."""
    return PortKind.STREAM not in port_kinds(plan.graph).values()


def ports(plan: Plan) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """What the caller gives and gets, in the model's order: states are no arguments."""
    kinds = port_kinds(plan.graph)

    def make(names: tuple[str, ...], stem: str) -> tuple[Port, ...]:
        found = []
        for k, n in enumerate(names):
            kind = kinds.get(n, PortKind.WHOLE)
            offset = None if kind is PortKind.STREAM else plan.placements[n].offset
            cname = stem if len(names) == 1 else f"{stem}_{k}"
            found.append(Port(n, cname, plan.graph.tensors[n].type, offset, kind))
        return tuple(found)

    return make(plan.graph.arguments, "input"), make(plan.graph.results, "output")


def invoke_arguments(inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> str:
    """The parameter list of `<prefix>_invoke`."""
    args = [f"const {p.ctype} *{p.cname}" for p in inputs] + [f"{p.ctype} *{p.cname}" for p in outputs]
    return ", ".join(args) or "void"


def stream_arguments(inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> str:
    """The parameter list of `<prefix>_invoke_from`: streams take the place of the inputs that are streamed."""
    args = [f"const {'lapel_stream' if p.kind is PortKind.STREAM else p.ctype} *{p.cname}" for p in inputs]
    return ", ".join(args + [f"{p.ctype} *{p.cname}" for p in outputs])


def header_text(
    plan: Plan,
    prefix: str,
    banner: str,
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    contract: Contract | None,
    program: str = "",
    entry: str = "",
    recipe: Recipe | None = None,
) -> str:
    """The text of `<prefix>.h`; of a model in a program, whose header has the arena and the contract.

    entry: what was run for the contract, if it is not the model's own function. recipe: what it says of itself.
    """
    upper = prefix.upper()
    streamed = [p.cname for p in inputs if p.kind is PortKind.STREAM]
    parts = [
        f"{banner}\n#ifndef {upper}_H\n#define {upper}_H\n\n#include <stdint.h>\n",
        *([f'#include "{program}.h"\n', arena.within(prefix, program)] if program else []),
        '#ifdef __cplusplus\nextern "C" {\n#endif\n',
        *(_port_text(plan, prefix, p) for p in (*inputs, *outputs)),
        *([_classes_text(upper, plan.graph.classes)] if plan.graph.classes else []),
        *([arena.declaration(plan, prefix)] if not program else []),
        *([state.declaration(plan, prefix)] if plan.graph.carries else []),
        *([contract_text(plan, upper, contract, entry)] if not program else []),
        *([about.declaration(plan, prefix, recipe)] if recipe is not None and not program else []),
        *([_stream_text(prefix, inputs, outputs)] if streamed else []),
        "/* One inference. A null pointer, or the port's own place in the arena, means that nothing is copied.\n"
        + (f" * {', '.join(streamed)}: the whole input, not null, which is read where it lies.\n" if streamed else "")
        + f" * {_between_calls(plan)}, but inputs in it are overwritten. Not reentrant. */\n"
        f"void {prefix}_invoke({invoke_arguments(inputs, outputs)});\n",
        f"#ifdef __cplusplus\n}}\n#endif\n\n#endif /* {upper}_H */\n",
    ]
    return "\n".join(parts)


def _between_calls(plan: Plan) -> str:
    return "The arena holds the state between calls" if plan.graph.carries else "The arena holds no state between calls"


def _stream_text(prefix: str, inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> str:
    return (
        f"{read('stream.h')}\n"
        "/* One inference that reads its input while it runs: bytes in ascending order, none twice, not always all.\n"
        " * The input need not be in memory as a whole. */\n"
        f"void {prefix}_invoke_from({stream_arguments(inputs, outputs)});\n"
    )


def _port_text(plan: Plan, prefix: str, port: Port) -> str:
    name, lines = f"{prefix.upper()}_{port.cname.upper()}", []
    lines.append(f"/* {port.cname}: {comment(shown(port.tensor))}, {port.type.dtype}{list(port.type.shape)} */")
    lines.append(f"#define {name}_COUNT {port.type.size}")
    lines.append(f"#define {name}_BYTES {port.type.bytes}")
    if port.type.quant is not None and port.type.quant.axis is None:
        lines.append(f"#define {name}_SCALE {port.type.scale!r} /* real = scale * (q - zero) */")
        lines.append(f"#define {name}_ZERO ({port.type.zero})")
    if port.offset is not None:
        at = arena.place(plan, prefix, port.offset)
        lines.append(f"#define {prefix}_{port.cname} (({port.ctype} *)(void *)({at}))")
    return "\n".join(lines) + "\n"


def _classes_text(upper: str, classes: Sequence[Label]) -> str:
    """The names of the classes as an initializer of an array of strings."""
    names = ", \\\n    ".join(string_literal(str(c)[:CLASS_NAME]) for c in classes)
    return (
        "/* Classes in the order of the scores; of a single score, the one below the threshold first. As in\n"
        f" * const char *const names[] = {upper}_CLASSES; */\n"
        f"#define {upper}_CLASS_COUNT {len(classes)}\n#define {upper}_CLASSES {{ \\\n    {names} }}\n"
    )


def contract_text(plan: Plan, upper: str, contract: Contract | None, entry: str = "") -> str:
    """The figures as macros. entry: what was run, if it is not the model's own function."""
    if contract is None:
        return "/* Flash, static RAM and stack are not in this header: the firmware was not compiled and run. */\n"
    target = plan.target
    ran = entry or f"{upper.lower()}_{'invoke' if is_whole(plan) else 'invoke_from'}"
    lines = [
        f"/* Measured on {target.name} with the compiler and options above, others give other figures: sizes from the",
        f" * linked firmware, stack from a painted run of {ran}, instructions and cycles of",
        " * an inference, counted or modelled. */",
        f"#define {upper}_FLASH_CODE_BYTES {contract.flash_code_bytes}",
        f"#define {upper}_FLASH_DATA_BYTES {contract.flash_data_bytes}",
        f"#define {upper}_STATIC_RAM_BYTES {contract.static_ram_bytes}",
        f"#define {upper}_STACK_BYTES {contract.stack_bytes}",
        *([f"#define {upper}_INSTRUCTIONS {contract.instructions}"] if contract.instructions is not None else []),
        *([f"#define {upper}_CYCLES {contract.cycles}"] if contract.cycles is not None else []),
        *_bound_lines(upper, contract.bound),
        *_stack_lines(plan, upper, contract.stacks, entry),
    ]
    if target.flash_bytes is not None:
        lines.append(f"#define {upper}_TARGET_FLASH_BYTES {target.flash_bytes}")
    if target.ram_bytes is not None:
        lines.append(f"#define {upper}_TARGET_RAM_BYTES {target.ram_bytes}")
    lines += [f"#define {upper}_TARGET_{p.memory.upper()}_BYTES {p.room_bytes}" for p in plan.parts]
    return "\n".join(lines) + "\n"


def _stack_lines(plan: Plan, upper: str, stacks: tuple[Stack, ...], entry: str) -> list[str]:
    """What the stack takes at other levels of optimization, function by function, and the most of all."""
    most = worst(stacks)
    if most is None:
        return []
    by_function: dict[str, list[str]] = {}
    for s in stacks:
        by_function.setdefault(s.function, []).append(f"{s.option} {s.why if s.bytes is None else s.bytes}{_most(s)}")
    lines = [f" *   {entry or f'{upper.lower()}_{f}'}: {comment(', '.join(found))}" for f, found in by_function.items()]
    whole = [s.bytes for s in stacks if s.function == "invoke" and s.option == plan.target.optimize]
    own = [
        f"#define {upper}_STACK_INVOKE_BYTES {b}" for b in whole if b is not None and not entry and not is_whole(plan)
    ]
    head = "/* The same compiler with another level of optimization, bytes of stack:"
    bound = worst_bound(stacks)
    return [
        *own,
        head,
        *lines,
        " */",
        f"#define {upper}_STACK_WORST_BYTES {most}",
        *([f"#define {upper}_STACK_WORST_BOUND_BYTES {bound}"] if bound is not None else []),
    ]


def _most(s: Stack) -> str:
    """How deep it can be, where that is more than what was measured."""
    if s.bound is None or s.bytes is None or s.bound.bytes == s.bytes:
        return ""
    return " (at most unknown)" if s.bound.bytes is None else f" (at most {s.bound.bytes})"


def _bound_lines(upper: str, bound: StackBound | None) -> list[str]:
    """The worst case by the code, with the functions on its path."""
    if bound is None:
        return []
    if bound.bytes is None:
        return [f"/* Worst case of the stack: unknown: {comment(bound.why)}. */"]
    path = " > ".join(f"{f.function} {f.bytes}" for f in bound.path)
    return [
        f"/* Worst case by the linked code, whatever the input is, without interrupts: {comment(path)}. */",
        f"#define {upper}_STACK_BOUND_BYTES {bound.bytes}",
    ]
