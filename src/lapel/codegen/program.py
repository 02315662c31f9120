"""`generate_program`: several plans that share an arena as C text: one source, a header for each model and one for all.

What models have in common stands there once: kernels, constants, and steps whose code is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lapel.codegen import arena
from lapel.codegen.constants import Constants
from lapel.codegen.interface import Contract, Port, contract_text, header_text, ports
from lapel.codegen.model import banner_text, beside_texts, kernels_text
from lapel.codegen.names import comment, identifier
from lapel.codegen.sample import Proof
from lapel.codegen.source import STEP_END, Names, arena_text, functions_text, model_text
from lapel.codegen.values import Decision
from lapel.errors import UsageError, shown
from lapel.planning.programs import Program
from lapel.records import Recipe
from lapel.version import VERSION


@dataclass(frozen=True, eq=False)
class ModelPart:
    """One model of a program: its C name, its ports in the order of the arguments, whether it has a reset."""

    prefix: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    stateful: bool


@dataclass(frozen=True, eq=False)
class ProgramCode:
    """Generated C of a program: headers by file name, the source of all, and the adapter for the harness."""

    prefix: str
    headers: dict[str, str]
    source: str
    adapter: str
    parts: tuple[ModelPart, ...]

    def written(self) -> dict[str, str]:
        """What users compile and include, by file name."""
        return {**self.headers, f"{self.prefix}.c": self.source}

    def files(self) -> dict[str, str]:
        """What a compiler needs for the harness."""
        return {**self.written(), "adapter.c": self.adapter}

    def adapters(self) -> dict[str, str]:
        """The adapter for the functions that it calls, all in turn."""
        return {"invoke": self.adapter}


def program_name(models: Sequence[str]) -> str:
    """The name of a program that was given none."""
    return "_".join(map(identifier, models))


def prefixes(program: str, models: Sequence[str]) -> tuple[str, ...]:
    """The C names of a program's models. Raises UsageError where two of all these are one."""
    found = tuple(map(identifier, models))
    for k, prefix in enumerate(found):
        if prefix in found[:k]:
            raise UsageError(
                f"two models of the program are named {shown(prefix)}: give one another name, with "
                "lapel.load(path, name=…) or as another file name"
            )
        if prefix == identifier(program):
            raise UsageError(f"the program has the name of its model {shown(prefix)}: give it another one with --name")
    return found


def generate_program(
    program: Program,
    *,
    recipes: tuple[Recipe, ...] = (),
    proofs: tuple[tuple[Proof, Decision | None], ...] = (),
    contract: Contract | None = None,
    entry: str = "all of them",
) -> ProgramCode:
    """Write a program down as C. recipes: of each model, for the heads of the files; proofs: of each model calls whose
    outputs are known, for `<model>_sample.h`, and how the class follows, for `<model>_values.h`; contract: of the
    whole; entry: what was run for it.

    Raises UsageError where two names are one.
    """
    prefix = identifier(program.name)
    names = prefixes(program.name, [p.graph.name for p in program.plans])
    constants, own = Constants(prefix, program.target.index_bits), dict[str, str]()
    parts, texts, headers = [], [], {f"{prefix}.h": _header(program, prefix, names, contract, entry)}
    for k, (plan, name) in enumerate(zip(program.plans, names, strict=True)):
        inputs, outputs = ports(plan)
        banner = banner_text(plan, name, recipes[k] if recipes else None)
        headers[f"{name}.h"] = header_text(plan, name, banner, inputs, outputs, None, prefix)
        if proofs:
            headers |= beside_texts(plan, name, inputs, outputs, *proofs[k])
        constants.prefix = name
        model = model_text(plan, Names(name, (), prefix), constants, inputs, outputs, own)
        texts.append(f"/* ---- {name} ---- */\n\n{model}")
        parts.append(ModelPart(name, inputs, outputs, bool(plan.graph.carries)))
    calls = [c for plan in program.plans for s in plan.steps for c in s.calls]
    includes = "".join(f'#include "{name}.h"\n' for name in names)
    models = "\n".join(texts)
    source = (
        f"{_banner(program, prefix, names)}\n{includes}{STEP_END}\n{kernels_text(calls)}\n"
        f"/* ---- constants, in flash ---- */\n\n{constants.placed(program.target.rom)}\n"
        f"{chr(10).join(constants.texts)}\n"
        f"/* ---- models ---- */\n\n{arena_text(program.plans[0], prefix)}{functions_text(own)}\n{models}"
    )
    return ProgramCode(prefix, headers, source, _adapter(prefix, parts), tuple(parts))


