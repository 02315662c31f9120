"""From a plan to a compiled firmware and its measured figures: what build, run and diff share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from lapel import codegen
from lapel.codegen.listen import HEARD_BYTES, Hearing
from lapel.ir import Graph
from lapel.measuring import fit
from lapel.planning import Plan
from lapel.planning.floats import as_reals
from lapel.planning.labels import labels
from lapel.proving.cycles import modelled
from lapel.proving.samples import Samples, to_bytes
from lapel.records import CycleModel, Layer, Memory, Recipe
from lapel.simulate import Firmware, RawRun, build_firmware, run_firmware
from lapel.simulate.firmware import Mode, code_flags
from lapel.simulate.machine import StackOverflow
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.profile import Chosen
from lapel.simulate.toolchain import Overflow, compiler_version
from lapel.simulate.workspace import workspace
from lapel.targets import Target
from lapel.version import VERSION
from lapel.wish import Wish


@dataclass(frozen=True, eq=False)
class Compiled:
    """A model's plan, its C, and the linked firmware in a temporary folder."""

    graph: Graph
    plan: Plan
    code: codegen.Firmware
    firmware: Firmware

    @property
    def output_bytes(self) -> int:
        """What the adapter writes for a sample."""
        heard = HEARD_BYTES if self.code.entry == "listen" else 0
        return heard + sum(p.type.bytes for p in self.code.outputs)

    def execute(self, samples: Samples, timeout_s: float, reset_every: int | None = None) -> RawRun:
        """Run the firmware over consecutive samples, with a profile for the core's cycle model.

        timeout_s: host seconds. reset_every: samples of a sequence, before each of which the state is reset.
        """
        profile = self.plan.target.timing is not None or bool(self.plan.parts)
        inputs = to_bytes(self.graph, samples)
        return self.execute_bytes(inputs, self.output_bytes, timeout_s, reset_every=reset_every, profile=profile)

    def execute_bytes(
        self,
        inputs: np.ndarray,
        output_bytes: int,
        timeout_s: float,
        *,
        reset_every: int | None = None,
        profile: bool = False,
        chosen: Chosen | None = None,
    ) -> RawRun:
        """The same on what the adapter reads, uint8 [N, bytes], with profiles as `run_firmware` takes them."""
        try:
            return run_firmware(
                self.firmware,
                inputs,
                output_bytes,
                reset_every=reset_every,
                timeout_s=timeout_s,
                profile=profile,
                chosen=chosen,
            )
        except StackOverflow:
            raise fit.no_stack(self.graph, self.plan) from None

    def memory(self, raw: RawRun) -> Memory:
        """The measured memory figures."""
        return Memory(
            arena_bytes=self.plan.arena_bytes,
            arena_used_bytes=raw.arena_bytes,
            arena_bound_bytes=self.plan.bound_bytes,
            state_bytes=self.plan.graph.state_bytes,
            static_ram_bytes=self.firmware.static_ram_bytes,
            stack_bytes=raw.stack_bytes,
            flash_code_bytes=self.firmware.flash_code_bytes,
            flash_data_bytes=self.firmware.flash_data_bytes,
        )

    def layers(self, raw: RawRun) -> tuple[Layer, ...]:
        """One record a step, with what was counted in it."""
        blank: tuple[None, ...] = (None,) * len(self.plan.steps)
        counted = zip(raw.step_instructions or blank, raw.step_cycles or blank, strict=True)
        named = zip(plan_layers(self.plan), counted, strict=True)
        return tuple(replace(layer, instructions=i, cycles=c) for layer, (i, c) in named)

    def costs(self, raw: RawRun) -> tuple[CycleModel | None, tuple[Layer, ...]]:
        """The cycle model's account of a profiled run, and the layers with theirs."""
        return modelled(self.firmware, raw, self.layers(raw))


def plan_layers(plan: Plan) -> tuple[Layer, ...]:
    """One record a step, before anything is counted."""
    names = labels(plan.graph)
    return tuple(
        Layer(s.node.outputs[0], s.node.op, s.kernel, s.macs, None, None, label=names[s.node.outputs[0]])
        for s in plan.steps
    )


def recipe_for(graph: Graph, target: Target, wish: Wish) -> Recipe:
    """What a firmware of this graph is made of, and how. Raises MissingTool."""
    return Recipe(
        lapel=VERSION,
        target=target.name,
        sha256=as_reals(graph).digest(),  # of the model as it was loaded
        file_sha256=graph.file_sha256 or None,
        wish=wish,
        compiler=compiler_version(target),
        flags=" ".join(code_flags(target)),
    )


@contextmanager
def compiled(
    plan: Plan,
    graph: Graph,
    mode: Mode,
    cflags_extra: tuple[str, ...] = (),
    timeout_s: float = TIMEOUT_S,
    hearing: Hearing | None = None,
) -> Iterator[Compiled]:
    """Generate and link in a temporary folder, which is gone afterwards; timeout_s: that a compiler may take.

    hearing: what the model listens for; the adapter is then that of `<name>_listen`.
    """
    code = codegen.generate(plan, traced=mode == "trace", hearing=hearing)
    with workspace() as folder:
        try:
            firmware = build_firmware(
                code.files(), plan.target, folder, mode=mode, cflags_extra=cflags_extra, timeout_s=timeout_s
            )
        except Overflow as e:
            raise fit.beyond_machine(graph, plan, e.region, e.extra_bytes) from None
        yield Compiled(graph, plan, code, firmware)
