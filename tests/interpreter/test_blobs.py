"""Models as data: equal to the reference, small, quickly loaded, and one firmware for all of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from blobcarrier import carrier, output_bytes, send
from images import draw_image_net
from lapel.codegen.blob import blob
from lapel.codegen.blobimage import BlobImage
from lapel.codegen.kernelfamilies import every_kernel, family_kernels
from lapel.codegen.kernelset import kernel_set
from lapel.errors import UnsupportedModel, UsageError
from lapel.ir import Graph
from lapel.ops import registry
from lapel.planning import Plan, make_plan
from lapel.planning.ports import PortKind
from lapel.proving.blob import build_blob
from lapel.proving.kernelneeds import kernel_needs
from lapel.proving.run import reference_outputs
from lapel.proving.samples import draw, to_bytes
from lapel.records import BlobBuild, KernelNeeds, bytes_by_kind
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net

DATA = Wish(shared=True, whole_input=True)
CONVOLUTIONAL = (*(f"mlperf-tiny/{m}" for m in ("kws", "vww", "ic", "sww")), "public/micro_speech")
RAM_BYTES = 96
"""What a model as data may take above generated code: what is kept of it, and more stack."""


def kernels_of(*plans: Plan) -> set[str]:
    return {call.kernel for plan in plans for step in plan.steps for call in step.calls}


def expected(graph: Graph) -> tuple[bytes, bytes]:
    """A random sample as bytes, and the first output's."""
    samples = draw(graph, 1)
    first = next(iter(reference_outputs(graph, samples).values()))
    return to_bytes(graph, samples)[0].tobytes(), np.ascontiguousarray(first[0]).tobytes()


def test_kws_as_data_is_small_and_quick(shared: Path, tmp_path: Path) -> None:
    found = build_blob(shared / "models/mlperf-tiny/kws_int8.tflite", "cortex-m4", tmp_path / "kws")
    same = lapel.build(shared / "models/mlperf-tiny/kws_int8.tflite", "cortex-m4", wish=DATA)
    assert found.instructions and same.instructions and found.load_instructions
    assert found.whole_flash_bytes <= 42 * 1024
    assert found.instructions <= 1.01 * same.instructions
    assert found.load_instructions <= 60_000
    assert bytes_by_kind(found.parts)["interpreter"] <= 3.5 * 1024
    assert found.memory.static_ram_bytes == 24
    assert found.memory.ram_bytes - same.memory.ram_bytes <= RAM_BYTES
    assert BlobBuild.from_json(found.to_json()) == found
    assert replace(BlobBuild.of_folder(tmp_path / "kws"), seconds=found.seconds) == found
    assert sorted(p.name for p in (tmp_path / "kws").iterdir()) == [
        "kws_int8.blob", "kws_int8.c", "kws_int8.h", "kws_int8_kernels.c", "kws_int8_kernels.h", "kws_int8_sample.h",
        "kws_int8_values.h", "lapel.json", "lapel_interpreter.c", "lapel_interpreter.h", "lapel_update.c",
        "lapel_update.h",
    ]  # fmt: skip


def test_ram_and_code_on_a_small_core(shared: Path) -> None:
    model, board = shared / "models/mlperf-tiny/kws_int8.tflite", load_target("cortex-m0")
    same = lapel.build(model, board, wish=replace(DATA, kernels=family_kernels("all", board)))
    taken = sorted({call.kernel for step in same.plan.steps for call in step.calls})
    found = build_blob(model, board, kernels=taken)
    assert found.memory.static_ram_bytes == 24
    assert found.memory.ram_bytes - same.memory.ram_bytes <= RAM_BYTES
    assert bytes_by_kind(found.parts)["interpreter"] <= 3.2 * 1024


@pytest.mark.parametrize(
    ("target", "models"),
    [
        ("host", ("mlperf-tiny/kws", "mlperf-tiny/sww")),
        ("cortex-m4", ("mlperf-tiny/kws", "mlperf-tiny/sww")),
        pytest.param("cortex-m4", CONVOLUTIONAL, marks=pytest.mark.long),
    ],
)
def test_one_firmware_runs_them_all(target: str, models: Sequence[str], shared: Path, tmp_path: Path) -> None:
    """Built once, with a set of kernels that is none of these models' own."""
    board = load_target(target)
    graphs = [lapel.load(shared / f"models/{m}_int8.tflite") for m in models]
    graphs += [draw_image_net(seed) for seed in range(5)]
    kernels = kernel_set("every", board, family_kernels("convolutional", board))
    plans = [make_plan(g, board, replace(DATA, kernels=kernels.kernels)) for g in graphs]
    firmware = carrier(kernels, tmp_path)
    cases = [expected(g) for g in graphs]
    blobs = [blob(plan, kernels) for plan in plans]
    answers, _ = send(firmware, [(b, x) for b, (x, _) in zip(blobs, cases, strict=True)])
    for graph, data, answer, (_, wanted) in zip(graphs, blobs, answers, cases, strict=True):
        assert answer.status == 0, (graph.name, answer.status, answer.offset)
        assert answer.output[: output_bytes(data)] == wanted, graph.name


def test_a_model_for_a_firmware_that_is_there(tmp_path: Path) -> None:
    board, graph = load_target("host"), draw_image_net(1)
    first = build_blob(graph, board, kernels=family_kernels("all", board))
    again = build_blob(draw_image_net(2), board, kernels=first.set_kernels)
    assert first.kernel_set == again.kernel_set and len(first.set_kernels) > 10
    with pytest.raises(UnsupportedModel, match="none of the kernels that may be called computes"):
        build_blob(graph, board, kernels=["softmax"])


