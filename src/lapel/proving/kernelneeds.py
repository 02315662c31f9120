"""`kernel_needs`: the kernels that a model as data takes on a target, each compiled with and without."""

from __future__ import annotations

from dataclasses import replace

from lapel.codegen.facts import compiled
from lapel.codegen.interpreted import interpreter_files
from lapel.codegen.kernelset import KernelSet, abi, kernel_set
from lapel.frontends import Model
from lapel.measuring import plan_for
from lapel.proving.models import load
from lapel.proving.run import Progress
from lapel.records import KernelNeeds
from lapel.simulate.firmware import compiled_bytes
from lapel.simulate.workspace import workspace
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish


def kernel_needs(
    model: Model,
    target: str | Target,
    *,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> KernelNeeds:
    """Which kernel set a model as data takes, and what each kernel adds to the flash of the others.

    Raises UnsupportedModel, which names the kernels whose headers do not state all that checking their params takes,
    and as `plan`.
    """
    chosen = load_target(target) if isinstance(target, str) else target
    graph = load(model, None)
    plan = plan_for(graph, chosen, replace(wish, shared=True, whole_input=True), progress, timeout_s)
    kernels = kernel_set("kernels", chosen, {call.kernel for step in plan.steps for call in step.calls})
    progress("compiling")
    whole = _flash(kernels, timeout_s)
    less = {k: replace(kernels, kernels=tuple(o for o in kernels.kernels if o != k)) for k in kernels.kernels}
    return KernelNeeds(
        model=graph.name,
        target=chosen.name,
        kernel_set=kernels.number,
        kernels={k: whole - _flash(without, timeout_s) for k, without in less.items()},
        checks={k: len(compiled(k, abi(chosen))) for k in kernels.kernels},
        flash_bytes=whole,
        plan=plan.record(),
    )


def _flash(kernels: KernelSet, timeout_s: float) -> int:
    if not kernels.kernels:
        return 0
    with workspace() as folder:
        return compiled_bytes(interpreter_files(kernels), f"{kernels.name}.c", kernels.target, folder, timeout_s)
