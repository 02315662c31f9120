"""Compile and link a generated model, its adapter and the harness into one firmware for a target."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lapel.errors import CompileError, CompilerHung, DoesNotFit, LapelError
from lapel.simulate.cache import cached
from lapel.simulate.elf import Image, read_image
from lapel.simulate.process import TIMEOUT_S
from lapel.simulate.toolchain import compile_all, compiler_identity, compilers_at_once, find_tool
from lapel.targets import Target

Mode = Literal["count", "trace", "plain"]

HARNESS = Path(__file__).parent / "harness"
TETHER = "../counters/tether.h"
ADAPTER_OBJECT = "lapel_harness_adapter.o"
MODEL_WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wundef", "-Werror", "-funsigned-char")
"""What generated C must pass, on every target."""
SANITIZE = ("-O1", "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
"""`cflags_extra` of a host build that checks every access and every integer operation.

Optimized little: that takes half the time to compile, and leaves more accesses to check.
"""

_PROBES: dict[str, tuple[str, ...]] = {
    "count": ('-DLAPEL_PROBE_HEADER="probe_count.h"',),
    "trace": ('-DLAPEL_PROBE_HEADER="probe_trace.h"',),
    "plain": (),
}
"""For sources of the test bench's own; generated models know nothing of them."""
# Small and independent of the core's extensions, which are off until the start code has run; memory loops may
# not become calls of memcpy, which would look like a part of the model.
_HARNESS_FLAGS = (
    "-std=gnu99", "-Os", "-Wall", "-Wextra", "-ffreestanding", "-fno-tree-vectorize",
    "-fno-tree-loop-distribute-patterns", "-ffunction-sections", "-fdata-sections",
)  # fmt: skip
_MODEL_FLAGS = ("-ffunction-sections", "-fdata-sections", "-fno-common")
MEMORY_REGION = "memory_"
"""What names of the linker's regions begin with that are a board's memories."""
STEP_END_LINE = "    LAPEL_STEP_END;\n"
"""After each step of a generated source."""
_STEP_LABEL = re.compile(r"^lapel_step_(\d+)$")


@dataclass(frozen=True)
class Firmware:
    """A linked firmware and what it takes on the target; all sizes in bytes.

    | size | what is counted |
    |---|---|
    | flash_code_bytes | instructions of the model and of the library functions it calls |
    | flash_data_bytes | constants of the model, and the image of its initialized variables |
    | static_ram_bytes | variables of the model beside its arena (objects named `*arena`) |

    The harness, the adapter and the start code are in none of them.
    """

    target: Target
    mode: Mode
    workdir: Path
    elf: Path
    flash_code_bytes: int
    flash_data_bytes: int
    static_ram_bytes: int
    image: Image
    steps: tuple[int, ...]
    """Numbers of the steps that have a marker (count mode), ascending."""
    objects: tuple[Path, ...] = ()
    """What was linked of the model, and the adapter."""
    called: tuple[str, ...] = ()
    """Functions that an interpreter calls in this order: what is before the first, and each, is counted as a step."""

    @property
    def flash_bytes(self) -> int:
        """Flash that the model needs, in bytes."""
        return self.flash_code_bytes + self.flash_data_bytes

    @property
    def symbols(self) -> Mapping[str, int]:
        """Address of every symbol."""
        return self.image.symbols


def build_firmware(
    sources: Mapping[str, str],
    target: Target,
    workdir: Path,
    *,
    mode: Mode = "count",
    cflags_extra: Sequence[str] = (),
    called: Sequence[str] = (),
    timeout_s: float = TIMEOUT_S,
) -> Firmware:
    """Compile `sources` and link them in `workdir`.

    sources: file name -> text; the model's .c and .h files, and adapter.c.
    mode: "count" labels the steps, "trace" lets a traced model write its tensors to the output, "plain" has no labels.
    cflags_extra: added to the compiler's and the linker's command line after the target's own.
    called: functions that one invocation calls in this order, each of which is to be counted; for a "plain" one.
    timeout_s: host seconds that a compiler may take.

    Raises CompileError (with the compiler's first error, or CompilerHung), DoesNotFit (the emulated machine's memory
    is too small), MissingTool.
    """
    if "adapter.c" not in sources:
        raise CompileError(f"sources {sorted(sources)}: there is no adapter.c, which connects the model to the harness")
    workdir = workdir.resolve()
    workdir.mkdir(parents=True, exist_ok=True)
    for name, text in sources.items():
        (workdir / name).write_text(with_labels(text) if mode == "count" else text, encoding="utf-8")
    compiler = find_tool(target.compiler + "gcc")
    harness = harness_objects(compiler, target, timeout_s)
    models = [name for name in sorted(sources) if name.endswith(".c") and name != "adapter.c"]
    extra = tuple(cflags_extra)
    commands = [model_command(compiler, target, mode, name, extra) for name in models]
    commands.append(_adapter_command(compiler, target, mode, extra))
    compile_all(commands, workdir, f"{target.name} firmware", timeout_s)
    objects = [_object(name) for name in models]
    link = _link_command(compiler, target, workdir, [*objects, *harness], extra)
    compile_all([link], workdir, target.name, timeout_s)
    return replace(_firmware(target, mode, workdir, objects), called=tuple(called))


