"""`run_blob`: a blob over samples, of which nothing but itself is known; `blob_content`: what it says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lapel.codegen.blobimage import BlobImage
from lapel.codegen.interface import Port
from lapel.codegen.interpreted import MODEL
from lapel.errors import InputError, UsageError
from lapel.ir import Graph, Tensor
from lapel.ir.origin import Origin
from lapel.proving import scoring
from lapel.proving.blobfolder import BlobFirmware, built_kind, read_blob, read_firmware
from lapel.proving.inputs import take
from lapel.proving.interpreting import (
    Progress,
    call_costs,
    call_kernels,
    emulated,
    refusal,
)
from lapel.proving.samples import Samples, draw, from_bytes, to_bytes
from lapel.records import BlobBuild, BlobContent, BlobPort, BlobRun, BlobStep, Layer, Memory, Score
from lapel.simulate import Firmware, RawRun, run_firmware
from lapel.simulate.machine import Refused


def blob_content(path: Path | str, folder: Path | str | None = None) -> BlobContent:
    """What a blob says of itself: ports, classes, sizes, and what it needs.

    path: of the file, or the folder of its build. folder: of the firmware whose kernels it calls, by which they are
    named; None: the one that it lies in, if there is one.

    Raises FormatError: it is none, or damaged; and as `read_firmware` where a folder is given.
    """
    path = Path(path)
    own = path if path.is_dir() else path.parent
    if folder is not None or built_kind(own) == BlobBuild.kind():
        return _content(read_firmware(path, folder))
    image = read_blob(path)
    return _said(image, str(path), "", tuple(BlobStep(f"kernel {c.kernel}") for c in image.calls))


def run_blob(
    path: Path | str,
    inputs: Any = None,
    *,
    folder: Path | str | None = None,
    labels: Any = None,
    reset_every: int | None = None,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> BlobRun:
    """Run a blob over samples with the interpreter and the kernels of a firmware, on its emulated core.

    path: of the file, or the folder of its build. inputs, labels, reset_every: as of `lapel.run`, by what the blob says
    of its ports and classes; None: one random sample. folder: of the build whose firmware runs it; None: the blob's
    own.

    Outputs are compared with nothing, for the model is not known: `lapel.run(model, folder=…)` does that. Raises
    FormatError also for a blob that the interpreter refuses, and as `lapel.run`.
    """
    of = read_firmware(path, folder)
    kernels = call_kernels(of)
    graph = ports_graph(of.image)
    given = None if inputs is None else take(graph, inputs)
    samples = draw(graph, 1) if given is None else given.samples
    count = len(next(iter(samples.values()))) if samples else 1
    _check_sequences(of, count, reset_every)
    targets = None if labels is None else _targets(graph, labels, count)
    progress("compiling")
    with emulated(of, timeout_s=timeout_s) as (firmware, image):
        progress(f"running {count:,} sample{'s' if count != 1 else ''} on {of.target.core}")
        size, profile = sum(p.type.bytes for p in image.outputs), of.target.timing is not None
        try:
            raw = run_firmware(
                firmware, to_bytes(graph, samples), size, reset_every=reset_every, timeout_s=timeout_s, profile=profile
            )
        except Refused as e:
            raise refusal(e, str(of.file)) from None
        model, calls = call_costs(firmware, kernels, raw)
        memory = _memory(of, firmware, raw)
    outputs = from_bytes(graph, raw.outputs)
    hertz = of.target.clock_hz
    return BlobRun(
        content=_content(of),
        target=of.target.name,
        core=of.target.core,
        samples=count,
        instructions=raw.instructions,
        cycles=raw.cycles,
        time_us=None if raw.cycles is None or not hertz else raw.cycles * 1e6 / hertz,
        memory=memory,
        steps=_steps(of, calls),
        found=_classes(graph, outputs),
        host_seconds=raw.host_seconds,
        outputs=outputs,
        cycle_model=model,
        score=None if targets is None else _score(graph, targets, outputs),
        inputs=() if given is None else given.used,
        warnings=(*(given.warnings if given else ()), *_warnings(of)),
    )


def ports_graph(image: BlobImage) -> Graph:
    """A graph of the blob's ports and nothing between them, for what knows samples by their graph."""
    tensors = {p.tensor: Tensor(p.tensor, p.type) for p in (*image.inputs, *image.outputs)}
    inputs, outputs = (tuple(p.tensor for p in ports) for ports in (image.inputs, image.outputs))
    return Graph(image.name, (), tensors, inputs, outputs, origin=Origin(classes=image.classes))


