"""Wake words: recordings or synthesized speech -> a network, its front end and its detector, judged on hours of sound.

request = wakewords.make_request(["computer"], [Path("computer")], [Path("others")], None, {})
made = wakewords.train_wakewords(request)
made.record.test

PyTorch is imported when it is needed: `pip install "lapel[train,audio]"`; speech is synthesized by espeak-ng.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lapel.audio import frontend
from lapel.errors import UsageError
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.proving.streaming import streaming
from lapel.records import Detector, Streaming, WakeWord, WordFigures
from lapel.records.frontend import FrontEnd
from lapel.training import Progress, Trained, require_torch
from lapel.version import VERSION
from lapel.wakewords.options import Request, Source, make_options, make_request, read_request

__all__ = [
    "Made",
    "Request",
    "Source",
    "make_options",
    "make_request",
    "read_request",
    "train_wakewords",
]

REFRACTORY_S = 1.0
"""After a detection; a word is not said twice in it."""
LOUD_MISSES = 0.1
"""Share of missed clips above which the record warns."""
FEW_CLIPS = 60


@dataclass(frozen=True, eq=False)
class Made:
    """graph: int8 [1, frames, features] -> probabilities [1, words]; stream: the same, frame by frame; trained: each
    training that it took."""

    graph: Graph
    stream: Streaming
    record: WakeWord
    trained: tuple[Trained, ...]

    @property
    def model(self) -> bytes:
        """The .tflite file that the record names."""
        return write_tflite(self.graph)


def front_of(request: Request) -> FrontEnd:
    """The front end of a request. Raises UsageError: there is none such, or its features are no bytes from 0 on."""
    options = request.options
    front = frontend.make(options.front, **{"hop_ms": options.hop_ms, **options.front_fields})
    if front.zero != -128:
        raise UsageError(
            f"front end {front.mode}: its zero is {front.zero}, wake words need features that begin at -128"
        )
    return front


def train_wakewords(
    request: Request, folder: Path | None = None, progress: Callable[[Progress | str], None] | None = None
) -> Made:
    """Train, choose a detector on validation audio, and judge both on the test's.

    folder: where steps are kept, from which an interrupted training goes on. Raises InputError, UsageError, MissingTool
    and what `lapel.train` raises.
    """
    require_torch()
    from lapel.wakewords.evaluation import Heard, choose, figures
    from lapel.wakewords.features import Features
    from lapel.wakewords.judging import Scorer, listen
    from lapel.wakewords.material import gather
    from lapel.wakewords.network import stepwise
    from lapel.wakewords.training import Workshop, digest_of, learned, train_network

    started = time.monotonic()
    say = progress or (lambda at: None)
    options, words = request.options, tuple(request.words)
    front = front_of(request)
    features = Features(front)
    material = gather(request, say)
    digest = digest_of(learned(options), words, front, VERSION, material.files)
    shop = Workshop(material, features, options, words, folder, say, digest)
    graph, trained = train_network(shop)
    shipped = stepwise(graph, shop.shape.field, request.name)
    stream = streaming(shipped)
    rest = _rest(words, front, stream)
    scorer = Scorer(front, stream.graph)

    def heard(number: int, side: str, hours: float) -> Heard:
        return listen(material.sides[side], number, scorer, rest, hours, options.snr_db, options.workers, say)

    val = heard(0, "val", options.hours_val)
    synthesized = [word for word, source in request.words.items() if source is None or source.judged]
    detector = choose(words, val, rest, options.false_accepts_per_h, synthesized)
    chosen = figures(detector, val)
    say(f"validation: {'; '.join(map(_brief, chosen))}")
    found = chosen, figures(detector, heard(1, "test", options.hours_test))
    name = f"{request.name}.tflite"
    record = WakeWord(
        lapel=VERSION,
        name=request.name,
        model=name,
        model_sha256=_sha256(write_tflite(shipped)),
        front=front,
        detector=detector,
        frames=stream.window_frames,
        steps_frames=stream.step_frames,
        options=options,
        validation=found[0],
        test=found[1],
        seconds=time.monotonic() - started,
        warnings=(*material.notices, *_warnings(request, found[1])),
    )
    return Made(shipped, stream, record, tuple(trained))


def _rest(words: tuple[str, ...], front: FrontEnd, stream: Streaming) -> Detector:
    """A detector whose smoothing and thresholds are still to be chosen.

    It is deaf until no score is of frames from before the stream's beginning, the front end's window among them.
    """
    before = -(-(front.window_samples - front.hop_samples) // (front.hop_samples * stream.step_frames))
    steps = round(REFRACTORY_S * 1000 / front.hop_ms / stream.step_frames)
    outputs = tuple(range(len(words)))
    return Detector(words, outputs, 1, (1,) * len(words), steps, stream.warmup_steps + before)


def _brief(f: WordFigures) -> str:
    return (
        f"{f.word}: {100 * f.missed.value:.1f} % missed, {100 * f.missed_noisy.value:.1f} % under noise, "
        f"{f.false_accepts.value:.2f} false accepts an hour"
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _warnings(request: Request, test: tuple[WordFigures, ...]) -> list[str]:
    """What a user has to know about the figures."""
    found = []
    for f in test:
        source = request.words[f.word]
        if source is None:
            found.append(
                f"{f.word}: trained and judged by synthesized speech alone: people differ, try it on recordings"
            )
        elif f.missed.trials < FEW_CLIPS:
            found.append(
                f"{f.word}: judged by {f.missed.trials:g} clips, so that its misses are known to lie between "
                f"{100 * f.missed.low:.0f} and {100 * f.missed.high:.0f} % only"
            )
        if f.missed.value > LOUD_MISSES:
            found.append(f"{f.word}: {100 * f.missed.value:.0f} % of the test's clips are missed: give more recordings")
        if f.false_accepts.value > request.options.false_accepts_per_h:
            found.append(
                f"{f.word}: {f.false_accepts.value:.2f} false accepts an hour in the test's audio, wished were at most "
                f"{request.options.false_accepts_per_h:g}: give more negatives, or more hours_val to choose by"
            )
    return found