def compiled_bytes(
    sources: Mapping[str, str], source: str, target: Target, workdir: Path, timeout_s: float = TIMEOUT_S
) -> int:
    """Flash of what one of `sources` is compiled to, in bytes, before anything is linked. Raises as build_firmware."""
    workdir.mkdir(parents=True, exist_ok=True)
    for name, text in sources.items():
        (workdir / name).write_text(text, encoding="utf-8")
    compiler = find_tool(target.compiler + "gcc")
    command = model_command(compiler, target, "plain", source, ())
    compile_all([command], workdir, f"{source} for {target.name}", timeout_s)
    return _sum(read_image(workdir / _object(source)), ".text", ".rodata", ".data", ".progmem")


def build_levels(
    sources: Mapping[str, str],
    adapters: Mapping[str, str],
    target: Target,
    workdir: Path,
    levels: Sequence[str],
    timeout_s: float = TIMEOUT_S,
) -> dict[tuple[str, str], Firmware | LapelError]:
    """Plain firmwares by (name of an adapter, level of optimization), or why there is none.

    sources: the model's .c and .h files. adapters: texts of adapter.c. levels: options such as "-O1", at
    each of which the model is compiled once. Warnings are for the target's own level: at others GCC sees more or less,
    and warns of what cannot happen.

    Raises CompilerHung, MissingTool.
    """
    compiler = find_tool(target.compiler + "gcc")
    harness = harness_objects(compiler, target, timeout_s)
    models = [name for name in sorted(sources) if name.endswith(".c")]
    commands: dict[str, list[list[str]]] = {}
    for level in levels:
        chosen, made = replace(target, optimize=level), workdir.resolve() / level
        commands[level] = [_placed(model_command(compiler, chosen, "plain", n, ("-w",)), made) for n in models]
        for name, adapter in adapters.items():
            (made / name).mkdir(parents=True)
            for file, text in {**sources, "adapter.c": adapter}.items():
                ((made / name if file == "adapter.c" else made) / file).write_text(text, encoding="utf-8")
            include = (f"-I{made}", "-w")
            commands[level].append(_placed(_adapter_command(compiler, chosen, "plain", include), made / name))
    refused = _compile_each(commands, workdir, f"{target.name} firmware", timeout_s)
    found: dict[tuple[str, str], Firmware | LapelError] = {}
    for name, level in itertools.product(adapters, levels):
        place = workdir.resolve() / level / name
        objects = [str(place.parent / _object(m)) for m in models]
        if level in refused:
            found[name, level] = refused[level]
            continue
        try:
            link = _link_command(compiler, target, place, [*objects, *harness], ())
            compile_all([link], place, target.name, timeout_s)
            found[name, level] = _firmware(replace(target, optimize=level), "plain", place, objects)
        except (CompileError, DoesNotFit) as e:
            found[name, level] = e
    return found


def _placed(command: list[str], folder: Path) -> list[str]:
    """A command that compiles a file of `folder` into it, wherever it is run."""
    *start, source, option, made = command
    return [*start, str(folder / source), option, str(folder / made)]


def _compile_each(
    commands: Mapping[str, list[list[str]]], folder: Path, what: str, timeout_s: float
) -> dict[str, LapelError]:
    """Run all commands, as many levels at a time as compilers; the first error of each level."""
    refused: dict[str, LapelError] = {}
    levels, at_once = list(commands), compilers_at_once()
    for start in range(0, len(levels), at_once):
        batch = levels[start : start + at_once]
        try:
            compile_all([c for level in batch for c in commands[level]], folder, what, timeout_s)
        except CompilerHung:
            raise
        except CompileError as e:
            if len(batch) == 1:
                refused[batch[0]] = e
            else:
                for level in batch:
                    refused |= _compile_each({level: commands[level]}, folder, what, timeout_s)
    return refused


def with_labels(source: str) -> str:
    """A generated source with a label at the end of each step, `lapel_step_<k>`: no instruction, and no other line.

    To the compiler the text of an `asm` is a number of lines, which stays the same: so is all the code.
    """
    first, *parts = source.split(STEP_END_LINE)
    labels = (f'    __asm__ volatile("lapel_step_{k}:" LAPEL_STEP_LINES ::: "memory");\n' for k in range(len(parts)))
    return first + "".join(label + part for label, part in zip(labels, parts, strict=True))


def code_flags(target: Target) -> tuple[str, ...]:
    """The options that decide what the compiler makes of a generated source."""
    return (_dialect(target), target.optimize, *_MODEL_FLAGS, *target.cflags, "-funsigned-char")


