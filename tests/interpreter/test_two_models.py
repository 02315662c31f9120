"""Two models as data in one firmware: one interpreter, one kernel set, and one arena in which they take turns."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from images import draw_image_net
from lapel.codegen.blob import blob
from lapel.codegen.blobimage import BlobImage
from lapel.codegen.interpreted import interpreter_files
from lapel.codegen.kernelset import kernel_set
from lapel.planning import make_plan
from lapel.proving.run import reference_outputs
from lapel.proving.samples import draw, to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.targets import load_target
from lapel.wish import Wish

ADAPTER = """#include "harness.h"
#include "two.h"

#define ALIGNED __attribute__((aligned(16)))

static const uint32_t ALIGNED first_blob[] = {{{first}}};
static const uint32_t ALIGNED second_blob[] = {{{second}}};
static const void *const blobs[2] = {{first_blob, second_blob}};
static const uint32_t sizes[2] = {{sizeof first_blob, sizeof second_blob}};
static uint8_t ALIGNED shared[{most}];
static uint8_t ALIGNED first_arena[{first_arena}];
static uint8_t ALIGNED second_arena[{second_arena}];
static lapel_model turns[2], apart[2];
static uint8_t input[2][{input}], output[4][{output}];

static void load(uint8_t k, uint8_t *arena, uint32_t bytes, lapel_model *model)
{{
    if (lapel_load(blobs[k], sizes[k], arena, bytes, &two, model) != LAPEL_OK) {{
        harness_fault(HARNESS_FAULT_REFUSED, model->offset);
    }}
}}

static void put(const lapel_model *model, const uint8_t *from)
{{
    const lapel_blob_port *const in = lapel_input_port(model, 0);

    for (uint32_t i = 0; i < in->bytes; i++) {{
        model->arena[in->place + i] = from[i];
    }}
}}

static void get(const lapel_model *model, uint8_t *to)
{{
    const lapel_blob_port *const out = lapel_output_port(model, 0);

    for (uint32_t i = 0; i < out->bytes; i++) {{
        to[i] = model->arena[out->place + i];
    }}
}}

void adapter_reset(void)
{{
    for (uint8_t k = 0; k < 2; k++) {{
        load(k, shared, sizeof shared, &turns[k]);
    }}
    load(0, first_arena, sizeof first_arena, &apart[0]);
    load(1, second_arena, sizeof second_arena, &apart[1]);
}}

void adapter_read_inputs(void)
{{
    for (uint8_t k = 0; k < 2; k++) {{
        harness_read(input[k], lapel_input_port(&turns[k], 0)->bytes);
    }}
}}

/* In turns in one arena; and, each in its own, with the second one's inference between the first one's input and it. */
void adapter_invoke(void)
{{
    for (uint8_t k = 0; k < 2; k++) {{
        put(&turns[k], input[k]);
        lapel_invoke(&turns[k]);
        get(&turns[k], output[k]);
    }}
    put(&apart[0], input[0]);
    put(&apart[1], input[1]);
    lapel_invoke(&apart[1]);
    lapel_invoke(&apart[0]);
    get(&apart[0], output[2]);
    get(&apart[1], output[3]);
}}

void adapter_write_outputs(void)
{{
    for (uint8_t k = 0; k < 4; k++) {{
        harness_write(output[k], lapel_output_port(&turns[k & 1u], 0)->bytes);
    }}
}}

uint8_t *adapter_arena(void)
{{
    return shared;
}}

uint32_t adapter_arena_bytes(void)
{{
    return sizeof shared;
}}
"""


def words(data: bytes) -> str:
    padded = data + bytes(-len(data) % 4)
    return ", ".join(f"{w}u" for w in struct.unpack(f"<{len(padded) // 4}I", padded))


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m0"])
def test_two_models_in_turns_in_one_arena_and_in_one_each(core: str, tmp_path: Path) -> None:
    target, graphs = load_target(core), [draw_image_net(seed) for seed in (1, 2)]
    plans = [make_plan(g, target, Wish(shared=True, whole_input=True)) for g in graphs]
    kernels = kernel_set("two", target, {c.kernel for plan in plans for s in plan.steps for c in s.calls})
    blobs = [blob(plan, kernels) for plan in plans]
    images = [BlobImage.of(data) for data in blobs]
    arenas = [image.arena_bytes for image in images]
    ends = [(i.inputs[0].type.bytes, i.outputs[0].type.bytes) for i in images]
    adapter = ADAPTER.format(
        first=words(blobs[0]), second=words(blobs[1]), most=max(arenas), first_arena=arenas[0],
        second_arena=arenas[1], input=max(n for n, _ in ends), output=max(n for _, n in ends),
    )  # fmt: skip
    firmware = build_firmware({**interpreter_files(kernels), "adapter.c": adapter}, target, tmp_path, mode="plain")
    samples = [draw(g, 2) for g in graphs]
    inputs = np.concatenate([to_bytes(g, s) for g, s in zip(graphs, samples, strict=True)], axis=1)
    wanted = [next(iter(reference_outputs(g, s).values())) for g, s in zip(graphs, samples, strict=True)]
    rows = [w.reshape(len(w), -1).view(np.uint8) for w in wanted]
    raw = run_firmware(firmware, inputs, 2 * sum(n for _, n in ends))
    assert (raw.outputs == np.concatenate(rows * 2, axis=1)).all()
    assert arenas[0] != arenas[1]
