"""The model's source: constants of every step, the arena, the contract's assertions, and `<prefix>_invoke`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lapel.codegen import arena, state
from lapel.codegen.constants import CTYPES, Address, Constants
from lapel.codegen.inlined import STEP, inlined_name
from lapel.codegen.interface import Port, invoke_arguments, ports, stream_arguments
from lapel.codegen.names import comment
from lapel.errors import InvalidGraph, shown
from lapel.ir import Call, Tensor
from lapel.ir.op import Param
from lapel.planning import Plan, Step
from lapel.planning.ports import PortKind
from lapel.runtime.source import parameters, params_fields

STEP_END = """
/* Where a step ends: nothing is moved across, so that steps are compiled as they were measured, one by one. The lines
 * are no instructions; by their number GCC judges that this is too long to be there twice. */
#ifdef __GNUC__
#define LAPEL_STEP_LINES "\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n"
#define LAPEL_STEP_END __asm__ volatile(LAPEL_STEP_LINES ::: "memory")
#else
#define LAPEL_STEP_END ((void)0)
#endif
"""
"""In every source, for the line after each step; a label in its text is all that a counted source has more."""
IN_ORDER = "LAPEL_IN_ORDER "
"""Before the function of a call that brings its own statements, see inorder.h of the runtime."""
TRACER = '\n#include "harness.h"\n'


@dataclass(frozen=True)
class Names:
    """The model's prefix, the tensors in the arena by the number that traces give them, and the program's prefix.

    program: of the arena's names; "": the model is no program's.
    """

    prefix: str
    tensors: tuple[str, ...]
    program: str = ""

    @property
    def arena(self) -> str:
        """The prefix of the arena's names."""
        return self.program or self.prefix


def source_text(
    plan: Plan,
    names: Names,
    constants: Constants,
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    traced: bool = False,
) -> str:
    """Arena, assertions, reset and invoke; fills `constants` with what they need."""
    own: dict[str, str] = {}
    model = model_text(plan, names, constants, inputs, outputs, own, traced)
    return f"/* ---- model ---- */\n\n{arena_text(plan, names.prefix)}{functions_text(own)}{model}"


def arena_text(plan: Plan, prefix: str) -> str:
    """The arena, and whether all that was measured fits; prefix: the model's, or its program's."""
    return f"{arena.definition(plan, prefix)}\n{_assertions(plan, prefix)}\n"


def functions_text(own: Mapping[str, str]) -> str:
    """Steps with code of their own: their names by their bodies."""
    return "".join(f"{step_text(name, body)}\n" for body, name in own.items())


def step_text(name: str, body: str) -> str:
    """The function of a step with code of its own, with what its body begins with before its name."""
    ordered = IN_ORDER if body.startswith(IN_ORDER) else ""
    return f"{ordered}{STEP} void {name}{body.removeprefix(IN_ORDER)}"


def model_text(
    plan: Plan,
    names: Names,
    constants: Constants,
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    own: dict[str, str],
    traced: bool = False,
) -> str:
    """The functions of one model, which callers know; see `invoke_text`."""
    invoke = invoke_text(plan, names, constants, inputs, outputs, own, traced)
    streamed = any(p.kind is PortKind.STREAM for p in inputs)
    more = f"\n{_whole_inputs(names.prefix, inputs, outputs)}" if streamed else ""
    return f"{state.definition(plan, names.prefix, constants)}{invoke}{more}"


def invoke_text(
    plan: Plan,
    names: Names,
    constants: Constants,
    inputs: tuple[Port, ...],
    outputs: tuple[Port, ...],
    own: dict[str, str],
    traced: bool = False,
) -> str:
    """The function that calls all steps. own: gets the names of steps with code of their own, by their bodies."""
    ends = trace_texts(plan, names.prefix, names.tensors) if traced else ["    LAPEL_STEP_END;\n"] * len(plan.steps)
    texts = (_step_text(plan, names, constants, step, own) for step in plan.steps)
    steps = "\n".join(text + end for text, end in zip(texts, ends, strict=True))
    copies_in = "".join(_copy_in(names.prefix, p) for p in inputs if p.kind is PortKind.WHOLE)
    copies_out = "".join(_copy_out(names.prefix, p) for p in outputs)
    checks = arena.check(plan, names.arena) + state.check(plan, names.prefix)
    body = f"{{\n{checks}{copies_in}\n{steps}\n{copies_out}}}\n"
    if all(p.kind is PortKind.WHOLE for p in inputs):
        return f"void {names.prefix}_invoke({invoke_arguments(inputs, outputs)})\n{body}"
    return f"void {names.prefix}_invoke_from({stream_arguments(inputs, outputs)})\n{body}"


