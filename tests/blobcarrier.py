"""A firmware that is given blobs as samples: built once, it runs whatever is sent to it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lapel.codegen.blob import HEADER, PORT
from lapel.codegen.interpreted import interpreter_files
from lapel.codegen.kernelset import KernelSet
from lapel.simulate import Firmware, build_firmware, run_firmware

BLOB_BYTES, ARENA_BYTES, PORT_BYTES = 1 << 19, 1 << 17, 1 << 15
ANSWER = 12
"""Bytes before the outputs: status, offset and need."""
CARRIER = """#include "harness.h"
#include "{name}.h"

static uint8_t __attribute__((aligned(16))) adapter_blob[{blob}];
static uint8_t __attribute__((aligned(16))) adapter_bytes[{arena}];
static uint8_t adapter_ports[{port}];
static lapel_model adapter_model;
static uint32_t adapter_sizes[3]; /* of blob, arena, inputs */
static uint32_t adapter_answer[3];

void adapter_reset(void)
{{
}}

void adapter_read_inputs(void)
{{
    harness_read(adapter_sizes, sizeof adapter_sizes);
    harness_read(adapter_blob, sizeof adapter_blob);
    harness_read(adapter_ports, sizeof adapter_ports);
}}

void adapter_invoke(void)
{{
    const uint8_t *from = adapter_ports;
    const lapel_status status =
        lapel_load(adapter_blob, adapter_sizes[0], adapter_bytes, adapter_sizes[1], &{name}, &adapter_model);

    adapter_answer[0] = status;
    adapter_answer[1] = adapter_model.offset;
    adapter_answer[2] = adapter_model.need;
    if (status != LAPEL_OK) {{
        return;
    }}
    for (uint16_t k = 0; lapel_input_port(&adapter_model, k) != 0; k++) {{
        const LAPEL_ROM lapel_blob_port *const port = lapel_input_port(&adapter_model, k);

        for (uint32_t i = 0; i < port->bytes; i++) {{
            adapter_bytes[port->place + i] = *from++;
        }}
    }}
    lapel_invoke(&adapter_model);
}}

void adapter_write_outputs(void)
{{
    const LAPEL_ROM lapel_blob_port *port = 0;
    uint32_t written = 0;

    harness_write(adapter_answer, sizeof adapter_answer);
    if (adapter_answer[0] == LAPEL_OK) {{
        port = lapel_output_port(&adapter_model, 0);
        harness_write(adapter_bytes + port->place, port->bytes);
        written = port->bytes;
    }}
    for (uint8_t zero = 0; written < {most}; written++) {{
        harness_write(&zero, 1);
    }}
}}

uint8_t *adapter_arena(void)
{{
    return adapter_bytes;
}}

uint32_t adapter_arena_bytes(void)
{{
    return sizeof adapter_bytes;
}}
"""
MOST_OUTPUT = 1024


@dataclass(frozen=True)
class Answer:
    """What the interpreter said of a blob, and the bytes of its first output if it was run."""

    status: int
    offset: int
    need: int
    output: bytes


def carrier(kernels: KernelSet, folder: Path) -> Firmware:
    """The firmware with these kernels."""
    sizes = {"blob": BLOB_BYTES, "arena": ARENA_BYTES, "port": PORT_BYTES, "most": MOST_OUTPUT}
    adapter = CARRIER.format(name=kernels.name, **sizes)
    return build_firmware({**interpreter_files(kernels), "adapter.c": adapter}, kernels.target, folder, mode="plain")


def send(firmware: Firmware, blobs: Sequence[tuple[bytes, bytes]]) -> tuple[list[Answer], list[int]]:
    """Answers to (blob, inputs) one after the other, and the instructions of each."""
    samples = np.zeros((len(blobs), ANSWER + BLOB_BYTES + PORT_BYTES), np.uint8)
    for row, (blob, inputs) in zip(samples, blobs, strict=True):
        need = struct.unpack_from("<I", blob, 28)[0] if len(blob) >= HEADER.size else 0
        head = struct.pack("<III", len(blob), min(need, ARENA_BYTES), len(inputs))
        row[:12] = np.frombuffer(head, np.uint8)
        row[12 : 12 + len(blob)] = np.frombuffer(blob, np.uint8)
        row[12 + BLOB_BYTES : 12 + BLOB_BYTES + len(inputs)] = np.frombuffer(inputs, np.uint8)
    raw = run_firmware(firmware, samples, ANSWER + MOST_OUTPUT)
    found = []
    for row in raw.outputs:
        status, offset, need = struct.unpack_from("<III", row.tobytes())
        found.append(Answer(status, offset, need, row.tobytes()[ANSWER:]))
    return found, list(raw.sample_instructions)


def output_bytes(blob: bytes) -> int:
    """Of the blob's first output."""
    ports, inputs = struct.unpack_from("<I", blob, 40)[0], struct.unpack_from("<H", blob, 60)[0]
    return int(PORT.unpack_from(blob, ports + inputs * PORT.size)[1])
