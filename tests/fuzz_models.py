"""Structured mutations of .tflite files through read, plan, generate and, for some, compile and run.

    python tests/fuzz_models.py --count 100000 --seed 0 --jobs 1

Each ends in firmware or in a LapelError of short lines, within SECONDS of CPU time and MEGABYTES of address space more
than the worker had; whatever else happens is a finding, which is printed and saved with its seed and its file.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, get_args

import numpy as np

import lapel
from isolated import FORK
from lapel import codegen
from lapel.errors import CompileError, InvalidGraph, LapelError, Mismatch, SimulationError
from lapel.frontends.tflite import read_tflite
from lapel.ir import Graph
from lapel.measuring import plan_for, plans
from lapel.ops import evaluate
from lapel.proving.firmware import compiled
from lapel.proving.samples import draw
from lapel.targets import load_target
from lapel.wish import Goal, Wish
from mutations import mutate
from objectnet import draw_model, pack

SECONDS, MEGABYTES = 10, 256
SMALL, LARGE_BYTES = 60, 60_000
"""Random networks to start from; and the largest other file that is taken."""
TARGETS = ("cortex-m4", "cortex-m55", "cortex-m0", "atmega328p", "rv32imac", "host")
GOALS = get_args(Goal)
RENEWED = 2000
"""Mutations of one worker process."""
LINE, LINES = 1200, 400
"""Characters and lines of a message."""
MOST_MACS = 20_000_000
"""Of a model that the reference is run on."""
DEFECTS = (InvalidGraph, Mismatch, CompileError, SimulationError)


class OverTime(BaseException):
    """The CPU time of one mutation is up."""


@dataclass
class Report:
    """What became of the mutations: counts by outcome, and findings as (seed, kind, text)."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[int, str, str]] = field(default_factory=list)


def load_bases(folder: Path | None) -> list[bytes]:
    """Pickled object forms: random networks, and the small files of a folder."""
    models = [draw_model(seed) for seed in range(SMALL)]
    small = [m for m in models if len(m.subgraphs[0].operators) <= 9] or models
    if folder is not None:
        from ai_edge_litert import schema_py_generated as schema

        for path in sorted(folder.rglob("*.tflite")):
            if path.stat().st_size <= LARGE_BYTES:
                small.append(schema.ModelT.InitFromPackedBuf(path.read_bytes()))
    return [pickle.dumps(m) for m in small]


def make_file(bases: Sequence[bytes], seed: int) -> bytes:
    """The mutated file of a seed."""
    rng = np.random.default_rng([seed, 21])
    while True:
        model = pickle.loads(bases[int(rng.integers(len(bases)))])
        try:
            with np.errstate(all="ignore"):  # the mutator's own arithmetic
                mutate(rng, model)
                return pack(model)
        except Exception:  # a number that its field cannot hold: the schema's writer has many ways to say so
            continue


def whole_way(data: bytes, seed: int, compiled: bool) -> str:
    """Read, plan, generate, evaluate; the outcome in a word. Raises whatever goes wrong."""
    rng = np.random.default_rng([seed, 22])
    graph = read_tflite(data, f"mutation_{seed}")
    target = load_target(TARGETS[int(rng.integers(len(TARGETS)))])
    plan = plan_for(graph, target, Wish(GOALS[int(rng.integers(len(GOALS)))]))
    codegen.generate(plan)
    str(plan)
    if plan.macs <= MOST_MACS and _elements(graph) <= MOST_MACS // 10:
        evaluate(graph, {name: x[0] for name, x in draw(graph, 1, seed).items()})
        if compiled:
            compile_and_run(graph)
            return "ran"
    return "generated"


def _elements(graph: Graph) -> int:
    return sum(t.type.size for t in graph.tensors.values())


def compile_and_run(graph: Graph) -> None:
    """On the host against the reference; for the Cortex-M4 only compiled and linked."""
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.setitimer(signal.ITIMER_PROF, 0)
    if not lapel.run(graph, "host").bit_exact:
        raise Mismatch("the host's firmware differs from the reference")
    with compiled(plan_for(graph, load_target("cortex-m4")), graph, "count"):
        pass


def check_message(error: LapelError) -> None:
    """Lines of bounded length that say neither Python's nor numpy's names for what went wrong."""
    text = error.message
    lines = text.split("\n")
    if max(map(len, lines)) > LINE or len(lines) > LINES:
        raise AssertionError(f"a message of {len(lines)} lines and {len(text)} characters: {text[:300]}")
    if any(not c.isprintable() for line in lines for c in line) or "MemoryError" in text:
        raise AssertionError(f"a message that is not for a user: {text[:300]!r}")


