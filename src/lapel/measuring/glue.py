"""What stands around the kernels of a firmware: the function that calls them one after the other, and `reset`, compiled
alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.codegen import state
from lapel.codegen.constants import Constants
from lapel.codegen.interface import header_text, ports
from lapel.codegen.source import STEP_END, Names, invoke_text
from lapel.measuring.figures import read_figures, write_figures
from lapel.planning import Plan
from lapel.runtime.source import amalgamate
from lapel.simulate.firmware import code_flags
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.reach import Objects
from lapel.simulate.toolchain import compile_all, compiler_identity, find_tool
from lapel.simulate.workspace import workspace
from lapel.targets import Target

PREFIX = "glue"
FORMAT = "2"
"""Of what is stored."""
_CALLED = re.compile(rf"^    ((?:lapel|{PREFIX})_\w+)\(", re.M)


@dataclass(frozen=True)
class Glue:
    """Bytes of the functions, and of late kernels with their params; symbols: what they need of the libraries.

    Late kernels are those of calls that were made when all others had their kernels: copies within the arena.
    """

    code_bytes: int
    data_bytes: int
    symbols: tuple[str, ...]


def late_calls(plan: Plan) -> list[tuple[int, int]]:
    """Calls that have no cost though all of their operands lie in the arena, by numbers of step and call."""
    return [
        (step.index, k)
        for step in plan.steps
        for k, (call, choice) in enumerate(zip(step.calls, step.choices, strict=True))
        if choice.cost is None and all(n in plan.placements for n in (*call.outputs, *call.inputs))
    ]


def measure_glue(plans: Sequence[Plan], target: Target, timeout_s: float = TIMEOUT_S) -> list[Glue]:
    """The function `<prefix>_invoke` (`<prefix>_invoke_from` where an input is streamed) of each plan for a target.

    timeout_s: host seconds that a compiler may take. Raises CompileError, MissingTool.
    """
    texts = [_text(plan) for plan in plans]
    about = repr([FORMAT, compiler_identity(target, timeout_s), code_flags(target)])
    keys = [hashlib.sha256(f"{about}{text}".encode()).hexdigest() for text in texts]
    known = {k: glue for k, c in read_figures(list(dict.fromkeys(keys))).items() if (glue := _read(c)) is not None}
    missing = {k: text for k, text in zip(keys, texts, strict=True) if k not in known}
    if missing:
        new = dict(zip(missing, _compile(list(missing.values()), target, timeout_s), strict=True))
        write_figures({k: [glue.code_bytes, glue.data_bytes, glue.symbols] for k, glue in new.items()})
        known |= new
    return [known[k] for k in keys]


class _Declared(Constants):
    """Constants that are declared only, but for params of these kernels."""

    def __init__(self, index_bits: int, defined: frozenset[str]) -> None:
        super().__init__(PREFIX, index_bits)
        self._defined = defined

    def _define(self, about: str, data: np.ndarray, head: str) -> None:
        self.texts.append(f"{head.replace('static', 'extern', 1)}[];\n")

    def _define_params(self, head: str, body: str) -> None:
        name = head.split()[-1]
        if any(head.split()[-2] == f"lapel_{kernel}_params" for kernel in self._defined):
            super()._define_params(head, body)
            return
        self.texts.append(f"extern const LAPEL_ROM char {name};\n")


def _text(plan: Plan) -> str:
    """The functions; what they call is declared, but late kernels are there: what becomes of them few calls decide."""
    inputs, outputs = ports(plan)
    late = dict.fromkeys(plan.steps[step].calls[k].kernel for step, k in late_calls(plan))
    constants = _Declared(plan.target.index_bits, frozenset(late))
    invoke = invoke_text(plan, Names(PREFIX, ()), constants, inputs, outputs, {})
    reset = state.definition(plan, PREFIX, constants)
    # Without parameters: to a compiler all pointers are alike when it calls a function.
    called = "".join(f"void {name}();\n" for name in dict.fromkeys(_CALLED.findall(invoke)) if name[6:] not in late)
    header = header_text(plan, PREFIX, "", inputs, outputs, None)
    kernels = f"#define LAPEL_KERNEL static\n{amalgamate(late)}\n"
    return f"{kernels}{header}\n{STEP_END}\n{''.join(constants.texts)}\n{called}\n{reset}{invoke}"


def _compile(texts: Sequence[str], target: Target, timeout_s: float) -> list[Glue]:
    compiler = find_tool(target.compiler + "gcc")
    with workspace() as folder:
        commands = []
        for k, text in enumerate(texts):
            (folder / f"{k}.c").write_text(text, encoding="utf-8")
            commands.append([compiler, *code_flags(target), "-w", "-c", f"{k}.c", "-o", f"{k}.o"])
        compile_all(commands, folder, f"{target.name} calls", timeout_s)
        return [_glue(Objects([folder / f"{k}.o"])) for k in range(len(texts))]


def _glue(made: Objects) -> Glue:
    (name,) = (n for n in (f"{PREFIX}_invoke", f"{PREFIX}_invoke_from") if made.defines(n))
    sections, others = made.reach([name])
    own = (f"{PREFIX}_", "lapel_")
    code, data = (sum(s.bytes for s in sections.values() if s.is_code is kind) for kind in (True, False))
    return Glue(code, data, tuple(sorted(o for o in others if not o.startswith(own))))


def _read(content: Any) -> Glue | None:
    match content:
        case [int(code), int(data), list(symbols)] if all(isinstance(s, str) for s in symbols):
            return Glue(code, data, tuple(symbols))
    return None
