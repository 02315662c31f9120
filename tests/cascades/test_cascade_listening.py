"""A recording through a cascade's firmware: events, a speaker who is enrolled, and mistakes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from stagings import staged, talk

from lapel.cascades import hearing
from lapel.cascades.listener import CascadeListener
from lapel.cascades.stages import Stages
from lapel.errors import InputError, UsageError
from lapel.ops import evaluate
from lapel.records import CascadeListening

PATH = Path("cascade.json")


@pytest.fixture
def stages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Stages:
    """Of a cascade that a file would name; request: whether it checks speakers."""
    made = staged(speaker=request.param)
    record = SimpleNamespace(
        name="ears", rate_hz=16000, target="host", detector=made.gating.hearing.detector,
        verifier=SimpleNamespace(utterances=3, agreement=32000) if request.param else None,
    )  # fmt: skip
    monkeypatch.setattr(hearing, "read_cascade", lambda path: (record, made))
    return made


def listen(samples: np.ndarray, **given: Any) -> CascadeListening:
    return hearing.listen_cascade(samples, PATH, "host", target_s=0.5, **given)


@pytest.mark.parametrize("stages", [True], indirect=True)
def test_a_speaker_is_enrolled_by_recordings(stages: Stages) -> None:
    samples, said = talk(200, seed=7), [talk(40, seed=k) for k in (11, 12, 13)]
    everybody = listen(samples)
    assert everybody.bit_exact and "no speaker is enrolled" in everybody.warnings[-1]
    known = listen(samples, enrol=said)
    assert known.bit_exact and known.checks > 0 and known.instructions is None
    assert len(known.events) < len(everybody.events) and "is unlike the others" in known.warnings[-1]

    listener = CascadeListener(stages)
    embeddings = []
    for utterance in said:
        # what enrols hears all of it, as if the gate were open
        simulator = hearing.Simulator(stages)
        embeddings.append(simulator.embedding(utterance.reshape(-1, stages.step_samples)))
    assert stages.enrol is not None
    made = evaluate(stages.enrol, {stages.enrol.arguments[0]: np.stack(embeddings)})  # type: ignore[arg-type]
    listener.template = made[stages.enrol.results[0]].reshape(-1)
    assert [e.step for e in listener.listen(samples)] == [e.step for e in known.events]


@pytest.mark.parametrize("stages", [True], indirect=True)
def test_enrolments_that_cannot_be(stages: Stages) -> None:
    samples = talk(40)
    with pytest.raises(UsageError, match="2 recordings to enrol by, expected 3"):
        listen(samples, enrol=[samples] * 2)
    with pytest.raises(InputError, match="no word is heard in it, by which its speaker could be enrolled"):
        listen(samples, enrol=[talk(40)[: stages.step_samples]] * 3)


@pytest.mark.parametrize("stages", [False], indirect=True)
def test_nobody_is_enrolled_where_nobody_is_checked(stages: Stages) -> None:
    with pytest.raises(UsageError, match="ears checks no speaker: nobody can be enrolled, leave the recordings out"):
        listen(talk(40), enrol=[talk(40)])
    with pytest.raises(UsageError, match="0 seconds are to run on the target, expected more than 0"):
        hearing.listen_cascade(talk(40), PATH, "host", target_s=0)
    found = listen(talk(100))
    assert found.bit_exact and found.whole.steps == 100 and found.power_uw is None and found.target_steps == 100
    assert CascadeListening.from_json(found.to_json()) == found