def _banner(program: Program, prefix: str, names: tuple[str, ...]) -> str:
    rows = [f" *   {n}: {comment(shown(p.graph.name))}" for n, p in zip(names, program.plans, strict=True)]
    head = f"/* {prefix}: generated by lapel {VERSION} for {program.target.name}. Do not edit."
    return "\n".join([head, " * Models that share kernels, constants and the arena, by their headers:", *rows, " */"])


def _header(program: Program, prefix: str, names: tuple[str, ...], contract: Contract | None, entry: str) -> str:
    upper, plan = prefix.upper(), program.plans[0]
    entries = " or ".join(f"{n}_invoke" for n in names)
    kept = (
        f"\n/* Of the arena, what the models keep from call to call: it must be kept, and is no other model's. */\n"
        f"#define {upper}_STATE_BYTES {program.state_bytes}\n"
        if program.state_bytes
        else ""
    )
    return "\n".join(
        [
            f"{_banner(program, prefix, names)}\n#ifndef {upper}_H\n#define {upper}_H\n\n#include <stdint.h>\n",
            '#ifdef __cplusplus\nextern "C" {\n#endif\n',
            "/* One model runs after the other: from one call to the next of another one nothing but states is kept,\n"
            " * so that inputs are written right before a call, and outputs read right behind it. Not reentrant. */\n"
            f"{arena.declaration(plan, prefix, entries)}{kept}",
            contract_text(plan, upper, contract, entry),
            f"#ifdef __cplusplus\n}}\n#endif\n\n#endif /* {upper}_H */\n",
        ]
    )


def _adapter(prefix: str, parts: list[ModelPart]) -> str:
    """One sample is one of each model, which run in turn; ports are arrays of the adapter's, as the arena is shared."""
    inputs = [(_copy(p, q), q) for p in parts for q in p.inputs]
    outputs = [(_copy(p, q), q) for p in parts for q in p.outputs]
    arrays = "".join(f"static {q.ctype} {name}[{q.type.size}];\n" for name, q in (*inputs, *outputs))
    reads = "".join(f"    harness_read({name}, {q.type.bytes}u);\n" for name, q in inputs)
    writes = "".join(f"    harness_write({name}, {q.type.bytes}u);\n" for name, q in outputs)
    calls = "".join(
        f"    {p.prefix}_invoke({', '.join(_copy(p, q) for q in (*p.inputs, *p.outputs))});\n" for p in parts
    )
    includes = "".join(f'#include "{p.prefix}.h"\n' for p in parts)
    resets = "".join(f"    {p.prefix}_reset();\n" for p in parts if p.stateful)
    return (
        f'#include "harness.h"\n{includes}\n{arrays}\n'
        f"void adapter_reset(void)\n{{\n{resets}}}\n\n"
        f"void adapter_read_inputs(void)\n{{\n{reads}}}\n\n"
        f"void adapter_invoke(void)\n{{\n{calls}}}\n\n"
        f"void adapter_write_outputs(void)\n{{\n{writes}}}\n\n"
        f"uint8_t *adapter_arena(void)\n{{\n    return {prefix}_arena;\n}}\n\n"
        f"uint32_t adapter_arena_bytes(void)\n{{\n    return {prefix.upper()}_ARENA_BYTES;\n}}\n"
    )


def _copy(part: ModelPart, port: Port) -> str:
    return f"{part.prefix}_{port.cname}_copy"
