"""Blobs with the tools of generated code: run, traced, watched, taken to pieces; and what is refused of them."""

from __future__ import annotations

import json
import re
import shutil
import socket
import struct
import subprocess
import threading
import zlib
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from gdbclient import Client
from lapel.cli.entry import main
from lapel.codegen.blob import Link, blob
from lapel.codegen.blobimage import BlobImage
from lapel.codegen.kernelset import kernel_set
from lapel.debugging.attach import Break, attach, blob_break
from lapel.debugging.image import image_of, params_in
from lapel.debugging.tracing import Asked, readable
from lapel.errors import FormatError, InputError, LapelError, Mismatch, SimulationError, UsageError
from lapel.ir import Graph, Quant
from lapel.ir.origin import Origin
from lapel.ops import evaluate
from lapel.planning import make_plan
from lapel.proving.blob import build_blob
from lapel.proving.blobfolder import read_firmware
from lapel.proving.blobrun import blob_content, run_blob
from lapel.proving.interpreting import interpreted_plan
from lapel.proving.run import reference_outputs
from lapel.proving.samples import draw
from lapel.records import BlobBuild, BlobContent, BlobRun, Record
from lapel.simulate.elf import read_image
from lapel.targets import load_target
from lapel.wish import ANY, Wish
from nets import Net

TARGET = "cortex-m4"


