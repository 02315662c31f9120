"""`lapel.train`: what is learned, kept, resumed, refused."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lapel
from lapel import zoo
from lapel.building import GraphBuilder
from lapel.data import Dataset, Splits, make_dataset, split
from lapel.errors import InputError, OutputError, TrainingError, UsageError
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.quantization import stored
from lapel.records import TrainingRecord
from lapel.training import checkpoints
from lapel.training.loop import Loop
from lapel.training.progress import Progress


def small(seed: int = 0) -> Graph:
    return zoo.make("dscnn", input=(8, 8, 1), outputs=3, channels=8, blocks=1, kernel=(3, 3), stride=(1, 1), seed=seed)


def same(a: Graph, b: Graph) -> bool:
    return a.digest() == b.digest()


def test_learns_with_normalization_and_gives_the_graph_that_it_measured(bars: Dataset) -> None:
    seen: list[Progress] = []
    parts = split(bars)
    trained = lapel.train(small, parts, epochs=8, batch=32, learning_rate=0.03, normalize=True, progress=seen.append)
    run = trained.record.run
    assert run.ended == "epochs" and len(run.epochs) == 8 and run.epochs[-1].loss < run.epochs[0].loss / 2
    assert run.test is not None and run.test.accuracy is not None and run.test.accuracy >= 0.85
    assert len(seen) == 8 * 6 and seen[-1].epoch == 8 and seen[-1].left_s == 0 and "samples/s" in str(seen[-1])
    assert parts.test is not None
    graph = trained.graph
    assert graph.classes == ("none", "lying", "standing") and graph.origin.task == "classification"
    scores = [evaluate(graph, {"input": x[None]})[graph.outputs[0]][0] for x in parts.test.x]
    found = (np.argmax(scores, axis=1) == parts.test.y).mean()
    assert found == run.test.accuracy
    assert trained.record.sha256 == graph.digest()
    again = TrainingRecord.from_json(json.loads(json.dumps(trained.record.to_json())))
    assert again == trained.record


class Interrupted(Exception):
    pass


def test_resumed_is_bit_for_bit_the_same(bars: Dataset, tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "epochs": 4, "batch": 32, "normalize": True, "augment": {"shift": 1, "noise": 0.1}, "patience": 3
    }  # fmt: skip
    whole = lapel.train(small, bars, **options)

    def interrupt(at: Progress) -> None:
        if (at.epoch, at.step) == (3, 2):
            raise Interrupted

    place = tmp_path / "c.pt"
    with pytest.raises(Interrupted):
        lapel.train(small, bars, checkpoint=place, progress=interrupt, **options)
    seen: list[Progress] = []
    rest = lapel.train(small, bars, checkpoint=place, progress=seen.append, **options)
    assert [seen[0].epoch, seen[-1].epoch] == [3, 4]
    assert same(rest.graph, whole.graph)
    assert replace(rest.record, seconds=None) == replace(whole.record, seconds=None)
    done = lapel.train(small, bars, checkpoint=place, progress=seen.append, **options)
    assert same(done.graph, whole.graph) and len(seen) == 12
    with pytest.raises(InputError, match="checkpoint of another training"):
        lapel.train(small, bars, checkpoint=place, **{**options, "batch": 16})
    place.write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(InputError, match="is no checkpoint"):
        lapel.train(small, bars, checkpoint=place, **options)


def test_a_full_disk_leaves_the_checkpoint_before(
    bars: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, options = tmp_path / "c.pt", {"epochs": 2, "batch": 64}
    whole = lapel.train(small, bars, **options)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    writes = checkpoints.write_checkpoint

    def second(path: Path, digest: str, state: Any) -> None:
        if len(state["epochs"]) == 2:
            monkeypatch.setattr("os.fsync", full)
        writes(path, digest, state)

    with monkeypatch.context() as m:
        m.setattr("lapel.training.loop.write_checkpoint", second)
        with pytest.raises(OutputError, match="No space left on device: the checkpoint before is still there"):
            lapel.train(small, bars, checkpoint=place, **options)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["c.pt"]
    assert same(lapel.train(small, bars, checkpoint=place, **options).graph, whole.graph)


def test_a_diverging_training_keeps_what_was_best(bars: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Loop._step

    def nan_in_the_third(loop: Loop, x: np.ndarray, y: np.ndarray, optimizer: Any) -> float:
        loss = steps(loop, x, y, optimizer)
        return loss if optimizer.param_groups[0]["lr"] > 0.0005 else float("nan")

    whole = lapel.train(small, bars, epochs=2, schedule="constant")
    monkeypatch.setattr(Loop, "_step", nan_in_the_third)
    broken = lapel.train(small, bars, epochs=5, schedule="step", step_epochs=2)
    assert broken.record.run.ended == "diverged" and len(broken.record.run.epochs) == 2
    assert same(broken.graph, whole.graph)


def test_a_training_that_diverges_at_once_says_so(bars: Dataset) -> None:
    huge = replace(bars, x=bars.x * np.float32(1e30))
    with pytest.raises(TrainingError, match="no finite number in the first epoch: lower learning_rate"):
        lapel.train(small, huge, epochs=2, learning_rate=10.0, optimizer="sgd")


def test_what_learned_nothing_says_so(bars: Dataset) -> None:
    shuffled = replace(bars, y=np.random.default_rng(0).permutation(bars.y))
    stuck = lapel.train("mlp", shuffled, epochs=1, learning_rate=0.0, seeds=2).record
    assert stuck.run.test is not None and stuck.run.test.baseline == pytest.approx(1 / 3)
    assert len(stuck.warnings) == 2 and stuck.warnings[1].startswith("seed 1: accuracy ")
    assert "36 test samples is no better than always saying 'none' (33.33 %): nothing was learned" in stuck.warnings[0]
    assert "2 warnings" in repr(stuck) and stuck.to_json()["warnings"] == list(stuck.warnings)
    learned = lapel.train("mlp", shuffled, epochs=40, learning_rate=0.01).record
    (said,) = learned.warnings
    assert "does not hold for others" in said and not learned.run.train.no_better
    assert not lapel.train(small, bars, epochs=6, batch=32, learning_rate=0.03, normalize=True).record.warnings


def test_numbers_and_flags_that_learned_nothing_say_so() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(0, 1, (200, 4)), rng.normal(5, 1, 200)
    (said,) = lapel.train("mlp", (x, y), epochs=1, learning_rate=0.0).record.warnings
    assert "test samples is no better than always saying the mean: nothing was learned" in said and "R² -" in said
    flags = make_dataset(x, rng.random((200, 2)) < 0.8, classes=("a", "b"))
    (said,) = lapel.train("mlp", flags, epochs=1, learning_rate=0.0).record.warnings
    assert "no better than always giving each flag its more frequent value (78.33 %)" in said


def test_seeds_and_their_spread(bars: Dataset) -> None:
    trained = lapel.train("mlp", bars, epochs=2, seeds=3, seed=5)
    record = trained.record
    assert [r.seed for r in record.runs] == [5, 6, 7] and record.seed in (5, 6, 7)
    shares = [r.test.share for r in record.runs if r.test and r.test.share is not None]
    assert record.test_spread is not None and record.test_spread.mean == pytest.approx(np.mean(shares))
    assert record.test_spread.deviation == pytest.approx(np.std(shares, ddof=1)) and len(set(shares)) > 1
    alone = lapel.train("mlp", bars, epochs=2, seed=record.seed)
    assert same(alone.graph, trained.graph)


def test_patience_and_schedules(bars: Dataset) -> None:
    stuck = lapel.train("mlp", bars, epochs=50, patience=2, learning_rate=0.0)
    assert stuck.record.run.ended == "patience" and len(stuck.record.run.epochs) == 3
    assert stuck.record.run.best_epoch == 1
    for schedule in ("constant", "cosine", "step"):
        lapel.train("mlp", bars, epochs=1, schedule=schedule, warmup_epochs=0.5, optimizer="adamw", weight_decay=0.01)


def test_regression_two_classes_and_standardization() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (300, 3)) * [1, 1000, 0.01] + [0, 5000, 1]
    y = x[:, 0] + (x[:, 1] - 5000) / 1000
    trained = lapel.train("mlp", (x, y), epochs=20, learning_rate=0.01, standardize=True)
    assert trained.record.task == "regression" and trained.record.run.test is not None
    assert trained.record.run.test.r2 is not None and trained.record.run.test.r2 > 0.9
    assert trained.graph.origin.task == "regression"
    flags = lapel.train("mlp", (x, y > 0), epochs=20, learning_rate=0.01, standardize=True)
    assert flags.record.run.test is not None and flags.record.run.test.auc is not None
    assert flags.record.run.test.auc > 0.9 and flags.graph.classes == (False, True)


def test_one_output_for_two_classes_and_probabilities_in_the_graph(bars: Dataset) -> None:
    two = make_dataset(bars.x, bars.y > 0)
    for op, outputs, attrs in (("logistic", 1, {}), ("softmax", 2, {"beta": 1.0})):
        b = GraphBuilder("net")
        w = b.constant("w", np.random.default_rng(0).normal(0, 0.1, (outputs, 64)).astype(np.float32))
        y = b.node("dense", b.input("x", (1, 8, 8, 1)), w, activation="none", keep_dims=False)
        trained = lapel.train(b.graph(b.node(op, y, **attrs)), two, epochs=3, learning_rate=0.01)
        assert trained.record.run.epochs[-1].loss < trained.record.run.epochs[0].loss
        assert trained.record.run.test is not None and trained.record.run.test.f1 is not None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epoch": 3}, "training: 'epoch' is unknown: did you mean 'epochs'"),
        ({"epochs": 0}, "epochs is 0, expected a whole number from 1 on"),
        ({"learning_rate": float("nan")}, "learning_rate is nan, expected a number from 0 to 1000"),
        ({"optimizer": "adamx"}, "expected one of sgd, adam, adamw"),
        ({"loss": "mse"}, "loss is 'mse', expected cross_entropy for a classification of 3 outputs"),
        ({"augment": {"shft": 1}}, "augmentation 'shft' is unknown: did you mean 'shift'"),
        ({"augment": {"shift": 9}}, "augmentation shift is 9, expected steps 0 or more, below"),
    ],
)
def test_wrong_options(bars: Dataset, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        lapel.train("mlp", bars, **options)


def test_what_does_not_fit(bars: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="network has 4 outputs, the data has 3"):
        lapel.train(zoo.make("mlp", input=(8, 8, 1), outputs=4), bars)
    with pytest.raises(InputError, match=r"samples are \[8, 8, 1\], expected \[9\] for mlp"):
        lapel.train(zoo.make("mlp", input=(9,), outputs=3), bars)
    with pytest.raises(UsageError, match="there is no network 'lenet': did you mean 'lenet5'"):
        lapel.train("lenet", bars)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file is not a folder: choose another output folder"):
        lapel.train("mlp", bars, checkpoint=tmp_path / "file" / "c.pt")
    with pytest.raises(OutputError, match=r"file/more cannot be made: Not a directory"):
        lapel.train("mlp", bars, checkpoint=tmp_path / "file" / "more" / "c.pt")
    with pytest.raises(UsageError, match="data is a list"):
        lapel.train("mlp", [1])  # type: ignore[arg-type]
    b = GraphBuilder("mixed")
    x = b.input("x", (1, 8, 8, 1))
    rows = b.node("mean", x, axes=(0, 1), keep_dims=True)
    w = b.constant("w", np.ones((3, 8), np.float32))
    mixed = b.graph(b.node("dense", rows, w, activation="none", keep_dims=False))
    with pytest.raises(UsageError, match="samples of a batch are not computed apart"):
        lapel.train(mixed, bars)


def test_a_given_test_set_is_not_trained_or_chosen_with(bars: Dataset) -> None:
    parts = split(bars)
    assert parts.test is not None
    record = lapel.train("mlp", Splits(parts.train, None, parts.test), epochs=1).record
    assert record.test_samples == len(parts.test)
    assert record.train_samples + record.val_samples == len(parts.train) and record.val_samples > 0


def test_nothing_but_the_loss_of_a_batch_moves_weights(bars: Dataset) -> None:
    """With no learning rate the graph that comes out is the one that went in."""
    graph = small()
    assert same(lapel.train(graph, bars, epochs=1, learning_rate=0.0).graph, graph)
    assert torch.get_num_threads() == 1


def test_quantization_aware_integers_are_the_references_over_a_whole_test_set(bars: Dataset) -> None:
    parts = split(bars)
    floats = lapel.train(small, parts, epochs=6, batch=32, learning_rate=0.03, normalize=True)
    assert parts.test is not None and floats.record.run.test is not None
    for bits, learn in ((8, False), (4, True), (2, True)):
        made = lapel.train(
            floats.graph, parts, epochs=4, batch=32, learning_rate=0.003,
            quantize=True, weight_bits=bits, learn_ranges=learn,
        )  # fmt: skip
        graph, run = made.graph, made.record.run
        weights = [t.data for n, t in graph.tensors.items() if n.endswith("/w") and t.data is not None]
        assert all(w.dtype == np.int8 and abs(w.astype(int)).max() <= 2 ** (bits - 1) - 1 for w in weights)
        t = graph.tensors["input"].type
        scores = [evaluate(graph, {"input": stored(t, x[None])})[graph.outputs[0]][0] for x in parts.test.x]
        assert run.test is not None and run.test.accuracy == (np.argmax(scores, axis=1) == parts.test.y).mean()
        assert run.epochs[-1].loss < run.epochs[0].loss
        assert graph.origin.scores is not None
        before = graph.origin.scores(parts.test.x.astype(np.float64))
        assert (before.argmax(axis=1) == parts.test.y).mean() == floats.record.run.test.accuracy
        if bits > 2:
            assert run.test.accuracy >= floats.record.run.test.accuracy - 0.1


def test_quantized_training_that_cannot_be(bars: Dataset) -> None:
    with pytest.raises(UsageError, match="quantize goes with neither normalize nor standardize"):
        lapel.train("mlp", bars, quantize=True, normalize=True)
    with pytest.raises(UsageError, match="weight_bits is 4, and quantize is not set"):
        lapel.train("mlp", bars, weight_bits=4)
    with pytest.raises(UsageError, match="weight_bits is 1, expected one of 2, 3, 4, 5, 6, 7, 8"):
        lapel.train("mlp", bars, quantize=True, weight_bits=1)
