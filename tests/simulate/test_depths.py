"""The deepest stack by the code: what is known to the byte, and what is unknown with which reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cores import needs
from lapel.simulate import build_firmware
from lapel.simulate.depths import instruction_set, stack_depth
from lapel.simulate.depths.effect import InstructionSet
from lapel.simulate.depths.listing import parse
from lapel.simulate.depths.walk import Depth, Program, Walker
from lapel.simulate.elf import Image
from lapel.targets import load_target

HEAD = """
#include <stdint.h>
int deep(volatile int *n);
static volatile int many;
"""
UNKNOWN = {
    "a recursion": (
        "int deep(volatile int *n) { volatile int a = *n; return a ? a + deep(n) + 1 : 0; }",
        r"a recursion, deep > deep",
    ),
    "an array whose size is computed": (
        "int deep(volatile int *n) { volatile char a[*n]; a[*n - 1] = 1; return a[*n - 1] + *n; }",
        r"a stack that is computed, \S+ .* at deep\+0x",
    ),
    "an address that nobody took": (
        "typedef int (*any)(void); int deep(volatile int *n) { return ((any)(uintptr_t)*n)() + 1; }",
        r"a call of an unknown function at deep\+0x",
    ),
}
LARGE = "__attribute__((noinline)) static int large(int a) { volatile char b[200]; b[a] = 1; return b[a] + many; }\n"
TAKEN = """
__attribute__((noinline)) static int small(int a) { return a + many; }
static int (*volatile chosen)(int);
int deep(volatile int *n) { chosen = *n ? small : large; return chosen(*n) + 1; }"""
SWITCH = """
int deep(volatile int *n) {
    switch (*n) {
        case 0: return large(1); case 1: return many; case 2: many = 7; return 2; case 3: return many * many;
        case 4: many++; return 9; case 5: return many - 3; case 6: return many / 3; default: return 4;
    }
}"""
ADAPTER = """
#include "harness.h"
int deep(volatile int *n);
static volatile int many;
static uint8_t arena;
void adapter_reset(void) {}
void adapter_read_inputs(void) {}
void adapter_invoke(void) { many = deep(&many); }
void adapter_write_outputs(void) {}
uint8_t *adapter_arena(void) { return &arena; }
uint32_t adapter_arena_bytes(void) { return 1; }
"""
CORES = [pytest.param(core, marks=needs(core)) for core in ("cortex-m0", "cortex-m4", "rv32imac", "atmega328p")]


def depth_of(code: str, core: str, folder: Path) -> Depth:
    sources = {"adapter.c": ADAPTER, "odd.c": HEAD + code + "\n"}
    return stack_depth(build_firmware(sources, load_target(core), folder, cflags_extra=("-Wno-error",)))


@pytest.mark.parametrize("machine", CORES)
def test_what_is_not_understood_is_unknown(machine: str, tmp_path: Path) -> None:
    for k, (code, why) in enumerate(UNKNOWN.values()):
        found = depth_of(code, machine, tmp_path / str(k))
        assert found.bytes is None and found.path == ()
        assert re.match(why, found.why), found


@pytest.mark.parametrize("machine", CORES)
def test_a_call_by_address_goes_to_any_function_whose_address_is_taken(machine: str, tmp_path: Path) -> None:
    found = depth_of(LARGE + TAKEN, machine, tmp_path)
    assert found.bytes is not None and 200 < found.bytes <= 240 and found.path[-1][0] == "large", found


@pytest.mark.parametrize("machine", CORES)
def test_a_table_of_jumps_is_read_or_named(machine: str, tmp_path: Path) -> None:
    found = depth_of(LARGE + SWITCH, machine, tmp_path)
    if machine != "atmega328p" or found.why == "":
        assert found.bytes is not None and 200 < found.bytes <= 240, found
    else:
        assert found.why.startswith("a table of jumps in deep, at "), found


def walked(machine: InstructionSet | None, lines: str, taken: tuple[int, ...] = ()) -> Depth:
    """Of a listing whose functions are its labels, the entry the first."""
    assert machine is not None
    code = parse(lines)
    starts = sorted(code.labels)
    ends = [*starts[1:], max(code.instructions, default=0) + 8]
    functions = tuple((a, b - a, code.labels[a]) for a, b in zip(starts, ends, strict=True))
    image = Image({}, {}, functions, {}, {})
    return Walker(Program(code, image, machine, taken, {}, (), 2)).bound(starts[0])


def listing(lines: str) -> str:
    """A function f of instructions of two bytes each; a name with a colon is a label."""
    made, at = ["00000000 <f>:"], 0
    for line in lines.split("; "):
        if line.endswith(":"):
            made.append(f"{at:08x} <{line[:-1]}>:")
            continue
        made.append(f"   {at:x}:\t0000      \t" + line.replace(" ", "\t", 1))
        at += 2
    return "\n".join(made)


LISTINGS = {
    "an aligned stack": (
        "push {r4, lr}; mov r4, sp; sub sp, #20; mov r3, sp; bfc r3, #0, #4; mov sp, r3; mov sp, r4; pop {r4, pc}",
        40, "",
    ),
    "a frame pointer": ("push {r7, lr}; sub sp, #8; add r7, sp, #0; adds r7, #8; mov sp, r7; pop {r7, pc}", 16, ""),
    "a return if": ("push {r4, lr}; it eq; popeq {r4, pc}; vpush {d8-d9}; vpop {d8-d9}; pop {r4, pc}", 24, ""),
    "a tail call": (
        "push {r4, lr}; ldmia.w sp!, {r4, lr}; b.n 6 <g>; g:; stmdb sp!, {r4, r5, lr}; ldmia.w sp!, {r4, r5, pc}",
        12, "",
    ),
    "a large frame": ("sub sp, #508; sub sp, #8; movs r3, #129; lsls r3, r3, #2; add sp, r3; bx lr", 516, ""),
    "a loop that pushes": ("nop; push {r4}; bne.n 2 <f+0x2>; bl 2 <f+0x2>", None, "two paths with "),
    "a return that forgets": ("push {r4}; bx lr", None, "a return with 4 bytes on the stack at f+0x2"),
    "a stack of another place": ("msr MSP, r0; bx lr", None, "a stack that is changed by msr MSP, r0 at f+0x0"),
    "a change if": ("it eq; subeq sp, #8; bx lr", None, "a conditional change of the stack, subeq sp, #8 at f+0x2"),
    "the end of the code": ("nop", None, "no code at f+0x2"),
    "a pop too many": ("pop {r4}; bx lr", None, "more taken from the stack than was put there, at f+0x0"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTINGS)
def test_listings_of_thumb(name: str) -> None:
    lines, wanted, why = LISTINGS[name]
    found = walked(instruction_set("EM_ARM"), listing(lines))
    assert found.bytes == wanted and found.why.startswith(why), found


AVRS = {
    "a frame": (
        "push r28; push r29; in r28, 0x3d; in r29, 0x3e; subi r28, 0x2C; sbci r29, 0x01; out 0x3e, r29; out 0x3d, r28; "
        "subi r28, 0xD4; sbci r29, 0xFE; out 0x3e, r29; out 0x3d, r28; pop r29; pop r28; ret",
        302, "",
    ),
    "a loop that pushes": ("push r24; dec r24; brne 0 <f>; ret", None, "a stack that grows in a loop at f+0x0"),
    # Where a kernel's assembly begins a block, the last one's sums have been taken.
    "blocks": ("push r2; lapel_x_block:; push r24; dec r24; brne 2 <lapel_x_block>; pop r2; ret", 2, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", AVRS)
def test_listings_of_avrs(name: str) -> None:
    lines, wanted, why = AVRS[name]
    found = walked(instruction_set("EM_AVR"), listing(lines))
    assert (found.bytes, found.why) == (wanted, why)


def test_other_machines_have_no_walk() -> None:
    assert instruction_set("EM_X86_64") is None
