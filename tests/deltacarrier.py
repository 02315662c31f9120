"""What decodes deltas: a program of this computer under sanitizers, and a firmware."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lapel.runtime.source import FOLDER, include_flags
from lapel.simulate import RawRun, build_firmware, run_firmware
from lapel.targets import load_target

PROGRAM = Path(__file__).parent / "updates" / "deltas.c"
FILES = ("crc.h", "crc.c", "delta.h", "delta.c", "rom.h", "memory.h")
MOST = 1 << 15
ADAPTER = """#include "harness.h"
#include "delta.h"

static uint8_t adapter_old[{most}], adapter_new[{most}], adapter_patch[{most}];
static uint32_t adapter_sizes[3]; /* of old bytes, patch, new bytes */
static lapel_delta adapter_state;

static int adapter_read(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{{
    (void)context;
    while (count-- > 0) {{
        *bytes++ = adapter_old[offset++];
    }}
    return 0;
}}

static int adapter_sink(void *context, const uint8_t *bytes, uint32_t count)
{{
    (void)context;
    while (count-- > 0) {{
        adapter_new[adapter_sizes[2]++] = *bytes++;
    }}
    return 0;
}}

void adapter_reset(void)
{{
}}

void adapter_read_inputs(void)
{{
    harness_read(adapter_sizes, 8);
    harness_read(adapter_old, sizeof adapter_old);
    harness_read(adapter_patch, sizeof adapter_patch);
    adapter_sizes[2] = 0;
    lapel_delta_begin(&adapter_state, adapter_read, 0, adapter_sizes[0]);
}}

/* One call, so that what is measured of the stack is the decoder's. */
void adapter_invoke(void)
{{
    lapel_delta_push(&adapter_state, adapter_patch, adapter_sizes[1], adapter_sink, 0);
}}

void adapter_write_outputs(void)
{{
    const lapel_delta_status status = lapel_delta_end(&adapter_state);
    const uint32_t answer[4] = {{status, adapter_state.offset, adapter_sizes[2], sizeof adapter_state}};

    harness_write(answer, sizeof answer);
    harness_write(adapter_new, sizeof adapter_new);
}}

uint8_t *adapter_arena(void)
{{
    return 0;
}}

uint32_t adapter_arena_bytes(void)
{{
    return 0;
}}
"""


@dataclass(frozen=True)
class Answer:
    """What the decoder said of a patch, and the new bytes that it gave."""

    status: int
    offset: int
    new: bytes


def compiled(folder: Path) -> Path:
    """The program, with the address and undefined-behaviour sanitizers."""
    sources = [str(PROGRAM), *(str(FOLDER / "update" / f) for f in ("delta.c", "crc.c"))]
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror", "-O1", "-g1"]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    subprocess.run(["gcc", *flags, *include_flags(), *sources, "-o", "deltas"], cwd=folder, check=True)
    return folder / "deltas"


def decoded(program: Path, cases: Sequence[tuple[bytes, bytes, int]]) -> list[Answer]:
    """Of each (old bytes, patch, most bytes of a piece)."""
    data = b"".join(struct.pack("<III", len(old), len(patch), most) + old + patch for old, patch, most in cases)
    done = subprocess.run([str(program)], input=data, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found, at = [], 0
    for _ in cases:
        status, offset, count = struct.unpack_from("<III", done.stdout, at)
        found.append(Answer(status, offset, done.stdout[at + 12 : at + 12 + count]))
        at += 12 + count
    return found


@dataclass(frozen=True)
class Measured:
    """What a core said, and what it took: bytes of flash, RAM (state and stack), instructions of each patch."""

    answers: list[Answer]
    flash_bytes: int
    ram_bytes: int
    instructions: list[int]


def measured(target: str, folder: Path, cases: Sequence[tuple[bytes, bytes]]) -> Measured:
    """Of each (old bytes, patch), of at most MOST bytes, on the emulated core."""
    sources = {name: next(FOLDER.glob(f"*/{name}")).read_text() for name in FILES}
    sources["adapter.c"] = ADAPTER.format(most=MOST)
    firmware = build_firmware(sources, load_target(target), folder, mode="plain")
    samples = np.zeros((len(cases), 8 + 2 * MOST), np.uint8)
    for row, (old, patch) in zip(samples, cases, strict=True):
        row[:8] = np.frombuffer(struct.pack("<II", len(old), len(patch)), np.uint8)
        row[8 : 8 + len(old)] = np.frombuffer(old, np.uint8)
        row[8 + MOST : 8 + MOST + len(patch)] = np.frombuffer(patch, np.uint8)
    raw: RawRun = run_firmware(firmware, samples, 16 + MOST)
    answers, state_bytes = [], 0
    for row in raw.outputs:
        status, offset, count, state_bytes = struct.unpack_from("<IIII", row.tobytes())
        answers.append(Answer(status, offset, row.tobytes()[16 : 16 + count]))
    return Measured(answers, firmware.flash_bytes, state_bytes + raw.stack_bytes, list(raw.sample_instructions))