def _whole_inputs(prefix: str, inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> str:
    """`<prefix>_invoke` of a model with streamed inputs: streams that read from the caller's arrays."""
    copy = f"{prefix}_copy"
    streams = "".join(
        f"    const uint8_t *{p.cname}_bytes = (const uint8_t *){p.cname};\n"
        f"    const lapel_stream {p.cname}_stream = {{{copy}, &{p.cname}_bytes}};\n"
        for p in inputs
        if p.kind is PortKind.STREAM
    )
    arguments = [f"&{p.cname}_stream" if p.kind is PortKind.STREAM else p.cname for p in (*inputs, *outputs)]
    return (
        f"static void {copy}(void *context, void *to, uint32_t first, uint32_t count)\n{{\n"
        "    memcpy(to, *(const uint8_t *const *)context + first, (size_t)count);\n}\n\n"
        f"void {prefix}_invoke({invoke_arguments(inputs, outputs)})\n{{\n{streams}\n"
        f"    {prefix}_invoke_from({', '.join(arguments)});\n}}\n"
    )


def _assertions(plan: Plan, prefix: str) -> str:
    """The contract against the target's memory; the macros exist once the firmware has been measured."""
    upper, lines = prefix.upper(), []
    ram = f"{upper}_ARENA_BYTES + {upper}_STATIC_RAM_BYTES + {upper}_STACK_BYTES"
    flash = f"{upper}_FLASH_CODE_BYTES + {upper}_FLASH_DATA_BYTES"
    needs = [("RAM", ram), ("FLASH", flash)]
    beside = f" + {upper}_STATIC_RAM_BYTES + {upper}_STACK_BYTES"
    for _, size, part in arena.arrays(plan, prefix):
        if part is not None:  # the stack and other variables are in the board's first memory
            needs.append((part.memory.upper(), size + beside * part.has_stack))
    for what, need in needs:
        limit = f"{upper}_TARGET_{what}_BYTES"
        name = f"{prefix}_fits_{what.lower()}"
        lines.append(f"#ifdef {limit}\nLAPEL_STATIC_ASSERT({need} <= {limit}, {name});\n#endif\n")
    return "".join(lines)


def _copy_in(prefix: str, port: Port) -> str:
    place = f"{prefix}_{port.cname}"
    return (
        f"    if ({port.cname} != 0 && {port.cname} != {place}) {{\n"
        f"        memcpy({place}, {_bytes('const ', port)}, {port.type.bytes});\n    }}\n"
    )


def _copy_out(prefix: str, port: Port) -> str:
    place = f"{prefix}_{port.cname}"
    return (
        f"    if ({port.cname} != 0 && {port.cname} != {place}) {{\n"
        f"        memcpy({_bytes('', port)}, {place}, {port.type.bytes});\n    }}\n"
    )


def _bytes(const: str, port: Port) -> str:
    """The caller's array as bytes, at any address: of a type's pointer compilers believe that it is aligned."""
    return port.cname if port.ctype in ("int8_t", "uint8_t") else f"({const}uint8_t *){port.cname}"


def _step_text(plan: Plan, names: Names, constants: Constants, step: Step, own: dict[str, str]) -> str:
    """The step's calls; the names of functions with code of their own, by what follows the name, are added to `own`."""
    owner = f"step {step.index} {step.node.op} {shown(step.node.name)}"
    lines = [f"    /* {comment(owner)}, {step.macs} MACs; {comment(step.reason)} */"]
    for k, call in enumerate(step.calls):
        params = params_name(names.prefix, step, k)
        params = constants.params(call.kernel, addressed(plan, names.arena, step, call), params, owner)
        operands = [_operand(plan, names.arena, constants, n, True) for n in call.outputs]
        operands += [_operand(plan, names.arena, constants, n, False) for n in call.inputs]
        if call.inline:
            body = own_body(call, plan.graph.tensors, params)
            name = own.setdefault(body, function_name(names.prefix, step, k))
            lines.append(f"    {name}({', '.join(operands)});")
        else:
            lines.append(f"    lapel_{call.kernel}({', '.join([*operands, f'&{params}'])});")
    return "\n".join(lines) + "\n"


def params_name(prefix: str, step: Step, k: int) -> str:
    """The params of a step's call k; `_<field>` behind it is a table of theirs. Equal ones have the first's name."""
    return f"{prefix}_{step.index}_{step.calls[k].kernel}{_suffix(step, k)}"


def function_name(prefix: str, step: Step, k: int) -> str:
    """The function of a step's call k, if that has code of its own."""
    return f"{prefix}_step_{step.index}{_suffix(step, k)}"


def _suffix(step: Step, k: int) -> str:
    return f"_{k}" if len(step.calls) > 1 else ""


def addressed(plan: Plan, prefix: str, step: Step, call: Call) -> dict[str, Param | Address]:
    """The params of a call, with C addresses for those that are places in the arena.

    Raises InvalidGraph where a kernel reads a table in a flash that is another address space.
    """
    fields, found = params_fields(call.kernel), dict[str, Param | Address](call.params)
    for name, place in call.places().items():
        if plan.target.rom == "separate" and name in fields and fields[name].rom:
            where = f"step {step.index} {step.node.op}: {name} of {call.kernel}"
            raise InvalidGraph(f"{where} is in RAM, and on {plan.target.name} the kernel reads it from flash")
        if not place.tensor and not call.scratch_bytes:
            found[name] = Address("0")
            continue
        p = plan.placements[place.tensor] if place.tensor else step.scratch
        assert p is not None, "a plan is verified"
        found[name] = Address(arena.place(plan, prefix, p.offset + place.offset))
    return found


def trace_texts(plan: Plan, prefix: str, tensors: Sequence[str]) -> list[str]:
    """After each step, calls that hand over the tensors that it made, by their places in `tensors`."""
    numbers = {name: k for k, name in enumerate(tensors)}

    def trace(step: Step, name: str) -> str:
        p = plan.placements[name]
        return (
            f"    harness_trace({step.index}u, {numbers[name]}u, {arena.place(plan, prefix, p.offset)}, {p.bytes}u);\n"
        )

    return ["".join(trace(step, name) for name in step.node.outputs) for step in plan.steps]


def own_body(call: Call, tensors: Mapping[str, Tensor], params: str) -> str:
    """`(int8_t *y, const int8_t *x) {…}`: the kernel's code for this call, and others with the same params, alone."""
    if call.body:
        return _written_body(call, params)
    outputs = [(f"{CTYPES[tensors[n].type.dtype]} *", "y" * (k + 1)) for k, n in enumerate(call.outputs)]
    inputs = [(f"const {CTYPES[tensors[n].type.dtype]} *", f"x{k}") for k, n in enumerate(call.inputs)]
    arguments = [*outputs, *inputs]
    names = ", ".join([*(name for _, name in arguments), f"&{params}"])
    declared = ", ".join(ctype + name for ctype, name in arguments)
    return f"({declared})\n{{\n    {inlined_name(call.kernel)}({names});\n}}\n"


def _written_body(call: Call, params: str) -> str:
    """The function of a call that brings its own statements, with the kernel's parameters."""
    arguments = parameters(call.kernel)
    kind = f"const LAPEL_ROM lapel_{call.kernel}_params"
    return f"{IN_ORDER}({', '.join(arguments[:-1])})\n{{\n    {kind} *const p = &{params};\n\n{call.body}}}\n"


def _operand(plan: Plan, prefix: str, constants: Constants, name: str, written: bool) -> str:
    t = plan.graph.tensors[name]
    ctype = CTYPES[t.type.dtype]
    if name in plan.placements:
        const = "" if written else "const "
        return f"({const}{ctype} *)(void *)({arena.place(plan, prefix, plan.placements[name].offset)})"
    if name in plan.graph.arguments:
        return next(p.cname for p in ports(plan)[0] if p.tensor == name)
    assert t.data is not None, f"{name} has no place"
    number = len(constants.texts)
    return constants.array(t.data, ctype, f"operand_{number}", name, rom=False)
