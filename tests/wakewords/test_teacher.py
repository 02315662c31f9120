"""A larger network that is trained first, and what is learned of it: on windows that are kept, without any sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lapel.audio import frontend
from lapel.errors import UsageError
from lapel.wakewords.clips import SIDES
from lapel.wakewords.material import Material, Side
from lapel.wakewords.options import make_options
from lapel.wakewords.scenes import Cast
from lapel.wakewords.training import Windows, Workshop, _probabilities, kept, train_network, window_shape

torch = pytest.importorskip("torch")

OPTIONS: dict[str, Any] = {
    "batch": 8,
    "rounds": 1,
    "epochs": 5,
    "epochs_mined": 1,
    "epochs_quantized": 1,
    "hours_train": 1 / 60,
    "hours_mined": 1 / 60,
    "hours_val": 1 / 60,
    "learning_rate": 0.01,
    "network": {"channels": 8, "kernels": [3]},
    "teacher": {"channels": 20, "kernels": [5]},
}
SAID: list[str] = []


class Known:
    """Features that nobody asks for: all windows are kept already."""

    front = frontend.make("micro", hop_ms=20.0)
    factor = front.scale


def shop(folder: Path, **given: Any) -> Workshop:
    """A workshop whose windows are there: in those with the word a band is loud for a moment."""
    options = make_options({**OPTIONS, **given})
    shape = window_shape(options, Known.front)
    silent = ((np.zeros(1600, np.int16),),)
    material = Material({side: Side(silent, silent, Cast(0, (), ())) for side in SIDES}, (), ())
    made = Workshop(material, Known(), options, ("word",), folder, lambda at: SAID.append(str(at)), "0" * 12)  # type: ignore[arg-type]
    for name, count, heard in (
        ("words-train", 40, True), ("words-val", 16, True), ("rest-val-0", 16, False), ("rest-train-0", 60, False),
        ("rest-train-100000", 40, False),
    ):  # fmt: skip
        rng = np.random.default_rng(len(name) + count)
        x = rng.integers(0, 90, (count, shape.frames, 40), dtype=np.uint8)
        if heard:
            x[:, -12:-4, 10:20] += 60
        kept(made, name, lambda x=x, heard=heard: Windows(x, np.full((len(x), 1), heard, np.float32)))
    return made


def test_the_teacher_is_trained_first_and_taught_of(tmp_path: Path) -> None:
    SAID.clear()
    graph, made = train_network(shop(tmp_path))
    said = [s.removeprefix("training, ") for s in SAID if s.startswith("training, ")]
    assert said == ["teacher-floats", "teacher-mined0", "floats", "mined0", "integers"] and len(made) == 5
    sizes = [sum(t.data.size for t in m.graph.tensors.values() if t.data is not None) for m in made]
    assert sizes[0] > 2 * sizes[2]  # what is shipped is the small one
    assert graph.tensors[graph.inputs[0]].type.dtype == "int8"
    assert made[1].record.run.val.share > 0.9  # it has something to teach


def test_without_a_teacher_there_is_none_and_another_network(tmp_path: Path) -> None:
    with_one, _ = train_network(shop(tmp_path / "a"))
    SAID.clear()
    without, made = train_network(shop(tmp_path / "b", teacher={}))
    assert len(made) == 3 and not any("teacher" in s for s in SAID)
    assert without.digest() != with_one.digest()


def test_taught_alone_a_student_says_what_its_teacher_says(tmp_path: Path) -> None:
    """With taught = 1 labels count for nothing."""
    here = shop(tmp_path, taught=1.0, epochs=8, rounds=0)
    _, made = train_network(here)
    for name, word in (("words-val", True), ("rest-val-0", False)):
        windows = kept(here, name, lambda: pytest.fail("not kept"))
        for taught in made[:2]:
            assert ((_probabilities(taught.graph, windows, Known.factor) > 0.5) == word).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"taught": 0.0}, "taught is 0.0, expected"),
        ({"taught": 1.5}, "taught is 1.5, expected a share above 0 and at most 1"),
        ({"temperature": 0.0}, "temperature is 0.0, expected"),
        ({"teacher": {"outputs": 3}}, "teacher has outputs, which the words and the front end say"),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_options({**OPTIONS, **given})
