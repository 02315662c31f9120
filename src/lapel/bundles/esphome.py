"""ESPHome's micro_wake_word: a manifest of version 2 beside a streaming .tflite file.

What ESPHome takes stands in its sources (github.com/esphome/esphome, esphome/components/micro_wake_word): the manifest in
`__init__.py`, the operators, shapes and the detector in `streaming_model.cpp`.

| | |
|---|---|
| input | int8 [1, steps, 40]: features of its micro front end, 40 bands of a window of 30 ms, one frame each `feature_step_ms` |
| output | uint8 [1, 1], q / 256 |
| detection | the sum of the last `sliding_window_size` scores is above `int(probability_cutoff * 255) * sliding_window_size` |
"""  # noqa: E501

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lapel.audio import frontend
from lapel.bundles._arena import measure_arena
from lapel.bundles._bundle import Bundle, Made
from lapel.errors import UnsupportedModel, UsageError, shown
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph, Node, Quant, Tensor, Type
from lapel.records import Detector, WakeWord
from lapel.rewrites.edit import with_ends

FRONT = "micro"
FEATURES = 40
STATES = 20
"""Resource variables that ESPHome has room for."""
OPERATORS = frozenset(
    """CALL_ONCE VAR_HANDLE RESHAPE READ_VARIABLE STRIDED_SLICE CONCATENATION ASSIGN_VARIABLE CONV_2D MUL ADD MEAN
    FULLY_CONNECTED LOGISTIC QUANTIZE DEPTHWISE_CONV_2D AVERAGE_POOL_2D MAX_POOL_2D PAD PACK SPLIT_V""".split()
)
"""What `register_streaming_ops_` registers."""
DETECTS_VOICE = "vad"
"""A manifest with this word is not a wake word's there (`to_code` in `__init__.py`)."""
SINCE = "2024.7.0"
"""The first ESPHome that reads version 2."""
SCORE = 255
"""What a probability of 1 is there."""
PROBABILITY = {"int8": Quant((1 / 256,), (-128,)), "uint8": Quant((1 / 256,), (0,))}


@dataclass(frozen=True)
class MicroWakeWord:
    """What the manifest says beside the model.

    | field | meaning |
    |---|---|
    | wake_word | the word, as users read it |
    | author, website | of the model |
    | languages | that it was trained on, such as "en" |
    | probability_cutoff | mean score from which on it is a detection, 0..1 |
    | sliding_window_size | scores that the mean is of |
    | feature_step_ms | from one frame of features to the next |
    | output | which of the model's scores is this word's |
    """

    wake_word: str
    author: str
    languages: Sequence[str]
    probability_cutoff: float
    sliding_window_size: int
    website: str = ""
    feature_step_ms: int = 10
    output: int = 0


