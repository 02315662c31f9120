"""Kernel calls measured: many of them as the steps of one firmware, compiled with the target's flags and run once.

Every kernel is a file of its own with the calls of it, tables are in another one, and so are the operands: what the
compiler makes of a call depends on nothing that happens to be measured with it. Operands are random bytes; what the
steps write is never read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.codegen.constants import Address, Constants
from lapel.codegen.inlined import STEP, STEP_MACRO, inlined_text
from lapel.codegen.source import own_body, step_text
from lapel.errors import CompileError, CompilerHung, DoesNotFit, LapelError, SimulationError
from lapel.ir import Call, Place, Tensor
from lapel.records import Cost
from lapel.runtime.source import amalgamate
from lapel.simulate import Firmware, RawRun, build_firmware, run_firmware
from lapel.simulate.process import TIMEOUT_S as COMPILER_TIMEOUT_S
from lapel.simulate.reach import Objects
from lapel.simulate.workspace import workspace
from lapel.targets import Target

PREFIX = "measured"
POINTED = f"{PREFIX}_pointed"
ALIGN = 16
MOST_CALLS = 400
"""Of one firmware: more would keep compilers busy for longer than a user waits without a word."""
TIMEOUT_S = 60.0
_LINKAGE = "__attribute__((noinline, noclone))"


@dataclass(frozen=True, eq=False)
class Candidate:
    """A call and the tensors that it reads and writes, by name.

    places: where its operands start in the arena, for a call whose work depends on that; else each has bytes of its
    own.
    """

    call: Call
    tensors: Mapping[str, Tensor]
    places: Mapping[str, int] | None = None

    @property
    def distances(self) -> tuple[int, ...]:
        """Of the outputs and inputs in order, if they have places: their bytes from the first one's."""
        if self.places is None:
            return ()
        starts = [self.places[name] for name in (*self.call.outputs, *self.call.inputs)]
        return tuple(start - min(starts) for start in starts)

    @property
    def table_bytes(self) -> int:
        """Bytes of the call's tables."""
        return sum(value.nbytes for value in self.call.params.values() if isinstance(value, np.ndarray))