def model(name: str = "tools", seed: int = 3) -> Graph:
    """Two layers with an alias between them, and names of classes. Of this seed not all outputs are saturated."""
    net = Net(name, (1, 6, 6, 2), seed)
    graph = net.graph(net.dense(net.reshape(net.conv("x", 2, (1, 1, 1, 1)), (1, 72)), 4))
    return replace(graph, origin=Origin(classes=tuple("abcd")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("blobs") / "tools"
    build_blob(model(), TARGET, made)
    return made


def text(record: Record) -> object:
    """What a file of it says."""
    return json.loads(json.dumps(record.to_json(), allow_nan=False))


def planted(folder: Path, into: Path, tensor: str, field: str) -> Path:
    """A copy whose blob has another number in the params of the step that makes a tensor."""
    shutil.copytree(folder, into)
    of, graph = read_firmware(folder), model()
    plan = interpreted_plan(of, graph, lambda stage: None, 60.0)
    step = next(s for s in plan.steps if tensor in s.node.outputs)
    with readable(Asked(graph, draw(graph, 1), blob=of), plan) as made:
        image = image_of(made.firmware)
        held = params_in(image, "", step.index, step.calls[0])[field]
        at = held.address - made.firmware.firmware.symbols["adapter_blob"]
    path = into / "tools.blob"
    data = bytearray(path.read_bytes())
    (value,) = struct.unpack_from(f"<{held.dtype[-1]}", data, at)
    assert value == held.value[0]
    struct.pack_into(f"<{held.dtype[-1]}", data, at, value + 5)
    path.write_bytes(data)
    return into


def test_a_blob_is_run_beside_its_model(folder: Path) -> None:
    graph, built = model(), BlobBuild.of_folder(folder)
    samples = draw(graph, 3)
    found = lapel.run(graph, None, samples, folder=folder)
    assert found.bit_exact and found.target == TARGET and found.samples == 3
    counted = [layer.instructions or 0 for layer in found.layers]
    assert sum(counted) == found.instructions == built.instructions and min(counted) == 0 < sorted(counted)[1]
    assert [layer.kernel for layer in found.layers] == [s.kernel for s in built.plan.steps]
    assert sum(layer.modelled.cycles for layer in found.layers if layer.modelled) == pytest.approx(
        found.modelled_cycles, abs=len(found.layers)
    )
    assert found.memory.flash_bytes == built.whole_flash_bytes
    assert [layer.instructions for layer in built.layers] == counted


@pytest.mark.long
def test_a_blob_that_is_linked_for_an_arena(tmp_path: Path) -> None:
    """On an AVR: the trace's adapter has its arena elsewhere, and so the blob is linked anew."""
    graph, x = model(), draw(model(), 2)
    build_blob(graph, "arduino-uno", tmp_path, slot=0x3000, arena=0x300)
    assert lapel.run(graph, None, x, folder=tmp_path).bit_exact and lapel.diff(graph, inputs=x, folder=tmp_path).equal


def test_a_blob_is_run_by_itself(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = model()
    samples = draw(graph, 3)
    expected = next(iter(reference_outputs(graph, samples).values())).reshape(3, -1)
    np.save(tmp_path / "x.npy", next(iter(samples.values())))
    np.save(tmp_path / "y.npy", expected.argmax(axis=1))
    given = ["-i", str(tmp_path / "x.npy"), "-l", str(tmp_path / "y.npy"), "-O", str(tmp_path / "found.npy")]
    assert main(["run", str(folder / "tools.blob"), *given]) == 0
    assert (np.load(tmp_path / "found.npy").reshape(3, -1) == expected).all()
    out = capsys.readouterr().out
    assert f"classes: {', '.join('abcd'[k] for k in expected.argmax(axis=1))}" in out and "accuracy: 100.00 %" in out
    assert main(["plan", str(folder)]) == 0
    assert "int8[1, 6, 6, 2]" in (out := capsys.readouterr().out) and "classes: a, b, c, d" in out


def test_records_of_blobs(folder: Path, tmp_path: Path) -> None:
    ran = run_blob(folder)
    assert sum(s.instructions or 0 for s in ran.steps) == ran.instructions and ran.steps[0].layer
    assert BlobContent.from_json(text(ran.content)) == ran.content
    read = BlobRun.from_json(text(ran))
    assert all(getattr(read, f.name) == getattr(ran, f.name) for f in fields(read) if f.name != "outputs")
    assert BlobRun.kind() == "blobrun" and BlobContent.kind() == "blobcontent"
    shutil.copy(folder / "tools.blob", tmp_path / "alone.blob")
    alone = blob_content(tmp_path / "alone.blob")
    assert alone.steps[0].kernel.startswith("kernel ") and alone.arena_bytes == ran.content.arena_bytes
    assert blob_content(tmp_path / "alone.blob", folder).steps[0].kernel == ran.content.steps[0].kernel


def test_a_later_blob_on_the_firmware_that_is_there(folder: Path, tmp_path: Path) -> None:
    later = model("later", 2)
    build_blob(later, TARGET, tmp_path, kernels=BlobBuild.of_folder(folder).set_kernels)
    path = folder.parent / "moved.blob"
    shutil.copy(tmp_path / "later.blob", path)
    x = draw(later, 1)
    found = run_blob(path, x, folder=folder)
    assert found.content.model == "later" and not found.steps[0].layer
    assert (next(iter(found.outputs.values())) == next(iter(reference_outputs(later, x).values()))).all()


def test_a_planted_fault_is_found_in_data(folder: Path, tmp_path: Path) -> None:
    graph, x = model(), draw(model(), 2)
    whole = lapel.diff(graph, inputs=x, folder=folder)
    assert whole.equal and whole.machines == (TARGET,) and whole.tensors == 3
    last = graph.results[0]
    wrong = planted(folder, tmp_path / "wrong", last, "y_zero")
    found = lapel.diff(graph, inputs=x, folder=wrong)
    (difference,) = found.differences
    assert difference.tensor == last and difference.machine == TARGET
    assert "a wrong zero point of the output: y_zero of dense_dsp is" in found.causes[0]
    seen = lapel.watch(graph, None, last, x, folder=wrong, stop="wrong")
    assert seen.stopped and seen.calls[-1].wrong > 0
    told = lapel.explain(graph, None, last, x, folder=wrong)
    assert told.parted == "zero point" and told.rows[-1].reference != told.rows[-1].device
    assert not lapel.run(graph, None, x, folder=wrong).bit_exact


def test_budgets_and_pictures_of_blobs(folder: Path, tmp_path: Path) -> None:
    built = BlobBuild.of_folder(folder)
    (tmp_path / "budgets.toml").write_text(
        f'[kept]\nbuild = "{folder}"\nflash_bytes = {built.whole_flash_bytes}\nram_bytes = 4096\n'
        f"load_instructions = {built.load_instructions}\n\n"
        f'[broken]\nbuild = "{folder}"\nblob_bytes = {built.blob_bytes - 1}\n'
    )
    kept, broken = lapel.check(tmp_path / "budgets.toml").checks
    assert kept.passed and kept.figures["flash_bytes"] == built.memory.flash_bytes + built.blob_bytes
    assert [(b.figure, b.by) for b in broken.broken] == [("blob_bytes", 1)]
    assert sum(p.bytes for p in built.parts) == built.whole_flash_bytes
    assert {p.kind for p in built.parts} == {"interpreter", "checks", "kernels", "tables", "blob"}
    page = lapel.report([lapel.build(model(), TARGET), folder])
    assert any(name.endswith("-blob.svg") for name in page.pictures) and any("difference" in n for n in page.pictures)
    assert f"{built.blob_bytes:,} bytes are the model, and can be replaced" in page.html
    assert {"memory", "cycles", "graph"} <= {n.rsplit("-", 1)[1].removesuffix(".svg") for n in page.pictures}


def test_gdb_reads_a_tensor_of_a_paused_interpreter(folder: Path) -> None:
    """At the line that the command says: behind the convolution, and where the last step has ended."""
    graph, said, ended = model(), list[str](), list[object]()
    plan = interpreted_plan(read_firmware(folder), graph, lambda stage: None, 60.0)
    assert blob_break(plan, graph.results[0]) == Break("adapter_write_outputs")
    x, first = draw(graph, 1), graph.nodes[0].outputs[0]
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]

    def session() -> None:
        try:
            ended.append(attach(graph, None, first, x, port, folder, ANY, 100.0, said.append))
        except SimulationError as e:
            ended.append(e)

    thread = threading.Thread(target=session)
    thread.start()
    with Client(port) as gdb:
        elf, name = re.search(r"(\S+firmware\.elf)", said[1]), re.search(r"break \*(run_\w+)", said[1])
        place = re.search(r"x/72db \(char \*\)&adapter_bytes \+ (\d+)", said[3])
        assert elf and name and place and "ignore" not in said[1], said
        symbols = read_image(Path(elf[1])).symbols
        gdb.run_to(symbols[name[1]])
        found = gdb.memory(symbols["adapter_bytes"] + int(place[1]), 72)
        gdb.ask("k", answered=False)
    thread.join(120)
    assert not thread.is_alive() and ended
    assert found == evaluate(graph, {n: v[0] for n, v in x.items()})[first].tobytes()


def test_a_single_score_keeps_its_scale(tmp_path: Path) -> None:
    net = Net("single", (1, 4))
    dense = net.dense("x", 1)
    graph = net.graph(net.node("logistic", (dense,), (1, 1), Quant((1 / 256,), (-128,))))
    graph = replace(graph, origin=Origin(classes=("no", "yes")))
    build_blob(graph, "host", tmp_path)
    text = (tmp_path / "single.c").read_text()
    assert "single_output_port->scale == 0.00390625f && single_output_port->zero == -128" in text
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow"]
    subprocess.run(["gcc", *flags, "-c", "single.c", "-o", "single.o"], cwd=tmp_path, check=True)


def test_a_blob_for_another_place_is_moved() -> None:
    board = load_target(TARGET)
    plan = make_plan(model(), board, Wish(shared=True, whole_input=True))
    kernels = kernel_set("tools", board, {c.kernel for s in plan.steps for c in s.calls})
    there = BlobImage.of(blob(plan, kernels, Link(0x8040000)))
    here = there.relinked(kernels, 0x200200)
    assert here.data == blob(plan, kernels, Link(0x200200)) and not here.damaged
    assert here.relinked(kernels, 0).data == blob(plan, kernels)


def test_what_is_no_blob_of_this_firmware(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = (folder / "tools.blob").read_bytes()

    def changed(at: int, form: str, value: int, name: str) -> Path:
        place = tmp_path / name
        shutil.copytree(folder, place)
        data = bytearray(good)
        struct.pack_into(form, data, at, value)
        struct.pack_into("<I", data, 16, zlib.crc32(data[20:]))
        (place / "tools.blob").write_bytes(data)
        return place

    (tmp_path / "a.blob").write_bytes(good[:60])
    (tmp_path / "b.blob").write_bytes(b"TFL3" * 40)
    params = struct.unpack_from("<I", good, struct.unpack_from("<I", good, 32)[0] + 4)[0]
    cases: list[tuple[Path, type[LapelError], str]] = [
        (tmp_path / "a.blob", UsageError, "has no lapel.json, expected the folder that `lapel build --format blob`"),
        (changed(8, "<I", 7, "other"), FormatError, "is for the kernel set 00000007, the firmware of"),
        (changed(4, "<H", 99, "newer"), FormatError, "is of version 99, this Lapel reads version"),
        (changed(params + 8, "<I", 1 << 30, "wild"), FormatError, "the interpreter refuses it at byte"),
        (changed(36, "<I", len(good), "table"), FormatError, "is beyond its end: it is damaged, build it again"),
    ]
    for path, error, said in cases:
        with pytest.raises(error, match=said):
            run_blob(path)
    for name, said in (("a.blob", "has 60 bytes, expected at least 104"), ("b.blob", "it is no blob")):
        with pytest.raises(FormatError, match=said):
            blob_content(tmp_path / name)
    with pytest.raises(InputError, match="is 'tools' as data, expected 'other'"):
        lapel.run(model("other"), None, folder=folder)
    with pytest.raises(InputError, match="another model, or another Lapel planned it"):
        lapel.run(model("tools", 5), None, folder=folder)
    with pytest.raises(UsageError, match="was built for cortex-m4, found target host: leave the target out"):
        lapel.run(model(), "host", folder=folder)
    with pytest.raises(UsageError, match="has no state, so that there is nothing to reset"):
        run_blob(folder, reset_every=1)
    assert main(["run", str(folder), "--target", "host", "--name", "x"]) == UsageError.exit_code
    assert "a blob and its firmware are as they were built: leave --target, --name out" in capsys.readouterr().err
    assert Mismatch.exit_code == 12
