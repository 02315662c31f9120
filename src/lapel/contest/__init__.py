"""The contest: models of many kinds, trained on the same data, and each run as firmware on one target.

found = lapel.compare("iris.csv", "arduino-uno", label="species")
found.answer, [(c.name, c.best.mean, c.chip.memory.flash_bytes) for c in found.ran]
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from lapel.contest.candidate import chosen, list_candidates, require_sklearn
from lapel.contest.chip import Bench
from lapel.contest.folder import Folder
from lapel.contest.parts import Asked, Data, parts
from lapel.records import Comparison
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish

__all__ = ["compare", "list_candidates"]


def compare(
    data: Data,
    target: str | Target,
    out: Path | str | None = None,
    *,
    label: str | None = None,
    group: str | None = None,
    task: str | None = None,
    candidates: Iterable[str] | None = None,
    test: float = 0.3,
    folds: int = 5,
    seed: int = 0,
    samples: int | None = None,
    wish: Wish = ANY,
    fresh: bool = False,
    timeout_s: float = 600.0,
    progress: Callable[[str], None] = lambda stage: None,
) -> Comparison:
    """Train models of many kinds, and run the firmware of each over the held-out samples on the emulated core.

    data: a table (.csv; label and group: names of columns, the last one is the label by default), arrays (.npz; names
    of arrays, "y" by default), a folder (`lapel.data.readers`), a `Dataset`, `Splits`, or (samples, labels). task:
    "classification" or "regression", by default what labels look like: fractions are a regression. test: share that is
    held out, by class, or groups as wholes; none of data that is split already. folds: of the rest, by which settings
    are chosen, and which accuracies are of that the answer rests on. Held-out samples decide nothing. seed: of split,
    folds and trainings. candidates: names of `lapel.contest.list_candidates()`; all by default. samples: held-out ones
    that run on the emulated core, spread over all; None: every one. out: a folder that gets the firmware of each, a
    folder each, `comparison.json` and, with matplotlib, `comparison.svg`; what is finished there already is taken as
    it is. fresh: begin anew. wish: see `lapel.Wish`. timeout_s: host seconds for each run of a compiler or emulator.

    What does not fit the target is no error: its contender says so. Raises, before anything is trained, InputError and
    UsageError: words, gaps, one class, too few samples or groups; later CompileError, SimulationError, and Mismatch
    should a firmware ever differ from its reference.
    """
    from lapel.contest.session import Session, check_samples

    started = time.perf_counter()
    require_sklearn()
    check_samples(samples)
    goal = load_target(target) if isinstance(target, str) else target
    taking_part = chosen(candidates)
    asked = Asked(label, group, task, test, folds, seed)
    progress("reading the data")
    found = parts(data, asked)
    name = str(data) if isinstance(data, str | Path) else found.train.where
    bench = Bench(goal, wish, timeout_s, progress)
    folder = Folder(None if out is None else Path(out), fresh)
    session = Session(name, asked, found, taking_part, bench, folder, samples)
    return replace(session.run(), seconds=time.perf_counter() - started)
