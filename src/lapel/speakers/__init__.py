"""Who speaks: recordings or synthesized voices -> a network that makes a vector of an utterance, and trials of it.

request = speakers.read_request(Path("speakers.toml"))
made = speakers.train_speakers(request)
made.record.test

PyTorch and scikit-learn are imported when they are needed: `pip install "lapel[train,audio]"`; voices are espeak-ng's.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.records import SpeakerFigures, Verifier
from lapel.speakers.options import VOICES, Request, Source, make_options, read_request
from lapel.training import Progress, Trained, require_torch
from lapel.version import VERSION
from lapel.wakewords.training import digest_of

__all__ = ["Made", "Request", "Source", "make_options", "read_request", "train_speakers"]

WINDOWED = ("words", "others", "frames", "voices", "spoken", "copies", "clip_copies", "seed")
"""Options that the training's windows depend on, beside the front end."""
LOUD_ERROR = 0.1
"""Rate of equal errors above which the record warns."""
FEW_SPEAKERS = 20


@dataclass(frozen=True, eq=False)
class Made:
    """graph: int8 [1, frames, features] -> embedding int8 [1, D]; floats: the same before it was quantized; windows:
    uint8 [N, frames, features] that were learned, labels: whose; trained: each training that it took."""

    graph: Graph
    floats: Graph
    record: Verifier
    windows: np.ndarray
    labels: np.ndarray
    trained: tuple[Trained, ...]

    @property
    def model(self) -> bytes:
        """The .tflite file that the record names."""
        return write_tflite(self.graph)


def train_speakers(
    request: Request, folder: Path | None = None, progress: Callable[[Progress | str], None] | None = None
) -> Made:
    """Train, choose a threshold on validation voices, and judge both on the test's.

    folder: where steps are kept, from which an interrupted training goes on. Raises InputError, UsageError, MissingTool
    and what `lapel.train` raises.
    """
    require_torch()
    from lapel.speakers.judging import check_trials, judge_all, methods
    from lapel.speakers.material import gather
    from lapel.speakers.training import Workshop, kept, make_windows, train_network
    from lapel.wakewords.features import Features

    started = time.monotonic()
    say = progress or (lambda at: None)
    front, options = request.make_front(), request.options
    material = gather(request, say)
    check_trials(material, options)
    same = {name: getattr(options, name) for name in WINDOWED}
    digests = [digest_of(what, front, VERSION, material.files) for what in (replace(options, workers=1), same)]
    shop = Workshop(material, Features(front), options, folder, say, *digests)
    windows = kept(shop, "windows", lambda: make_windows(shop))
    floats, graph, trained = train_network(shop, windows)
    graph = replace(graph, name=request.name)
    judged = judge_all(shop, graph, methods(shop, graph, floats, windows))
    content = write_tflite(graph)
    record = Verifier(
        lapel=VERSION,
        name=request.name,
        checks="speaker",
        model=f"{request.name}.tflite",
        model_sha256=hashlib.sha256(content).hexdigest(),
        front=front,
        frames=options.frames,
        thresholds=(judged.threshold,),
        embedding=graph.tensors[graph.outputs[0]].type.size,
        utterances=options.utterances,
        agreement=judged.agreement,
        options=options,
        validation=judged.validation,
        test=judged.test,
        seconds=time.monotonic() - started,
        warnings=(*material.notices, *_warnings(judged.test)),
    )
    return Made(graph, floats, record, windows.x, windows.y, tuple(trained))


def _warnings(test: Sequence[SpeakerFigures]) -> list[str]:
    """What a user has to know about the figures."""
    found = []
    judged = [f for f in test if f.refused is not None]
    if all(f.material.startswith(VOICES) for f in judged):
        found.append("judged by synthesized voices alone: people differ, give recordings of them as [test.NAME]")
    for f in judged:
        bounds = f"{100 * f.equal_error.low:.0f} and {100 * f.equal_error.high:.0f} %"
        if f.speakers < FEW_SPEAKERS:
            found.append(f"{f.material}: {f.speakers} speakers, whose rate of equal errors is between {bounds} at best")
        if f.equal_error.value > LOUD_ERROR:
            error = f"{100 * f.equal_error.value:.0f} %"
            found.append(f"{f.material}: {error} equal errors: give recordings of more speakers to learn from")
    return found
