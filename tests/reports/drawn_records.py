"""Records as commands would write them, of which there are pictures."""

from __future__ import annotations

from dataclasses import replace

from lapel.audio import frontend
from lapel.records import (
    Cascade,
    CascadeBuild,
    CascadePoint,
    CascadeTuning,
    Comparison,
    CompressionRecord,
    Contender,
    Detector,
    Diff,
    DiffLayer,
    Judged,
    Memory,
    OnChip,
    Quantized,
    QuantizedLayer,
    Rate,
    Rung,
    RungFirmware,
    Score,
    Tried,
    Variant,
    WakeWord,
    WakeWordOptions,
    WordFigures,
)
from lapel.records.beside import Beside, BesideLayer
from lapel.records.flash import FlashPart
from lapel.wish import ANY, Quantization

BOARD = "nucleo-l4r5zi"
MICRO = frontend.make("micro")


def rung(step: str, weights: int, accuracy: float, **given: object) -> Rung:
    parts = (FlashPart("a", "weights", weights), FlashPart("", "code", 900), FlashPart("", "decoder", 100))
    memory = Memory(64, 64, 64, 0, 100, 1000, weights)
    judged = Judged(50, Score(accuracy=accuracy))
    firmware = RungFirmware(judged, memory, 5000, None, None, None, parts)
    return Rung(step, step, {}, "k", "m", None, "s", "integer", ANY, None, judged, firmware, **given)  # type: ignore[arg-type]


def ladder() -> CompressionRecord:
    """Three steps, of which one saves nothing, and another form."""
    rungs = (
        rung("train", 9000, 0.98),
        rung("prune<", 9000, 0.97, no_gain="saves nothing"),
        rung("code", 2000, 0.96),
    )
    return CompressionRecord("0", "net", BOARD, "cortex-m4", 0, 9, 9, 50, 36000, rungs,
                               variants=(Variant("without prune", rungs[:1]),))  # fmt: skip


def quantized() -> Quantized:
    """A layer without noise, one that saturates, one in floats."""
    layers = (
        QuantizedLayer("first", "conv", "int8", -1.0, 1.0, -1.0, 0.99, 0.0, float("inf")),
        QuantizedLayer("second", "dense", "int8", -4.0, 9.0, -2.0, 1.98, 0.25, 7.25, alone_sqnr_db=9.0),
        QuantizedLayer("third", "softmax", "float32", 0.0, 0.0, None, None, 0.0, 30.0),
    )
    return Quantized(
        "net", Quantization(), 10, 4, 7.0, layers, 400, 100, None, Score(accuracy=0.75), Score(accuracy=1.0)
    )


def diff() -> Diff:
    """A layer that differs by itself, and one behind it."""
    noisy = BesideLayer("a<", "conv", "A", 40.0, 41.0, 0.0), BesideLayer("b", "dense", "B", 5.0, 6.0, 0.02)
    beside = Beside("net", 4, noisy, (), "b", ())
    layers = (DiffLayer("a<", "conv", 100, {"host": 0, "cortex-m4": 7}, {"cortex-m4": True}),
              DiffLayer("b", "dense", 10, {"host": 0, "cortex-m4": 10}, {"cortex-m4": False}))  # fmt: skip
    return Diff("net", BOARD, 4, 2, ("host", "cortex-m4"), (), layers=layers, beside=beside, causes=("a wrong shift",))


def contender(name: str, flash: int, shares: tuple[float, ...], **given: object) -> Contender:
    chip = OnChip(9, Score(accuracy=0.5), Memory(10, 10, 10, 0, 50, flash - 100, 100), 1, 1.0, 1600, 1600.0, "counted",
                  100.0, None, ())  # fmt: skip
    return Contender(name, name, "", "k", "m", (Tried({}, shares),), 0, chip, **given)  # type: ignore[arg-type]


def comparison() -> Comparison:
    """Three that ran, and one that did not fit."""
    contenders = (
        contender("large", 9000, (0.97, 0.99), on_front=True), contender("small", 1000, (0.95, 0.97), on_front=True),
        contender("worse", 5000, (0.5, 0.6)),
        replace(contender("none", 5000, (0.9, 0.9)), chip=None, unmeasured="too large"),
    )  # fmt: skip
    return Comparison("0", "x.npz", None, None, "classification", (0, 1), (4,), BOARD, "cortex-m4", 120_000_000,
                        2**21, 2**19, ANY, 0, 2, 20, 9, 9, contenders, (), None, Score(accuracy=0.5), "small",
                        "the rule", "small is enough", True)  # fmt: skip


def wakeword() -> WakeWord:
    """Two words, one of which nobody is mistaken for."""
    curve = ((300.0, 0.01, 0.04, 4.0), (400.0, 0.02, 0.08, 0.5), (500.0, 0.2, 0.5, 0.0))
    figures = tuple(
        WordFigures(word, 10.0, Rate(2, 100, 0.02, 0.001, 0.07), Rate(8, 100, 0.08, 0.03, 0.15),
                    Rate(3, 6.0, 0.5, 0.1, 1.46), curve=curve)
        for word in ("yes", "no<")
    )  # fmt: skip
    detector = Detector(("yes", "no<"), (0, 1), 2, (400, 400), 25, 0)
    return WakeWord("1", "words", "w.tflite", "0" * 64, MICRO, detector, 40, 2, WakeWordOptions(), test=figures)


def cascade() -> CascadeBuild:
    """Two settings that are the best at something."""
    point = CascadePoint(Cascade(), 0, (200,), (), 0.1, 0.5, 0.08, 3.0, 2e5, 85.0, 5)
    points = (point, replace(point, missed=0.02, power_uw=1100.0, false_accepts=0.0))
    tuning = CascadeTuning("some audio", 7200.0, 4, replace(point, power_uw=2000.0, missed=0.01), points, 12, 1, "rule")
    return CascadeBuild(
        "1", "ears", "nucleo-u385rg-q", "cortex-m33", 16000, 640, "words.tflite", "0" * 64, None, Cascade(),
        Detector(("yes",), (0,), 1, (200,), 25, 0), None, 9, 2000, 91000, 540000, (),
        Memory(6024, 6000, 6000, 7700, 400, 11000, 17000, 2248), 7680, tuning, ("a.c",), (),
    )  # fmt: skip