def judge(data: bytes, seed: int, compiled: bool) -> tuple[str, str]:
    """(outcome, "") or ("finding", what): one mutation within its bounds."""
    try:
        try:
            return whole_way(data, seed, compiled), ""
        except DEFECTS:
            raise
        except LapelError as e:
            check_message(e)
            return type(e).__name__, ""
    except OverTime:
        return "finding", f"more than {SECONDS} s of CPU time"
    except MemoryError:
        return "finding", f"more than {MEGABYTES} MB: {_where()}"
    except Exception as e:
        return "finding", f"{type(e).__name__}: {str(e)[:400]}: {_where()}"


def _where() -> str:
    """The innermost frames of the exception that is handled."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    return " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[:-9:-1])


def _over_time(*_: object) -> None:
    raise OverTime


def _address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _work(sender: Connection, bases: Sequence[bytes], seeds: Sequence[int], every: int) -> None:
    signal.signal(signal.SIGPROF, _over_time)
    warnings.simplefilter("error")
    plans.measured_costs = lambda *unused: "not measured here"
    read_tflite(pack(pickle.loads(bases[0])))  # what is imported and cached once is nobody's
    for seed in seeds:
        sender.send((seed, None, None))
        data = make_file(bases, seed)
        limit = _address_space_bytes() + (MEGABYTES << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            outcome = judge(data, seed, every > 0 and seed % every == 0)
        except OverTime:  # in the moment after the last line of `judge`
            outcome = "finding", f"more than {SECONDS} s of CPU time"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        sender.send((seed, *outcome))
    sender.close()


class _Shard:
    """The seeds of one job, whose worker is renewed now and then, and after each death."""

    def __init__(self, bases: Sequence[bytes], seeds: Sequence[int], every: int) -> None:
        self.bases, self.every = bases, every
        self.left, self.current = list(seeds), -1
        self.worker: Any = None
        self.start()

    def start(self) -> None:
        self.receiver, sender = FORK.Pipe(duplex=False)
        part, self.current = self.left[:RENEWED], -1
        self.worker = FORK.Process(target=_work, args=(sender, self.bases, part, self.every))
        self.worker.start()
        sender.close()

    def step(self, report: Report) -> bool:
        """Take one message; False when all seeds are done."""
        try:
            seed, outcome, text = self.receiver.recv()
        except EOFError:
            self.worker.join()
            if self.current >= 0:
                died = f"the process ended with code {self.worker.exitcode}"
                report.findings.append((self.current, "crash", died))
                self.left.remove(self.current)
            if self.left:
                self.start()
            return bool(self.left)
        if outcome is None:
            self.current = seed
            return True
        self.current = -1
        self.left.remove(seed)
        report.counts[outcome] += 1
        if outcome == "finding":
            report.findings.append((seed, "finding", text))
        return True


def fuzz(
    seeds: Sequence[int], *, jobs: int = 1, every: int = 0, folder: Path | None = None, progress: int = 0
) -> Report:
    """All seeds; every: one in so many is compiled and run (0: none); folder: of more files to start from."""
    bases, report, started = load_bases(folder), Report(), time.monotonic()
    shards = [_Shard(bases, seeds[k::jobs], every) for k in range(min(jobs, len(seeds)))]
    done = said = 0
    while shards:
        ready = wait([s.receiver for s in shards])
        shards = [s for s in shards if s.receiver not in ready or s.step(report)]
        done = sum(report.counts.values())
        if progress and done >= said + progress:
            said = done
            print(f"{done} in {time.monotonic() - started:.0f} s: {dict(report.counts)}", flush=True)
            for finding in report.findings:
                print(*finding, flush=True)
    return report


def save(report: Report, to: Path, folder: Path | None) -> None:
    """The files of all findings, and what they were."""
    to.mkdir(parents=True, exist_ok=True)
    bases = load_bases(folder)
    for seed, _, _ in report.findings:
        (to / f"{seed}.tflite").write_bytes(make_file(bases, seed))
    (to / "findings.json").write_text(json.dumps(report.findings, indent=1))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="mutations")
    parser.add_argument("--seed", type=int, default=0, help="of the first mutation; the others follow")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes")
    parser.add_argument(
        "--every", type=int, default=100, help="one in so many is compiled and run, if it is a model; 0: none"
    )
    parser.add_argument("--models", type=Path, help="a folder of more files to start from")
    parser.add_argument("--save", type=Path, default=Path(tempfile.gettempdir()) / "lapel-fuzz", help="for findings")
    chosen = parser.parse_args(arguments)
    seeds = range(chosen.seed, chosen.seed + chosen.count)
    report = fuzz(seeds, jobs=chosen.jobs, every=chosen.every, folder=chosen.models, progress=1000)
    save(report, chosen.save, chosen.models)
    print(f"{sum(report.counts.values())} mutations: {dict(report.counts)}")
    for finding in report.findings:
        print(*finding)
    return 1 if report.findings else 0


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
