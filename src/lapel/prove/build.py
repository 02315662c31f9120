"""`build`: a model to firmware in a folder, measured by running it once."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from lapel import codegen
from lapel.errors import Mismatch, OutputError
from lapel.frontends import Model, load
from lapel.plan import Goal
from lapel.prove import fit
from lapel.prove.cycles import modelled
from lapel.prove.explain import explain
from lapel.prove.firmware import compiled, plan_for
from lapel.prove.run import Progress, count_mismatches, reference_outputs
from lapel.prove.samples import draw, from_bytes
from lapel.records import Build
from lapel.targets import Target, load_target

MANIFEST = "lapel.json"
"""In every folder that `build` writes: the build record, and the sign that the folder is ours to replace."""


def build(
    model: Model,
    target: str | Target,
    out: Path | str | None = None,
    *,
    calibration: Any = None,
    optimize: Goal = "latency",
    flash_budget: int | None = None,
    whole_input: bool = False,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Build:
    """Generate, compile, run once on a random sample, compare with the reference, check that it fits, and write.

    model, calibration: a path, a graph, or an estimator with its calibration data; see `lapel.load`.
    `out` (a folder; None writes nothing) gets `<model>.c`, `<model>.h`, `plan.txt` and `lapel.json`, all at once
    or not at all. optimize: see `lapel.plan.make_plan`. flash_budget: bytes of code and constants that the firmware
    may have, by default what the target has. whole_input: the input lies in the arena as a whole, even where
    optimize="ram" would read it from the caller in bands. timeout_s: host seconds for the emulator.

    Raises UnknownTarget, DoesNotFit, OutputError, MissingTool, CompileError, SimulationError, and Mismatch should
    the firmware ever differ from the reference.
    """
    started = time.perf_counter()
    graph = load(model, calibration)
    chosen = load_target(target) if isinstance(target, str) else target
    folder = None if out is None else check_folder(Path(out))
    progress("planning")
    plan = plan_for(graph, chosen, optimize, flash_budget, whole_input, progress)
    samples = draw(graph, 1)
    progress("compiling")
    with compiled(plan, graph, "count") as c:
        progress(f"running on {chosen.core}")
        raw = c.execute(samples, timeout_s)
        memory, (modelled_run, layers) = c.memory(raw), modelled(c.firmware, raw, c.layers(raw))
    outputs = from_bytes(plan.graph, raw.outputs)
    outputs = dict(zip(graph.outputs, outputs.values(), strict=True))
    if count_mismatches(outputs, reference_outputs(graph, samples)):
        raise Mismatch(f"{graph.name} on {chosen.name} differs from the reference: lapel diff says where")
    fit.check_fit(graph.name, chosen, memory.flash_bytes, memory.ram_bytes)
    fit.check_budget(graph.name, chosen, memory.flash_bytes, flash_budget)
    contract = codegen.Contract(
        memory.flash_code_bytes, memory.flash_data_bytes, memory.static_ram_bytes, memory.stack_bytes
    )
    code = codegen.generate(plan, contract=contract)
    files = {f"{code.prefix}.h": code.header, f"{code.prefix}.c": code.source, "plan.txt": explain(plan)}
    bounded = chosen.flash_bytes is not None or chosen.ram_bytes is not None
    record = Build(
        model=graph.name,
        target=chosen.name,
        core=chosen.core,
        digest=graph.digest(),
        macs=plan.macs,
        instructions=raw.instructions,
        cycles=raw.cycles,
        memory=memory,
        layers=layers,
        fits=True if bounded else None,
        boards=fit.boards_with_room(memory.flash_bytes, memory.ram_bytes, chosen.core),
        files=() if folder is None else tuple(str(folder / name) for name in (*files, MANIFEST)),
        seconds=time.perf_counter() - started,
        cycle_model=modelled_run,
        classes=graph.classes,
        warnings=graph.origin.warnings,
    )
    if folder is not None:
        progress(f"writing {folder}")
        write_folder(folder, {**files, MANIFEST: json.dumps(record.to_json(), indent=2) + "\n"})
    return record


def check_folder(folder: Path) -> Path:
    """The folder, if it is missing, empty, or written by `build` before; else OutputError."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError(f"{folder} is not a folder: choose another output folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise OutputError(f"{folder} has files that lapel did not write (no {MANIFEST}): choose an empty folder")
    return folder


def write_folder(folder: Path, files: dict[str, str]) -> None:
    """Write all files into a new folder beside it, then put that in its place."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as e:
        raise OutputError(f"{folder} cannot be made: {e.strerror}: choose another output folder") from None
    try:
        for name, text in files.items():
            (fresh / name).write_text(text)
        fresh.chmod(0o755)
        old = None
        if folder.is_dir():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
            os.replace(folder, old)
        os.replace(fresh, folder)
        if old is not None:
            shutil.rmtree(old)
    except OSError as e:
        shutil.rmtree(fresh, ignore_errors=True)
        raise OutputError(f"{folder} cannot be written: {e.strerror}: choose another output folder") from None