def harness_objects(compiler: str, target: Target, timeout_s: float = TIMEOUT_S) -> list[str]:
    """The compiled harness for a target, from the cache: its files are the same for every model."""
    folder = HARNESS / target.emulator.harness
    units = [HARNESS / "harness.c", *sorted(folder.glob("*.[cS]"))]
    if any("semihosting.h" in unit.read_text(encoding="utf-8") for unit in units):
        units.append(HARNESS / "semihosting.c")
    headers = [path.read_bytes() for path in (*sorted(HARNESS.glob("*.h")), HARNESS / TETHER)]
    flags = [
        *target.cflags,
        *_HARNESS_FLAGS,
        *(f"-D{name}" for name in target.emulator.defines),
        f"-I{HARNESS}",
    ]
    compiled_by = compiler_identity(target, timeout_s)
    objects = []
    for unit in units:
        identity: list[bytes | str] = [compiled_by, *flags, unit.read_bytes(), *headers]

        def make(path: Path, unit: Path = unit) -> None:
            command = [compiler, *flags, "-c", str(unit), "-o", str(path)]
            compile_all([command], path.parent, f"harness for {target.name}", timeout_s)

        objects.append(str(cached(f"lapel_harness_{unit.stem}", ".o", identity, make)))
    return objects


def _object(source: str) -> str:
    return f"model_{Path(source).stem}.o"


def model_command(compiler: str, target: Target, mode: Mode, source: str, extra: Sequence[str]) -> list[str]:
    strict = [] if target.rom == "separate" else ["-pedantic"]  # it complains of __flash
    flags = [*MODEL_WARNINGS, *strict, *code_flags(target), *_PROBES[mode]]
    include = [f"-I{HARNESS}"] if _PROBES[mode] else []
    return [compiler, *flags, *include, *extra, "-c", source, "-o", _object(source)]


def _dialect(target: Target) -> str:
    # avr-gcc knows __flash only in its GNU dialect.
    return "-std=gnu99" if target.rom == "separate" else "-std=c99"


def _adapter_command(compiler: str, target: Target, mode: Mode, extra: Sequence[str]) -> list[str]:
    flags = ["-std=gnu99", "-Wall", "-Wextra", target.optimize, *_MODEL_FLAGS, *target.cflags, f"-I{HARNESS}"]
    return [compiler, *flags, *extra, "-c", "adapter.c", "-o", ADAPTER_OBJECT]


def _link_command(
    compiler: str, target: Target, workdir: Path, objects: Sequence[str], extra: Sequence[str]
) -> list[str]:
    command = [compiler, *target.cflags, *extra, ADAPTER_OBJECT, *objects, "-o", "firmware.elf"]
    template = HARNESS / target.emulator.harness / "link.ld"
    if template.is_file():
        text = template.read_text(encoding="utf-8")
        for region in target.memory:
            text = text.replace(f"@{region.name}.origin@", hex(region.origin))
            text = text.replace(f"@{region.name}.length@", hex(region.length))
        regions, sections = _memories(target)
        text = text.replace("@memories.regions@", regions).replace("@memories.sections@", sections)
        (workdir / "firmware.ld").write_text(text, encoding="utf-8")
        command += ["-nostdlib", "-nostartfiles", "-static", "-Wl,-T,firmware.ld"]
        command += ["-Wl,--gc-sections", "-Wl,-Map,firmware.map"]
    return [*command, *target.emulator.libraries]


def _memories(target: Target) -> tuple[str, str]:
    """For the linker script: a region for each memory of the board but the first, which is the RAM, and what is there.

    Their sections are named like that of other variables, and are counted with these.
    """
    regions, sections = [], []
    for k, (memory, region) in enumerate(zip(target.memories, target.emulated(), strict=True)):
        place = MEMORY_REGION + memory.name if k else "ram"
        if k:
            regions.append(f"    {place} (rw) : ORIGIN = {region.origin:#x}, LENGTH = {region.length:#x}\n")
        align = max(target.arena_align, 1)
        sections.append(f"    .bss.{memory.name} (NOLOAD) : ALIGN({align}) {{ *({memory.section}) }} > {place}\n")
    return "".join(regions), "".join(sections)


def _firmware(target: Target, mode: Mode, workdir: Path, objects: Sequence[str]) -> Firmware:
    elf = workdir / "firmware.elf"
    image = read_image(elf)
    linked = (HARNESS / target.emulator.harness / "link.ld").is_file()
    images = [image] if linked else [read_image(workdir / name) for name in objects]
    code = sum(_sum(i, ".text") for i in images)
    data = sum(_sum(i, ".data", ".rodata", ".progmem", ".ARM.exidx") for i in images)
    ram = sum(_sum(i, ".data", ".bss") for i in images)
    arena = sum(size for i in images for name, size in i.objects.items() if name.endswith("arena"))
    steps = tuple(sorted(int(m.group(1)) for name in image.symbols if (m := _STEP_LABEL.match(name))))
    linked_here = tuple(workdir / name for name in (*objects, ADAPTER_OBJECT))
    return Firmware(target, mode, workdir, elf, code, data, ram - arena, image, steps, linked_here)


def _sum(image: Image, *names: str) -> int:
    """Bytes of all sections with one of these names, or such a name and a dotted suffix."""
    return sum(
        size for section, size in image.sections.items() if any(f"{section}.".startswith(f"{n}.") for n in names)
    )
