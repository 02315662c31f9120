"""Manifests for ESPHome: the model that is written runs as it did, in the arena that is said and in no smaller one."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from tflite_micro.python.tflite_micro import runtime

import lapel
from lapel.audio import frontend
from lapel.bundles import _arena, esphome, read_network
from lapel.cli import main
from lapel.errors import MissingTool, SimulationError, UnsupportedModel, UsageError
from lapel.ir import Graph, Node, Quant, Tensor
from lapel.ops import evaluate_sequence
from lapel.records import Detector, Exported, WakeWord, WakeWordOptions
from oracle import run_tflite_micro_sequence
from statenets import SIGNED, UNIT, Net

FIELDS: dict[str, Any] = {
    "wake_word": "Okay Nabu", "author": "somebody", "languages": ("en", "de"), "probability_cutoff": 0.97,
    "sliding_window_size": 5,
}  # fmt: skip


def listener(words: int = 2) -> Graph:
    """A ring of the last 3 frames, and a score of each word in int8."""
    net = Net("two words", np.random.default_rng(3))
    x = net.tensor("x", (1, 2, 40), SIGNED)
    old = net.tensor("old", (1, 1, 40), SIGNED)
    seen = net.concat(old, x)
    kept = net.rows(seen, 2, 1)
    flat = net.node("reshape", [seen], (1, 120), SIGNED, shape=(1, 120))
    w = net.const("w", net.rng.integers(-9, 10, (words, 120)).astype(np.int8), Quant((0.01,), (0,)))
    b = net.const("b", np.zeros(words, np.int32), Quant((0.01 / 128,), (0,)))
    y = net.node("dense", [flat, w, b], (1, words), activation="none", keep_dims=False, rounding="double")
    scores = net.node("logistic", [y], (1, words), UNIT)
    return net.graph([x], [scores], {"old": kept})


def codes(model: bytes) -> set[str]:
    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    return {names[c.builtinCode] for c in schema.ModelT.InitFromObj(schema.Model.GetRootAs(model)).operatorCodes}


def runs(model: bytes, arena_bytes: int) -> bool:
    try:
        runtime.Interpreter.from_bytes(model, arena_size=arena_bytes).invoke()
    except RuntimeError:
        return False
    return True


def test_one_word_of_two_with_state(tmp_path: Path) -> None:
    graph = listener()
    done = lapel.export(graph, tmp_path / "out", "esphome", output=1, website="https://example.org/x", **FIELDS)
    assert Exported.from_json(json.loads(json.dumps(done.to_json()))) == done
    assert done.files == (str(tmp_path / "out/two_words.json"), str(tmp_path / "out/two_words.tflite"))
    model = Path(done.files[1]).read_bytes()
    assert json.loads(Path(done.files[0]).read_text()) == {
        "type": "micro", "wake_word": "Okay Nabu", "author": "somebody", "website": "https://example.org/x",
        "model": "two_words.tflite", "trained_languages": ["en", "de"], "version": 2,
        "micro": {
            "probability_cutoff": 0.97, "feature_step_size": 10, "sliding_window_size": 5,
            "tensor_arena_size": done.arena_bytes, "minimum_esphome_version": "2024.7.0",
        },
    }  # fmt: skip
    assert codes(model) <= esphome.OPERATORS and {"STRIDED_SLICE", "QUANTIZE", "ASSIGN_VARIABLE"} <= codes(model)
    assert done.arena_bytes is not None and done.arena_bytes % 16 == 0
    assert runs(model, done.arena_bytes) and not runs(model, done.arena_bytes - 16)
    rng = np.random.default_rng(0)
    steps = [[rng.integers(-128, 128, (1, 2, 40)).astype(np.int8)] for _ in range(20)]
    found = np.array([s[0] for s in run_tflite_micro_sequence(model, steps)])
    ours = [v[graph.results[0]][0, 1] for v in evaluate_sequence(graph, [{"x": s[0]} for s in steps])]
    assert found.dtype == np.uint8 and found.shape == (20, 1, 1)
    assert (found.reshape(-1) == np.array(ours, np.int16) + 128).all() and len(set(ours)) > 3


def trained(folder: Path, **fields: Any) -> Path:
    """A wakeword.json with its model, as `lapel train wakeword` writes them."""
    net = lapel.zoo.make("wakeconv", input=(19, 40), outputs=2, channels=8, kernels=(3, 5), last=3)
    front = frontend.make("micro", **{"hop_ms": 20.0, **fields.pop("front", {})})
    levels = np.random.default_rng(0).integers(-128, 128, (24, 1, 19, 40))
    levels[0], levels[1] = -128, 127
    y = net.outputs[0]
    whole = replace(net, nodes=(*net.nodes, Node("logistic", "s", (y,), ("p",), {})), outputs=("p",),
                    tensors={**net.tensors, "p": Tensor("p", net.tensors[y].type)})  # fmt: skip
    model = lapel.write_tflite(lapel.quantize(whole, (front.scale * (levels + 128)).astype(np.float32)).graph)
    (folder / "words.tflite").write_bytes(model)
    record = WakeWord(
        lapel="0", name="words", model="words.tflite", model_sha256=hashlib.sha256(model).hexdigest(), front=front,
        detector=Detector(("hey_lapel", "stop"), (0, 1), 5, (1236, 900), 10, 20), frames=19, steps_frames=2,
        options=WakeWordOptions(), **fields,
    )  # fmt: skip
    (folder / "wakeword.json").write_text(json.dumps(record.to_json()))
    return folder / "wakeword.json"


def test_a_trained_wake_word_says_all_but_who_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = trained(tmp_path)
    assert main(["export", str(path), "--to", "esphome", "--author", "me", "--language", "en", "--output", "1"]) == 0
    manifest = json.loads(Path("build/words-esphome/words.json").read_text())
    assert manifest["wake_word"] == "stop" and manifest["model"] == "words.tflite"
    said = manifest["micro"]
    assert (said["sliding_window_size"], said["feature_step_size"]) == (5, 20)
    assert 900 <= int(said["probability_cutoff"] * 255) * 5 + 1 < 905
    assert "as given" not in capsys.readouterr().out
    model = Path("build/words-esphome/words.tflite").read_bytes()
    graph = read_network(path).graph
    assert graph.carries and graph.tensors[graph.arguments[0]].type.shape == (1, 2, 40)
    rng = np.random.default_rng(0)
    steps = [[rng.integers(-128, 128, (1, 2, 40)).astype(np.int8)] for _ in range(30)]
    ours = [v[graph.results[0]][0, 1] for v in evaluate_sequence(graph, [{graph.arguments[0]: s[0]} for s in steps])]
    theirs = np.array([s[0] for s in run_tflite_micro_sequence(model, steps)]).reshape(-1)
    assert (theirs == np.array(ours, np.int16) + 128).all() and len(set(ours)) > 3


def test_what_is_given_beside_a_trained_wake_word(tmp_path: Path) -> None:
    path, who = trained(tmp_path), {"author": "me", "languages": ("en",)}
    done = lapel.export(path, tmp_path / "out", "esphome", wake_word="Hey Lapel!", probability_cutoff=0.5, **who)
    manifest = json.loads((tmp_path / "out/words.json").read_text())
    assert manifest["wake_word"] == "Hey Lapel!" and manifest["micro"]["probability_cutoff"] == 0.5
    judged = esphome.cutoff(Detector(("w",), (0,), 5, (1236,), 0, 0))
    assert done.notices[0] == (
        f"probability_cutoff is 0.5, as given; the wake word was judged with {judged}, its figures hold for that"
    )
    with pytest.raises(UsageError, match="feature_step_ms is 10, words was trained with 20: leave it out"):
        lapel.export(path, tmp_path / "out", "esphome", feature_step_ms=10, **who)
    with pytest.raises(UsageError, match="words: has 2 words, expected one for output 2"):
        lapel.export(path, tmp_path / "out", "esphome", output=2, **who)
    with pytest.raises(UsageError, match="esphome: found no author, languages: they have to be given"):
        lapel.export(path, tmp_path / "out", "esphome")
    trained(tmp_path, front={"low_hz": 100.0})
    with pytest.raises(UsageError, match="words was trained with the front end micro, 40 bands from 100 to 7500 Hz"):
        lapel.export(path, tmp_path / "out", "esphome", **who)


def test_a_public_model_written_again(shared: Path, tmp_path: Path) -> None:
    """ESPHome has neither SLICE nor SPLIT. The published manifest of this model says 22,860 bytes, for the chip."""
    path = shared / "models/public/okay_nabu.tflite"
    done = lapel.export(path, tmp_path, "esphome", **FIELDS)
    model = Path(done.files[1]).read_bytes()
    assert codes(model) <= esphome.OPERATORS and {"STRIDED_SLICE", "SPLIT_V"} <= codes(model)
    assert done.arena_bytes is not None and 22_860 <= done.arena_bytes <= 22_860 * 1.1
    rng = np.random.default_rng(0)
    steps = [[rng.integers(-128, 128, (1, 3, 40)).astype(np.int8)] for _ in range(40)]
    ours, theirs = (run_tflite_micro_sequence(m, steps) for m in (model, path.read_bytes()))
    assert [s[0].tolist() for s in ours] == [s[0].tolist() for s in theirs]


@pytest.mark.parametrize(
    ("threshold_sum", "smoothing"), [(1236, 5), (1, 1), (2, 1), (255, 1), (640, 5), (641, 5), (645, 5), (30000, 255)]
)
def test_the_cutoff_detects_by_the_same_sum(threshold_sum: int, smoothing: int) -> None:
    """ESPHome: sum > int(p * 255) * window. Never by a smaller sum than ours, and by less than a count a score more."""
    detector = Detector(("w",), (0,), smoothing, (threshold_sum,), 0, 0)
    least = int(esphome.cutoff(detector) * 255) * smoothing + 1
    assert threshold_sum <= least < threshold_sum + smoothing


def test_a_cutoff_that_cannot_be_said() -> None:
    with pytest.raises(UsageError, match="w: a sum of 1275 over 5 scores is beyond what ESPHome can ask for, 254 each"):
        esphome.cutoff(Detector(("w",), (0,), 5, (1275,), 0, 0))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"wake_word": " "}, "esphome: wake_word is empty, expected text"),
        ({"wake_word": "vad"}, "esphome: wake_word is 'vad', as ESPHome calls its model of voice activity"),
        ({"languages": ()}, "esphome: languages is empty, expected text"),
        ({"probability_cutoff": 1.0}, "esphome: probability_cutoff is 1, expected a number between 0 and 1"),
        ({"sliding_window_size": 0}, "esphome: sliding_window_size is 0, expected 1 to 255"),
        ({"feature_step_ms": 31}, "esphome: feature_step_ms is 31, expected 1 to 30"),
        ({"website": "example.org"}, "esphome: website is 'example.org', expected https://"),
        ({"output": -1}, "esphome: output is -1, expected a whole number from 0 on"),
        ({"autor": "x"}, "esphome: field 'autor' is unknown: did you mean 'author'"),
        ({"to": "mbed"}, "there is nobody called 'mbed' to export to: expected one of arduino, "),
    ],
)
def test_wrong_fields(changed: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        lapel.export(listener(), tmp_path, **{"to": "esphome", **FIELDS, **changed})
    assert not list(tmp_path.iterdir())


def test_fields_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="esphome: found no wake_word, languages, probability_cutoff, sliding_window_size"
    ):
        lapel.export(listener(), tmp_path, "esphome", author="x")


def test_models_that_it_does_not_take(tmp_path: Path) -> None:
    """All that is wrong at once; operators that it has not; states beyond its room."""
    net = Net("odd", np.random.default_rng(0))
    x = net.tensor("x", (1, 39))
    with pytest.raises(UnsupportedModel, match="odd: is no model for ESPHome's micro_wake_word: 2 problems:") as caught:
        lapel.export(net.graph([x], [net.dense(x, 1)], {}), tmp_path, "esphome", **FIELDS)
    assert "its input is int8[1,39]" in caught.value.message and "its output is int8[1,1]" in caught.value.message
    with pytest.raises(UnsupportedModel, match="has 2 scores, expected one for output 2"):
        lapel.export(listener(), tmp_path, "esphome", output=2, **FIELDS)
    graph = listener()
    both = replace(graph, inputs=("x", "x2", *graph.states), tensors={**graph.tensors, "x2": graph.tensors["x"]})
    with pytest.raises(UnsupportedModel, match="has 2 inputs, expected one"):
        lapel.export(replace(both, outputs=(*graph.results, *graph.outputs)), tmp_path, "esphome", **FIELDS)
    nodes = [replace(n, op="tanh") if n.op == "logistic" else n for n in graph.nodes]
    with pytest.raises(UnsupportedModel, match=r"\(tanh\): its reader has no TANH"):
        lapel.export(replace(graph, nodes=tuple(nodes)), tmp_path, "esphome", **FIELDS)
    with pytest.raises(UnsupportedModel, match="keeps 21 states, ESPHome has room for 20"):
        many = (graph.carries[0],) * 21
        inputs, outputs = (*graph.arguments, *graph.states * 21), (*graph.results, *[many[0].update] * 21)
        lapel.export(replace(graph, carries=many, inputs=inputs, outputs=outputs), tmp_path, "esphome", **FIELDS)
    assert not list(tmp_path.iterdir())


def test_without_the_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n == "tflite_micro" else real(n))
    with pytest.raises(MissingTool, match=r'measured with it: pip install "lapel\[esphome\]"'):
        lapel.export(listener(), tmp_path, "esphome", **FIELDS)
    assert not list(tmp_path.iterdir())


def test_a_model_that_the_interpreter_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_arena, "MOST_BYTES", 16)
    said = "TensorFlow Lite Micro does not run the model: it does not run in an arena of 16 bytes"
    with pytest.raises(SimulationError, match=said):
        _arena.measure_arena(b"no model", 1)
    monkeypatch.setattr(_arena, "TIMEOUT_S", 0.01)
    with pytest.raises(SimulationError, match=r"did not end within 0\.01 s"):
        _arena.measure_arena(b"no model", 1)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.tflite").write_bytes(lapel.write_tflite(listener(1)))
    given = ["--wake-word", "hey", "--author", "me", "--language", "en", "--probability-cutoff", "0.9"]
    assert main(["export", "m.tflite", "--to", "esphome", *given, "--sliding-window-size", "3"]) == 0
    said = capsys.readouterr().out
    assert (
        "written: build/m-esphome/m.json\nwritten: build/m-esphome/m.tflite\narena of TensorFlow Lite Micro: " in said
    )
    assert "warning: tensor_arena_size was measured on this computer" in said
    assert main(["export", "m.tflite", "--to", "esphome", "--json"]) == UsageError.exit_code
    assert "esphome: found no wake_word" in json.loads(capsys.readouterr().out)["error"]["message"]