def _check_sequences(of: BlobFirmware, count: int, reset_every: int | None) -> None:
    if reset_every is None:
        return
    if not of.image.state_bytes:
        raise UsageError(f"{of.file} has no state, so that there is nothing to reset: leave reset_every out")
    if reset_every < 1 or count % reset_every:
        expected = f"a divisor of the {count:,} samples"
        raise UsageError(f"{of.file}: sequences of {reset_every} samples, expected {expected}: give whole sequences")


def _targets(graph: Graph, labels: Any, count: int) -> scoring.Targets:
    if not _scores(graph):
        raise InputError(
            f"labels were given, and {graph.name} has no score for each class, so that its model alone says what they "
            "mean: lapel run MODEL --build DIR"
        )
    return scoring.targets(graph, labels, count)


def _scores(graph: Graph) -> bool:
    """Whether the only output has a score for each class."""
    return len(graph.results) == 1 and graph.tensors[graph.results[0]].type.size > 1 and not scoring.is_index(graph)


def _classes(graph: Graph, outputs: Samples) -> tuple[int, ...]:
    if not _scores(graph) or not graph.classes:
        return ()
    return tuple(scoring.classes(graph, scoring.real_outputs(graph, outputs), "classification").tolist())


def _score(graph: Graph, targets: scoring.Targets, outputs: Samples) -> Score:
    return targets.score(graph, scoring.real_outputs(graph, outputs))


def _warnings(of: BlobFirmware) -> tuple[str, ...]:
    if of.image.damaged:
        return (f"{of.file} is not what its checksum is of: it was changed since it was written",)
    return ()


def _memory(of: BlobFirmware, firmware: Firmware, raw: RawRun) -> Memory:
    """With the blob as constants. No placement of a blob's tensors is known to be the smallest."""
    return Memory(
        arena_bytes=of.image.arena_bytes,
        arena_used_bytes=raw.arena_bytes,
        arena_bound_bytes=of.record.memory.arena_bound_bytes if of.own else 0,
        static_ram_bytes=firmware.static_ram_bytes + firmware.image.objects[MODEL],
        stack_bytes=raw.stack_bytes,
        flash_code_bytes=firmware.flash_code_bytes,
        flash_data_bytes=firmware.flash_data_bytes + len(of.image.data),
        state_bytes=of.image.state_bytes,
    )


def _content(of: BlobFirmware) -> BlobContent:
    blank = [Layer("", "", k, 0, None, None) for k in call_kernels(of)]
    return _said(of.image, str(of.file), str(of.folder), _steps(of, blank))


def _steps(of: BlobFirmware, calls: list[Layer] | tuple[Layer, ...]) -> tuple[BlobStep, ...]:
    """One a call; of the firmware's own blob with the names of the layers."""
    names = [""] * len(calls)
    if of.own:
        plan = of.record.plan
        names = [plan.labels.get(s.name, s.name) for s in plan.steps for _ in s.calls]
    listed = zip(calls, names, strict=True)
    return tuple(BlobStep(c.kernel, name, c.instructions, c.cycles, c.modelled) for c, name in listed)


def _said(image: BlobImage, file: str, firmware: str, steps: tuple[BlobStep, ...]) -> BlobContent:
    return BlobContent(
        file=file,
        model=image.name,
        blob_bytes=len(image.data),
        kernel_set=image.kernel_set,
        slot=image.link.slot,
        arena_bytes=image.arena_bytes,
        state_bytes=image.state_bytes,
        sha256=image.sha256,
        crc32=image.crc32,
        damaged=image.damaged,
        inputs=tuple(map(_port, image.inputs)),
        outputs=tuple(map(_port, image.outputs)),
        classes=image.classes,
        steps=steps,
        firmware=firmware,
    )


def _port(p: Port) -> BlobPort:
    known = p.type.quant is not None
    assert p.offset is not None, "a blob's ports are in its arena"
    return BlobPort(
        p.tensor, p.type.dtype, p.type.shape, p.offset, p.type.bytes, p.type.scale if known else None,
        p.type.zero if known else None,
    )  # fmt: skip