def cutoff(detector: Detector, word: int = 0) -> float:
    """The probability_cutoff with which ESPHome detects by the same sum, or the next larger one that it can say.

    ESPHome's least sum is cutoff * smoothing + 1, in whole counts of the cutoff. Raises UsageError: it cannot say one.
    """
    counts = -(-(detector.threshold_sums[word] - 1) // detector.smoothing)
    if not 0 <= counts < SCORE:
        found = f"a sum of {detector.threshold_sums[word]} over {detector.smoothing} scores"
        raise UsageError(f"{shown(detector.words[word])}: {found} is beyond what ESPHome can ask for, {SCORE - 1} each")
    return round((counts + 0.5) / SCORE, 4)


def said(record: WakeWord, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a trained wake word says itself: the word, its cutoff and window by the detector, the step of features.

    Raises UsageError: it was trained with another front end than ESPHome's, or has no such output.
    """
    front, detector = record.front, record.detector
    wanted = frontend.make(front.mode, hop_ms=front.hop_ms) if front.mode == FRONT else None
    if front != wanted or front.hop_ms != int(front.hop_ms):
        bands = f"{front.bands} bands from {front.low_hz:g} to {front.high_hz:g} Hz"
        raise UsageError(
            f"{record.name} was trained with the front end {front.mode}, {bands}, {front.window_ms:g} ms each "
            f"{front.hop_ms:g} ms, expected ESPHome's, {FRONT} as it is but for a step of whole ms: train it with that"
        )
    step = int(front.hop_ms)
    if given.get("feature_step_ms", step) != step:
        found = f"feature_step_ms is {given['feature_step_ms']}"
        raise UsageError(f"esphome: {found}, {record.name} was trained with {step}: leave it out")
    output = given.get("output", 0)
    if output not in detector.outputs:
        raise UsageError(f"{record.name}: has {len(detector.words)} words, expected one for output {output}")
    word = detector.outputs.index(output)
    return {
        "wake_word": detector.words[word].replace("_", " "),
        "probability_cutoff": cutoff(detector, word),
        "sliding_window_size": detector.smoothing,
        "feature_step_ms": step,
    }


def make(graph: Graph, asked: MicroWakeWord) -> Made:
    """Manifest and model, with its arena measured."""
    _check(asked)
    problems = [*_input_problems(graph), *_output_problems(graph, asked.output)]
    if len(graph.carries) > STATES:
        problems.append(f"keeps {len(graph.carries)} states, ESPHome has room for {STATES}")
    if problems:
        raise UnsupportedModel(f"{graph.name}: is no model for ESPHome's micro_wake_word", problems)
    model = write_tflite(_with_score(graph, asked.output), operators=OPERATORS)
    arena_bytes = measure_arena(model, 1)
    name = _file_name(graph.name)
    manifest = {
        "type": "micro",
        "wake_word": asked.wake_word,
        "author": asked.author,
        **({"website": asked.website} if asked.website else {}),
        "model": f"{name}.tflite",
        "trained_languages": list(asked.languages),
        "version": 2,
        "micro": {
            "probability_cutoff": asked.probability_cutoff,
            "feature_step_size": asked.feature_step_ms,
            "sliding_window_size": asked.sliding_window_size,
            "tensor_arena_size": arena_bytes,
            "minimum_esphome_version": SINCE,
        },
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return Made({f"{name}.json": text.encode(), f"{name}.tflite": model}, arena_bytes, tuple(_notices(graph)))


def _check(asked: MicroWakeWord) -> None:
    wrong = [n for n in ("wake_word", "author") if not getattr(asked, n).strip()]
    if wrong or not asked.languages:
        raise UsageError(f"esphome: {(*wrong, 'languages')[0]} is empty, expected text")
    if asked.wake_word == DETECTS_VOICE:
        raise UsageError(
            f"esphome: wake_word is {DETECTS_VOICE!r}, as ESPHome calls its model of voice activity: name it apart"
        )
    if not 0 < asked.probability_cutoff < 1:
        raise UsageError(
            f"esphome: probability_cutoff is {asked.probability_cutoff:g}, expected a number between 0 and 1"
        )
    if not 1 <= asked.sliding_window_size <= SCORE:
        raise UsageError(f"esphome: sliding_window_size is {asked.sliding_window_size}, expected 1 to {SCORE}")
    if not 1 <= asked.feature_step_ms <= 30:
        raise UsageError(
            f"esphome: feature_step_ms is {asked.feature_step_ms}, expected 1 to 30, the length of a window"
        )
    if asked.website and not asked.website.startswith(("http://", "https://")):
        raise UsageError(f"esphome: website is {shown(asked.website)!r}, expected https://...")


def _input_problems(graph: Graph) -> Iterable[str]:
    if len(graph.arguments) != 1:
        yield f"has {len(graph.arguments)} inputs, expected one: int8 [1, steps, {FEATURES}]"
        return
    given = graph.tensors[graph.arguments[0]].type
    if given.dtype != "int8" or len(given.shape) != 3 or given.shape[0] != 1 or given.shape[2] != FEATURES:
        yield f"its input is {given}, expected int8 [1, steps, {FEATURES}]"


def _output_problems(graph: Graph, output: int) -> Iterable[str]:
    if len(graph.results) != 1:
        yield f"has {len(graph.results)} outputs, expected one: scores [1, words]"
        return
    made = graph.tensors[graph.results[0]].type
    if made.quant != PROBABILITY.get(made.dtype) or len(made.shape) != 2 or made.shape[0] != 1:
        yield f"its output is {made}, expected probabilities [1, words]: int8 (q + 128) / 256 or uint8 q / 256"
    elif output >= made.shape[1]:
        yield f"has {made.shape[1]} scores, expected one for output {output}"


def _with_score(graph: Graph, output: int) -> Graph:
    """The graph with one score in uint8 as its result.

    y[1, words] --> quantize(slice(y)); what is as wanted is left as it is
    """
    last = graph.tensors[graph.results[0]]
    nodes, tensors, dtype = list(graph.nodes), dict(graph.tensors), last.type.dtype
    if last.type.shape[1] > 1:
        attrs = {"begin": (0, output), "step": (1, 1), "count": (1, 1), "shape": (1, 1)}
        last = _append(nodes, tensors, last, "slice", attrs, Type((1, 1), dtype, last.type.quant))
    if dtype != "uint8":
        made = Type((1, 1), "uint8", PROBABILITY["uint8"])
        last = _append(nodes, tensors, last, "quantize", {"dtype": "uint8"}, made)
    return with_ends(replace(graph, nodes=tuple(nodes), tensors=tensors), [last.name], graph.carries)


def _append(
    nodes: list[Node], tensors: dict[str, Tensor], x: Tensor, op: str, attrs: Mapping[str, object], made: Type
) -> Tensor:
    y = Tensor(f"{x.name}/{op}", made)
    while y.name in tensors:
        y = replace(y, name=y.name + "+")
    tensors[y.name] = y
    nodes.append(Node(op, f"{op}_{len(nodes)}", (x.name,), (y.name,), attrs))
    return y


def _file_name(name: str) -> str:
    """Of the two files: letters, digits and underscores, since ESPHome joins it to addresses."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)
    return plain or "model"


def _notices(graph: Graph) -> Iterable[str]:
    yield (
        "tensor_arena_size was measured on this computer, whose pointers have 8 bytes: more than an ESP32 needs for "
        "the model; scratch memory that kernels of ESP-NN ask for is not in it"
    )
    if not graph.carries:
        yield "the model keeps no state: it sees only the frames of one call, which is no streaming model"


BUNDLE = Bundle("ESPHome, micro_wake_word", MicroWakeWord, make, said)