def measure(
    candidates: Sequence[Candidate], target: Target, timeout_s: float = COMPILER_TIMEOUT_S
) -> list[Cost | LapelError]:
    """The cost of each call on the target's core; or why it has none, as where it does not compile.

    One firmware has as many calls as MOST_CALLS and the memory of the emulated machine allow. timeout_s: host seconds
    that a compiler may take. Raises MissingTool, CompilerHung.
    """
    room = next((r.length for r in target.memory if r.name == "flash"), None)
    batches: list[list[Candidate]] = []
    used = 0
    for c in candidates:
        if not batches or len(batches[-1]) == MOST_CALLS or (room is not None and used + c.table_bytes > room // 2):
            batches.append([])
            used = 0
        batches[-1].append(c)
        used += c.table_bytes
    return [found for batch in batches for found in _measure_or_halve(batch, target, timeout_s)]


def _measure_or_halve(candidates: Sequence[Candidate], target: Target, timeout_s: float) -> Sequence[Cost | LapelError]:
    try:
        return _measure(candidates, target, timeout_s)
    except CompilerHung:
        raise
    except (CompileError, DoesNotFit, SimulationError) as e:
        if len(candidates) == 1:
            return [e]
    half = len(candidates) // 2
    halves = candidates[:half], candidates[half:]
    return [found for each in halves for found in _measure_or_halve(each, target, timeout_s)]


def unit(target: Target) -> str:
    """What the times are on this target."""
    if target.timing is not None:
        return "modelled cycles"
    return "counted cycles" if target.emulator.kind == "simavr" else "counted instructions"


def bare(target: Target) -> Target:
    """The target's core: costs are those of memories without wait states, whatever board it is on."""
    unbounded = replace(target, flash_bytes=None, ram_bytes=None, memories=())
    return replace(unbounded, flash_wait_states=None, flash_accelerator=None)


def _measure(candidates: Sequence[Candidate], target: Target, timeout_s: float) -> list[Cost]:
    arena = _Arena()
    steps = [arena.place(c) for c in candidates]
    need, have = arena.size + arena.pointed, next((r.length for r in target.memory if r.name == "ram"), None)
    if have is not None and need > have:
        raise DoesNotFit(f"its operands are {need:,} bytes, and the emulated machine has {have:,} of RAM")
    sources = _kernel_sources(candidates, target.index_bits)
    sources[f"{PREFIX}.c"] = _steps_source(candidates, steps, arena)
    sources["adapter.c"] = _adapter(arena)
    with workspace() as folder:
        firmware = build_firmware(sources, bare(target), folder, mode="count", timeout_s=timeout_s)
        raw = run_firmware(firmware, arena.content(), 1, timeout_s=TIMEOUT_S, profile=target.timing is not None)
        times = _times(firmware, raw)
        objects = Objects(sorted(folder.glob("model_*.o")))
        return [_cost(k, c, times[k], objects, firmware) for k, c in enumerate(candidates)]


Operand = tuple[str, int]
"""The part of the arena in which an operand lies, and where it starts there."""
READ, FLOATS, WRITTEN = "read", "floats", "written"


class _Arena:
    """Operands: what is read comes first and is filled once; integers and floats apart, as bytes make odd floats.

    pointed: bytes of the array apart that params point into where they are places.
    """

    def __init__(self) -> None:
        self.bytes = dict.fromkeys((READ, FLOATS, WRITTEN), 0)
        self.pointed = 0

    def place(self, c: Candidate) -> list[Operand]:
        """Where the outputs lie, and then the inputs."""
        sizes = [c.tensors[p.tensor].type.bytes for p in c.call.places().values() if p.tensor]
        self.pointed = max(self.pointed, c.call.scratch_bytes, *sizes)
        outputs, inputs = ([c.tensors[n].type for n in names] for names in (c.call.outputs, c.call.inputs))
        if c.places is not None:
            found = [(WRITTEN, distance) for distance in c.distances]
        else:
            used = dict.fromkeys(self.bytes, 0)
            found = []
            parts = [WRITTEN] * len(outputs) + [FLOATS if t.dtype == "float32" else READ for t in inputs]
            for part, t in zip(parts, (*outputs, *inputs), strict=True):
                found.append((part, used[part]))
                used[part] += _aligned(t.bytes)
        for (part, at), t in zip(found, (*outputs, *inputs), strict=True):
            self.bytes[part] = max(self.bytes[part], at + _aligned(t.bytes))
        return found

    def start(self, operand: Operand) -> int:
        """Where an operand starts in the arena, when all parts have their bytes."""
        part, at = operand
        return at + {READ: 0, FLOATS: self.bytes[READ], WRITTEN: self.read}[part]

    @property
    def read(self) -> int:
        return self.bytes[READ] + self.bytes[FLOATS]

    @property
    def size(self) -> int:
        return max(self.read + self.bytes[WRITTEN], 1)

    def content(self) -> np.ndarray:
        rng = np.random.default_rng(0)
        whole = rng.integers(0, 256, self.bytes[READ], np.uint8)
        real = rng.normal(0.0, 1.0, self.bytes[FLOATS] // 4).astype(np.float32).view(np.uint8)
        return np.concatenate([whole, real])[None]


def _aligned(size: int) -> int:
    return -(-size // ALIGN) * ALIGN


class _Constants(Constants):
    """Tables and params of one kernel's calls."""

    def call(self, k: int, c: Candidate) -> str:
        """Params of candidate k, whether there were equal ones or not; their name."""
        name = _params(k)
        self._names = {key: known for key, known in self._names.items() if not known.startswith(_params(""))}
        places = {field: _address(c.call, p) for field, p in c.call.places().items()}
        self.params(c.call.kernel, {**c.call.params, **places}, name, f"call {k}")
        if not c.call.inline:
            self.texts[-1] = self.texts[-1].removeprefix("static ")
        return name


def _params(k: object) -> str:
    return f"{PREFIX}_params_{k}"


def _kernel_sources(candidates: Sequence[Candidate], index_bits: int) -> dict[str, str]:
    """One file a kernel: its code, the constants of all calls of it, and steps with code of their own.

    Tables stand there as in a firmware: the compiler makes other code of those whose contents it sees.
    """
    sources = {}
    for kernel in dict.fromkeys(c.call.kernel for c in candidates):
        constants = _Constants(f"{PREFIX}_{kernel}", index_bits)
        own = []
        for k, c in enumerate(candidates):
            if c.call.kernel != kernel:
                continue
            params = constants.call(k, c)
            if c.call.inline:
                own.append(step_text(f"{PREFIX}_step_{k}", own_body(c.call, c.tensors, params)))
        sources[f"kernel_{kernel}.c"] = (
            f"#define LAPEL_KERNEL {_LINKAGE}\n#define {STEP} {STEP}_ATTRIBUTES\n"
            f"{amalgamate([kernel])}\n{STEP_MACRO}\n{inlined_text([kernel])}\n"
            f"extern uint8_t {POINTED}[] __attribute__((aligned({ALIGN})));\n"
            f"{chr(10).join(constants.texts)}\n{chr(10).join(own)}"
        )
    return sources


def _address(call: Call, place: Place) -> Address:
    return Address(f"{POINTED} + {place.offset}" if place.tensor or call.scratch_bytes else "0")


def _steps_source(candidates: Sequence[Candidate], steps: Sequence[list[Operand]], arena: _Arena) -> str:
    declared, called = [], []
    for k, (c, places) in enumerate(zip(candidates, steps, strict=True)):
        operands = [f"{PREFIX}_arena + {arena.start(place)}" for place in places]
        types = ["void *"] * len(c.call.outputs) + ["const void *"] * len(c.call.inputs)
        name = f"{PREFIX}_step_{k}"
        if not c.call.inline:
            name = f"lapel_{c.call.kernel}"
            types.append("const LAPEL_ROM void *")
            operands.append(f"&{_params(k)}")
            declared.append(f"extern const LAPEL_ROM char {_params(k)};\n")
        declared.append(f"void {name}({', '.join(types)});\n")
        called.append(f"    {name}({', '.join(operands)});\n    LAPEL_PROBE_STEP({k + 1});\n")
    return (
        f"{amalgamate([])}\n#ifdef LAPEL_PROBE_HEADER\n#include LAPEL_PROBE_HEADER\n#endif\n"
        f"uint8_t {PREFIX}_arena[{arena.size}] __attribute__((aligned({ALIGN})));\n"
        f"uint8_t {POINTED}[{max(arena.pointed, 1)}] __attribute__((aligned({ALIGN})));\n"
        f"{''.join(dict.fromkeys(declared))}void {PREFIX}_invoke(void);\n"
        f"void {PREFIX}_invoke(void)\n{{\n    LAPEL_PROBE_STEP(0);\n{''.join(called)}}}\n"
    )


def _adapter(arena: _Arena) -> str:
    size = arena.size
    reads = f"    harness_read({PREFIX}_arena, {arena.read}u);\n" if arena.read else ""
    return (
        f'#include "harness.h"\nextern uint8_t {PREFIX}_arena[{size}];\nvoid {PREFIX}_invoke(void);\n'
        f"void adapter_reset(void)\n{{\n}}\n"
        f"void adapter_read_inputs(void)\n{{\n{reads}}}\n"
        f"void adapter_invoke(void)\n{{\n    {PREFIX}_invoke();\n}}\n"
        f"void adapter_write_outputs(void)\n{{\n    harness_write({PREFIX}_arena, 1);\n}}\n"
        f"uint8_t *adapter_arena(void)\n{{\n    return {PREFIX}_arena;\n}}\n"
        f"uint32_t adapter_arena_bytes(void)\n{{\n    return {size};\n}}\n"
    )


def _times(firmware: Firmware, raw: RawRun) -> list[int]:
    """Of each step but the first, which only marks where the others start."""
    if firmware.target.timing is not None and raw.profile is not None:
        from lapel.simulate import cycles  # the disassembler takes a while to import

        return [round(e.cycles.nominal) for e in cycles.estimate(firmware, raw.profile)[1:-1]]
    return list((raw.step_cycles or raw.step_instructions)[1:])


def _cost(k: int, c: Candidate, time: int, objects: Objects, firmware: Firmware) -> Cost:
    roots = [f"{PREFIX}_step_{k}"] if c.call.inline else [f"lapel_{c.call.kernel}", _params(k)]
    sections, others = objects.reach(roots)
    code = data = 0
    shared: dict[str, int] = {}
    for name, section in sections.items():
        if PREFIX not in name:
            shared[name] = section.bytes
        elif section.is_code:
            code += section.bytes
        else:
            data += section.bytes
    sizes = {name: size for _, size, name in firmware.image.functions}
    shared.update({name: sizes.get(name, 0) for name in others})
    return Cost(time, code, data, dict(sorted(shared.items())))
