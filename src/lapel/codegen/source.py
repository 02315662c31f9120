"""The model's source: constants of every step, the arena, the contract's assertions, and `<prefix>_invoke`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lapel.codegen.constants import CTYPES, Constants
from lapel.codegen.inlined import STEP, inlined_name
from lapel.codegen.interface import Port, invoke_arguments, ports, stream_arguments
from lapel.codegen.names import comment
from lapel.errors import shown
from lapel.ir import Call, Tensor
from lapel.plan import Plan, Step


@dataclass(frozen=True)
class Names:
    """The model's prefix, and the tensors in the arena by the number that probes give them."""

    prefix: str
    tensors: tuple[str, ...]

    def numbers(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.tensors)}


def source_text(
    plan: Plan, names: Names, constants: Constants, inputs: tuple[Port, ...], outputs: tuple[Port, ...]
) -> str:
    """Arena, assertions and invoke; fills `constants` with what they need."""
    numbers = names.numbers()
    own: dict[str, str] = {}
    steps = "\n".join(_step_text(plan, names.prefix, constants, step, numbers, own) for step in plan.steps)
    copies_in = "".join(_copy_in(names.prefix, p) for p in inputs if p.offset is not None)
    copies_out = "".join(_copy_out(names.prefix, p) for p in outputs)
    functions = "".join(f"{STEP} void {name}{body}\n" for body, name in own.items())
    head = f"{_arena_text(names.prefix)}\n{_assertions(plan, names.prefix)}\n{functions}"
    body = f"{{\n{copies_in}\n{steps}\n{copies_out}}}\n"
    if all(p.offset is not None for p in inputs):
        return f"{head}void {names.prefix}_invoke({invoke_arguments(inputs, outputs)})\n{body}"
    return (
        f"{head}void {names.prefix}_invoke_from({stream_arguments(inputs, outputs)})\n{body}\n"
        f"{_whole_inputs(names.prefix, inputs, outputs)}"
    )


def _whole_inputs(prefix: str, inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> str:
    """`<prefix>_invoke` of a model with streamed inputs: streams that read from the caller's arrays."""
    copy = f"{prefix}_copy"
    streams = "".join(
        f"    const {p.ctype} *{p.cname}_bytes = {p.cname};\n"
        f"    const lapel_stream {p.cname}_stream = {{{copy}, &{p.cname}_bytes}};\n"
        for p in inputs
        if p.offset is None
    )
    arguments = [f"&{p.cname}_stream" if p.offset is None else p.cname for p in inputs] + [p.cname for p in outputs]
    return (
        f"static void {copy}(void *context, void *to, uint32_t first, uint32_t count)\n{{\n"
        "    memcpy(to, *(const uint8_t *const *)context + first, count);\n}\n\n"
        f"void {prefix}_invoke({invoke_arguments(inputs, outputs)})\n{{\n{streams}\n"
        f"    {prefix}_invoke_from({', '.join(arguments)});\n}}\n"
    )


def _arena_text(prefix: str) -> str:
    upper = prefix.upper()
    return (
        f"/* ---- model ---- */\n\n#ifndef {upper}_CALLER_ARENA\n"
        f"uint8_t {prefix}_arena[{upper}_ARENA_BYTES] __attribute__((aligned({upper}_ARENA_ALIGN)));\n#endif\n"
    )


def _assertions(plan: Plan, prefix: str) -> str:
    """The contract against the target's memory; the macros exist once the firmware has been measured."""
    upper, lines = prefix.upper(), []
    ram = f"{upper}_ARENA_BYTES + {upper}_STATIC_RAM_BYTES + {upper}_STACK_BYTES"
    flash = f"{upper}_FLASH_CODE_BYTES + {upper}_FLASH_DATA_BYTES"
    for what, need in (("RAM", ram), ("FLASH", flash)):
        limit = f"{upper}_TARGET_{what}_BYTES"
        name = f"{prefix}_fits_{what.lower()}"
        lines.append(f"#ifdef {limit}\nLAPEL_STATIC_ASSERT({need} <= {limit}, {name});\n#endif\n")
    return "".join(lines)


def _copy_in(prefix: str, port: Port) -> str:
    place = f"{prefix}_{port.cname}"
    return (
        f"    if ({port.cname} != 0 && {port.cname} != {place}) {{\n"
        f"        memcpy({place}, {port.cname}, {port.type.bytes});\n    }}\n"
    )


def _copy_out(prefix: str, port: Port) -> str:
    place = f"{prefix}_{port.cname}"
    return (
        f"    if ({port.cname} != 0 && {port.cname} != {place}) {{\n"
        f"        memcpy({port.cname}, {place}, {port.type.bytes});\n    }}\n"
    )


def _step_text(
    plan: Plan, prefix: str, constants: Constants, step: Step, numbers: dict[str, int], own: dict[str, str]
) -> str:
    """The step's calls; the names of functions with code of their own, by what follows the name, are added to `own`."""
    owner = f"step {step.index} {step.node.op} {shown(step.node.name)}"
    lines = [f"    /* {comment(owner)}, {step.macs} MACs; {comment(step.reason)} */"]
    for k, call in enumerate(step.calls):
        suffix = f"_{k}" if len(step.calls) > 1 else ""
        params = f"{prefix}_{step.index}_{call.kernel}{suffix}"
        params = constants.params(call.kernel, call.params, params, owner)
        operands = [_operand(plan, prefix, constants, n, True) for n in call.outputs]
        operands += [_operand(plan, prefix, constants, n, False) for n in call.inputs]
        if call.inline:
            name = own.setdefault(own_body(call, plan.graph.tensors, params), f"{prefix}_step_{step.index}{suffix}")
            lines.append(f"    {name}({', '.join(operands)});")
        else:
            lines.append(f"    lapel_{call.kernel}({', '.join([*operands, f'&{params}'])});")
    lines.append(f"    LAPEL_PROBE_STEP({step.index});")
    for name in step.node.outputs:
        p = plan.placements[name]
        where = f"{prefix}_arena + {p.offset}"
        lines.append(f"    LAPEL_PROBE_TENSOR({step.index}, {numbers[name]}, {where}, {p.bytes});")
    return "\n".join(lines) + "\n"


def own_body(call: Call, tensors: Mapping[str, Tensor], params: str) -> str:
    """`(int8_t *y, const int8_t *x) {…}`: the kernel's code for this call, and others with the same params, alone."""
    outputs = [(f"{CTYPES[tensors[n].type.dtype]} *", "y" * (k + 1)) for k, n in enumerate(call.outputs)]
    inputs = [(f"const {CTYPES[tensors[n].type.dtype]} *", f"x{k}") for k, n in enumerate(call.inputs)]
    arguments = [*outputs, *inputs]
    names = ", ".join([*(name for _, name in arguments), f"&{params}"])
    declared = ", ".join(ctype + name for ctype, name in arguments)
    return f"({declared})\n{{\n    {inlined_name(call.kernel)}({names});\n}}\n"


def _operand(plan: Plan, prefix: str, constants: Constants, name: str, written: bool) -> str:
    t = plan.graph.tensors[name]
    ctype = CTYPES[t.type.dtype]
    if name in plan.placements:
        const = "" if written else "const "
        return f"({const}{ctype} *)(void *)({prefix}_arena + {plan.placements[name].offset})"
    if name in plan.graph.inputs:
        return next(p.cname for p in ports(plan)[0] if p.tensor == name)
    assert t.data is not None, f"{name} has no place"
    number = len(constants.texts)
    return constants.array(t.data, ctype, f"operand_{number}", name, rom=False)
