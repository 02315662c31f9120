"""Mode micro: pymicro-features, and the tables of micro_speech's preprocessor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from pymicro_features import MicroFrontend

import lapel
from lapel.audio import frontend
from lapel.audio.modes.micro import MicroBank, hann, make_bank, pcan_gains
from lapel.errors import UsageError
from lapel.ops import evaluate

FRONT = frontend.make("micro")
STEP = FRONT.hop_samples
PER_VALUE = 0.0390625
"""What pymicro-features multiplies logarithms by."""


def oracle(x: np.ndarray) -> np.ndarray:
    """int64 [frames, 40]: what pymicro-features makes of samples, before its scale."""
    micro, made = MicroFrontend(), []
    for k in range(0, len(x) - STEP + 1, STEP):
        found = micro.process_samples(x[k : k + STEP].tobytes())
        assert found.samples_read == STEP
        made += [found.features] if found.features else []
    return np.round(np.array(made) / PER_VALUE).astype(np.int64)


@pytest.fixture(scope="module")
def clips(shared: Path) -> np.ndarray:
    """int16 [300, 16000]."""
    return np.asarray(np.load(shared / "data/kws-mlperf/raw300.npz")["audio"])


def signals(clips: np.ndarray) -> Iterator[np.ndarray]:
    """Speech, with full scale and silence in it; noise; a tone that is clipped; one sample; nothing."""
    yield from clips[[3, 8, 54]]
    rng = np.random.default_rng(0)
    yield rng.integers(-32768, 32768, 8000).astype(np.int16)
    yield np.clip(60000 * np.sin(np.arange(8000) / 5), -32768, 32767).astype(np.int16)
    yield np.bincount([1234], minlength=4800).astype(np.int16)
    yield np.zeros(4800, np.int16)


def test_values_are_pymicro_s(clips: np.ndarray) -> None:
    for x in signals(clips):
        values = evaluate(frontend.graph(FRONT, FRONT.frames(len(x)), len(x)), {"samples": x})
        wanted = oracle(x)
        assert np.array_equal(values["banklog"], wanted)
        assert np.array_equal(values["features"], np.clip((wanted * 256 + 333) // 666 - 128, -128, 127))


def test_streams_go_on_as_clips(clips: np.ndarray) -> None:
    x = clips[54][: 45 * STEP]
    behind = np.concatenate([np.zeros(FRONT.window_samples - STEP, np.int16), x])
    wanted = evaluate(frontend.graph(FRONT, 45), {"samples": behind})["features"]
    assert (lapel.hosted(frontend.streaming(FRONT))(x.reshape(-1, STEP))[:, 0] == wanted).all()
    assert (lapel.hosted(frontend.streaming(FRONT, 3))(x.reshape(-1, 3 * STEP)).reshape(45, 40) == wanted).all()


@pytest.mark.parametrize("target", ["host", "cortex-m0", "cortex-m4", "cortex-m55", "rv32imac"])
def test_targets_have_the_reference_s_bits(target: str, clips: np.ndarray) -> None:
    x = np.concatenate([clips[54][6000:8400], clips[8][-800:]])
    assert lapel.run(frontend.streaming(FRONT), target, x.reshape(-1, STEP)).bit_exact


@pytest.mark.long
@pytest.mark.parametrize("target", ["host", "cortex-m4", "cortex-m55"])
def test_whole_set(target: str, clips: np.ndarray) -> None:
    result = lapel.run(frontend.graph(FRONT, 98, 16000), target, clips)
    wanted = np.stack([oracle(x) for x in clips])
    found = result.outputs["features"].reshape(wanted.shape)
    assert result.bit_exact and (found == np.clip((wanted * 256 + 333) // 666 - 128, -128, 127)).all()


@pytest.fixture(scope="module")
def published(shared: Path) -> Mapping[str, np.ndarray]:
    """int16 constants of audio_preprocessor_int8 by name."""
    data = (shared / "models/public/audio_preprocessor_int8.tflite").read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    tensors = [(t, model.buffers[t.buffer].data) for t in model.subgraphs[0].tensors]
    int16 = schema.TensorType.INT16
    return {t.name.decode(): np.frombuffer(bytes(d), np.int16) for t, d in tensors if d is not None and t.type == int16}


def dense(bank: MicroBank) -> np.ndarray:
    """[bins, bands + 1, 2]: both weights of each bin."""
    found = np.zeros((257, len(bank.starts), 2), int)
    for band, (start, at, width) in enumerate(zip(bank.starts, bank.weight_starts, bank.widths, strict=True)):
        part = slice(at, at + width)
        found[start : start + width, band] = np.stack([bank.weights[part], bank.unweights[part]], axis=1)
    return found


def test_tables_are_those_of_micro_speech(published: Mapping[str, np.ndarray]) -> None:
    """Its weights are rounded down, and its window is of float64; micro-frontend's are to nearest, and of float32."""
    assert np.flatnonzero(published["Const"] != hann(480)).tolist() == [17]
    assert (published["signal_pcan/Const"] == pcan_gains(7)).all()
    bank = make_bank(frontend.make("micro", hop_ms=20.0))
    names = [f"signal_filter_bank/Const{k}" for k in ("", "_1", "_2", "_3", "_4")]
    theirs = dense(MicroBank(0, 0, *(published[n] for n in names)))
    above = dense(bank) - theirs
    assert set(np.unique(above)) <= {0, 1} and ((theirs > 0) == (dense(bank) > 0)).mean() > 0.999
    assert (above.sum(axis=2) <= 1 + (dense(bank).sum(axis=2) > 4096)).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"coefficients": 10}, "front end micro: coefficients is 10, expected 0, which this mode has: leave it out"),
        ({"scale": 0.1}, r"front end micro: scale is 0.1, expected 0.1016\d+, which this mode has"),
        ({"high_hz": 8000.0}, "front end micro: high_hz is 8000, expected the last band to end below half the rate"),
    ],
)
def test_messages(fields: Mapping[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        frontend.make("micro", **fields)
