"""Graphs of a speaker's verification: by hand, refusals, and the firmware; verifier.json with its model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from cores import needs
from lapel.audio import frontend
from lapel.audio.verification import embedding_of, enrolling, verifying
from lapel.errors import FormatError, InputError, UnsupportedModel
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph, Quant, Tensor, Type
from lapel.ops import evaluate, registry
from lapel.proving.verifier import read_verifier
from lapel.records import Verifier
from lapel.records.frontend import FrontEnd
from nets import Net

FRONT = frontend.make("micro", hop_ms=20.0)
FRAMES, VALUES = 6, 5
FEATURES = Quant((FRONT.scale,), (FRONT.zero,))


def hearing(name: str, shape: tuple[int, ...]) -> Net:
    """A net of features."""
    net = Net(name, shape)
    net.tensors["x"] = Tensor("x", Type(shape, "int8", FEATURES))
    return net


def network(values: int = VALUES) -> Graph:
    """Features -> an embedding, of random weights."""
    net = hearing("voice", (1, FRAMES, FRONT.features))
    return net.graph(net.dense(net.reshape("x", (1, FRAMES * FRONT.features)), values))


def written(folder: Path, graph: Graph, **changed: object) -> Path:
    """The path of a verifier.json of this graph."""
    content = write_tflite(graph)
    (folder / "voice.tflite").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    record = Verifier(
        "1", "voice", "speaker", "voice.tflite", digest, FRONT, FRAMES, (9000,), embedding=VALUES, utterances=3
    )
    path = folder / "verifier.json"
    path.write_text(json.dumps(replace(record, **changed).to_json()))  # type: ignore[arg-type]
    return path


def reference(op: str, graph: Graph, *arrays: np.ndarray) -> np.ndarray:
    (y,) = registry()[op].reference(graph.instance(graph.nodes[0]), *arrays)
    return y


def test_similarity_is_a_cosine() -> None:
    from lapel.ops import similarity

    x, t = Tensor("x", Type((3, 2), "int8", Quant((0.5,), (1,)))), Tensor("t", Type((2,), "int8", Quant((2.0,), (0,))))
    node, y = similarity.node(x, t, "y")
    graph = Graph("g", (node,), {"x": x, "t": t, "y": y}, ("x", "t"), ("y",))
    rows = np.array([[4, 5], [-3, 5], [1, 1]], np.int8)  # less the zero point: (3, 4), (-4, 4), nothing
    found = reference("similarity", graph, rows, np.array([3, 4], np.int8))
    assert found.tolist() == [32767, round(4 / 5 / 32**0.5 * 32768), 0]
    assert (reference("similarity", graph, rows, np.array([-3, -4], np.int8))[0]) == -32768
    assert reference("similarity", graph, rows, np.zeros(2, np.int8)).tolist() == [0, 0, 0]


def test_similarity_is_within_a_step_of_the_reals() -> None:
    rng = np.random.default_rng(0)
    op = registry()["similarity"]
    for _ in range(50):
        graph = op.cases()[0].draw(rng)
        inst = graph.instance(graph.nodes[0])
        x, t = (rng.integers(-128, 128, inst.x(k).shape).astype(np.int8) for k in (0, 1))
        (y,) = op.reference(inst, x, t)
        (real,) = op.real(inst, x.astype(float) - inst.x(0).zero, t.astype(float) - inst.x(1).zero)
        assert np.abs(y - np.clip(real * 32768.0, -32768, 32767)).max() <= 1.5


def test_a_template_is_the_mean_of_directions() -> None:
    given = Type((1, 2), "int8", Quant((0.1,), (-2,)))
    graph = enrolling(given, 2)
    rows = np.array([[8, -2], [-2, 98]], np.int8)  # (10, 0) and (0, 100): lengths do not count
    found = evaluate(graph, {"embeddings": rows})
    assert found["template"].tolist() == [127, 127]
    assert np.abs(found["alike"] - 32768 / 2**0.5).max() <= 1
    nothing = evaluate(graph, {"embeddings": np.full((2, 2), -2, np.int8)})
    assert nothing["template"].tolist() == [0, 0] and nothing["alike"].tolist() == [0, 0]


@pytest.mark.parametrize("target", ["host", pytest.param("cortex-m4", marks=needs("cortex-m4"))])
def test_the_firmware_of_both_graphs_is_the_reference(target: str) -> None:
    rng = np.random.default_rng(1)
    both = verifying(network())
    x = rng.integers(-128, 128, (3, FRAMES, FRONT.features)).astype(np.int8)
    t = rng.integers(-128, 128, (3, VALUES)).astype(np.int8)
    assert lapel.run(both, target, {"x": x, "template": t}).bit_exact
    rows = rng.integers(-128, 128, (2, 3, VALUES)).astype(np.int8)
    assert lapel.run(enrolling(embedding_of(network()).type, 3), target, rows).bit_exact


def test_a_verifier_is_read_with_its_model(tmp_path: Path) -> None:
    path = written(tmp_path, network())
    found = read_verifier(path, FRONT)
    assert found.record.thresholds == (9000,) and found.enrol is not None
    assert [found.verify.tensors[n].type.shape for n in found.verify.arguments] == [(1, FRAMES, 40), (VALUES,)]
    assert found.enrol.tensors["embeddings"].type.shape == (3, VALUES)


def test_one_of_words_is_its_model(tmp_path: Path) -> None:
    words = {"checks": "words", "words": tuple("abcde"), "thresholds": (200,) * 5, "embedding": 0, "utterances": 0}
    found = read_verifier(written(tmp_path, network(), **words))
    assert found.verify is found.model and found.enrol is None


def other(**fields: float) -> FrontEnd:
    return frontend.make("micro", **{"hop_ms": 20.0, **fields})


@pytest.mark.parametrize(
    ("changed", "front", "message"),
    [
        ({}, other(hop_ms=10.0), r"another front end than the word: its hop_ms 20\.0, the word's is 10\.0: both look"),
        ({"model": "none.tflite"}, None, r"none\.tflite cannot be read: No such file or directory: keep both"),
        ({"model_sha256": "0" * 64}, None, r"is not the model of .*sha256 .*, expected 000000000000…: train again"),
        ({"embedding": 8}, None, r"its embedding has 5 values, .* says 8: train again"),
        ({"frames": 7}, None, r"takes int8\[1,6,40\].*, expected features int8 \[1, 7, 40\], as its record says"),
        ({"front": replace(FRONT, scale=0.2)}, None, r"takes features of scale 0\.1.*expected scale 0\.2"),
        (
            {"checks": "words", "words": ("a",), "thresholds": (9,), "embedding": 0, "utterances": 0},
            None,
            r"gives int8\[1,5\].*, expected int8 scores of 1 words",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, changed: dict[str, object], front: FrontEnd | None, message: str) -> None:
    path = written(tmp_path, network(), **changed)
    with pytest.raises(InputError, match=message):
        read_verifier(path, front)


def test_no_record_is_told(tmp_path: Path) -> None:
    path = tmp_path / "verifier.json"
    path.write_text("{}")
    with pytest.raises(FormatError, match=r"verifier\.json: verifier: has no 'record'"):
        read_verifier(path)


def test_a_model_without_an_embedding_is_told() -> None:
    net = hearing("two", (1, 8))
    two = net.graph(net.dense("x", 4), net.dense("x", 4))
    with pytest.raises(InputError, match="two: has 1 inputs, 2 outputs and 0 states, expected features in"):
        verifying(two)
    net = hearing("image", (1, 4, 4, 2))
    with pytest.raises(InputError, match=r"image: gives int8\[1,4,4,2\].*, expected an embedding, int8 \[1, values\]"):
        verifying(net.graph(net.relu("x")))


def test_more_utterances_than_a_template_can_have_are_told() -> None:
    with pytest.raises(UnsupportedModel, match="17 rows of 5 values, expected at most 16 rows"):
        lapel.plan(enrolling(embedding_of(network()).type, 17), "host")


@needs("cortex-m4")
def test_enrolment_stays_within_its_budget() -> None:
    """Of 40 values and three utterances, on the Cortex-M4."""
    graph = enrolling(Type((1, 40), "int8", Quant((0.05,), (3,))), 3)
    found = lapel.run(graph, "cortex-m4", np.random.default_rng(0).integers(-128, 128, (3, 40)).astype(np.int8))
    assert found.bit_exact and found.instructions is not None
    assert found.instructions <= 14_000 and found.memory.flash_bytes <= 1_400 and found.memory.ram_bytes <= 400