def test_an_input_that_is_read_while_the_inference_runs(tmp_path: Path) -> None:
    net = Net("streamed", (1, 16, 8, 3), seed=5)
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pool = net.node("maxpool", (t,), (1, 2, 2, 4), kernel=(8, 4), stride=(8, 4), pad=(0,) * 4, activation="none")
    graph = net.graph(net.dense(net.reshape(pool, (1, 16)), 4))
    board = load_target("cortex-m4")
    found = build_blob(graph, board, tmp_path, wish=Wish("ram"), streamed=True)
    same = lapel.build(graph, board, wish=Wish("ram", shared=True, kernels=every_kernel(board)))
    assert {"fetch", "move"} <= set(found.set_kernels)
    assert found.bit_exact and found.memory.arena_bytes == same.memory.arena_bytes
    (port,) = BlobImage.of((tmp_path / "streamed.blob").read_bytes()).inputs
    assert port.kind is PortKind.STREAM and port.offset is None and port.type.bytes == 16 * 8 * 3


def test_a_slot_of_a_board_that_the_emulator_does_not_have(tmp_path: Path) -> None:
    graph = draw_image_net(1)
    found = build_blob(graph, "cortex-m4", tmp_path, slot=0x8040000)
    anywhere = build_blob(graph, "cortex-m4")
    assert found.bit_exact and found.slot == 0x8040000 and 0 < found.proven_slot < 0x400000
    (written,) = tmp_path.glob("*.blob")
    assert struct.unpack_from("<I", written.read_bytes(), 20) == (0x8040000,)
    assert found.instructions and anywhere.instructions and found.instructions < anywhere.instructions


@pytest.mark.parametrize(
    ("target", "slot", "said"),
    [
        ("cortex-m4", 0x80001, "slot is 0x80001, expected an address below 2\\^32 and a multiple of 8"),
        ("cortex-m4", -8, "slot is -0x8, expected an address"),
        ("cortex-m4", 1 << 32, "expected an address below"),
        ("host", 0x80000, "host has no flash: leave it out"),
        ("arduino-uno", 0x10000, "expected an address below 65,536, where constants are read"),
    ],
)
def test_slots_that_are_none(target: str, slot: int, said: str) -> None:
    with pytest.raises((UsageError, UnsupportedModel), match=said):
        build_blob(draw_image_net(1), target, slot=slot)


def test_what_a_blob_is_refused_for(tmp_path: Path) -> None:
    board = load_target("host")
    plan = make_plan(draw_image_net(1), board, DATA)
    kernels = kernel_set("few", board, kernels_of(plan))
    good = blob(plan, kernels)

    def patched(at: int, form: str, value: int) -> bytes:
        return good[:at] + struct.pack(form, value) + good[at + struct.calcsize(form) :]

    wrong = {
        "truncated": (good[:50], 1),
        "cut off": (good[:-4], 1),
        "no blob": (b"XXXX" + good[4:], 2),
        "newer": (patched(4, "<H", 3), 3),
        "other kernels": (patched(8, "<I", 1), 4),
        "other slot": (patched(20, "<I", 0x8000), 6),
        "tables": (patched(32, "<I", len(good) + 4), 8),
    }
    firmware = carrier(kernels, tmp_path)
    answers, _ = send(firmware, [(b, b"") for b, _ in wrong.values()])
    assert [a.status for a in answers] == [status for _, status in wrong.values()]


def test_operands_that_overlap_where_a_kernel_would_read_outside(tmp_path: Path) -> None:
    """Softmax looks up differences to a maximum that it has overwritten: below 0, and so before its table."""
    board = load_target("host")
    graph = registry()["softmax"].cases()[0].draw(np.random.default_rng(3))
    plan = make_plan(graph, board, DATA)
    kernels = kernel_set("softmax_alone", board, kernels_of(plan))
    good = blob(plan, kernels)
    (operands,) = struct.unpack_from("<I", good, 36)
    y, x = struct.unpack_from("<2I", good, operands)
    shifted = good[:operands] + struct.pack("<2I", x + 1, x) + good[operands + 8 :]
    answers, _ = send(carrier(kernels, tmp_path), [(good, b""), (shifted, b"")])
    assert [a.status for a in answers] == [0, 11]
    assert y == x, "in place"


def test_what_a_plan_says_of_kernels() -> None:
    graph = draw_image_net(1)
    found, built = kernel_needs(graph, "cortex-m4"), build_blob(graph, "cortex-m4")
    assert tuple(found.kernels) == built.set_kernels and found.kernel_set == built.kernel_set
    assert all(size > found.checks[k] > 0 for k, size in found.kernels.items())
    assert found.shared_bytes > 0
    linked = bytes_by_kind(built.parts)
    # The library's functions are in what was linked alone.
    assert abs(linked["kernels"] + linked["checks"] + linked.get("tables", 0) - found.flash_bytes) < 600
    assert KernelNeeds.from_json(found.to_json()) == found


def test_a_set_that_nobody_knows() -> None:
    with pytest.raises(UsageError, match="kernel set 'large' is unknown, expected one of: all, convolutional"):
        family_kernels("large", load_target("cortex-m4"))
    for core in ("cortex-m0", "cortex-m4", "cortex-m55"):
        target = load_target(core)
        named = family_kernels("convolutional", target)
        assert set(named) < set(every_kernel(target)) and {k.split("_")[0] for k in named} >= {"conv", "dense"}
