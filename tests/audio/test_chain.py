"""Front ends before models: the scores of the two apart, on targets too, and pairs that are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
from lapel.audio import chain, frontend
from lapel.errors import InputError
from lapel.ir import Graph, Quant, Tensor, Type
from lapel.ir.op import single
from lapel.records.frontend import FrontEnd


@pytest.fixture(scope="module")
def sound(shared: Path) -> Mapping[str, np.ndarray]:
    """Clips and official features."""
    return dict(np.load(shared / "data/kws-mlperf/raw300.npz"))


def test_a_network_on_clips(shared: Path, sound: Mapping[str, np.ndarray]) -> None:
    """Of 300 clips each has the class that the official features give."""
    model = lapel.load(shared / "models/mlperf-tiny/kws_int8.tflite")
    whole = chain(frontend.make("mfcc"), model, frames=49, samples=16000)
    found = lapel.hosted(whole)(sound["audio"])[:, 0]
    wanted = lapel.hosted(model)(sound["mfcc"].reshape(300, 49, 10, 1))
    assert (found.argmax(axis=1) == wanted.argmax(axis=1)).all() and (found == wanted).mean() > 0.99


def test_a_streaming_model(shared: Path, sound: Mapping[str, np.ndarray]) -> None:
    """States of both are kept, and reset; the report of a target has a step for each of their nodes."""
    model = lapel.load(shared / "models/public/okay_nabu.tflite")
    front = frontend.make("micro")
    whole = chain(front, model, frames=3)
    x = sound["audio"][[3, 54]].reshape(-1)[:14400].reshape(-1, 480)
    features = lapel.hosted(frontend.streaming(front, 3))(x, reset_every=15)
    wanted = lapel.hosted(model)(features, reset_every=15)
    assert (lapel.hosted(whole)(x, reset_every=15) == wanted.reshape(-1, 1, 1)).all()
    result = lapel.run(whole, "cortex-m4", x[:4])
    assert result.bit_exact
    ops = [layer.op for layer in result.layers]
    assert ops.index("rfft") < ops.index("narrow") < ops.index("conv")


FRONT = frontend.make("lfbe", peak=32768)


def taking(shape: tuple[int, ...], scale: float = 1 / 255, zero: int = -128, dtype: str = "int8") -> Graph:
    """A model that is one node."""
    quant = Quant((float(np.float32(scale)),), (zero,)) if dtype == "int8" else None
    x = Tensor("x", Type(shape, dtype, quant))
    if dtype == "int8":
        return replace(single("relu", [x], [x.type], {"activation": "relu"}), name="net")
    return single("cast", [x], [Type(shape, "int32")], {"dtype": "int32"})


@pytest.mark.parametrize(
    ("front", "model", "given", "message"),
    [
        (FRONT, taking((1, 4, 9)), {}, r"net: takes \[1, 4, 9\], expected \[frames, 10\], as front end lfbe makes"),
        (FRONT, taking((1, 4, 10, 2)), {}, r"net: takes \[1, 4, 10, 2\], expected \[frames, 10\]"),
        (FRONT, taking((41,)), {}, r"net: takes \[41\], expected \[frames, 10\]"),
        (FRONT, taking((1, 4, 10)), {"frames": 3}, "net: takes 4 frames, expected 3: use the front end it was"),
        (FRONT, taking((4, 10), scale=0.004), {}, "scale 0.004 and zero point -128, expected scale 0.0039"),
        (FRONT, taking((4, 10), zero=0), {}, "takes features of scale 0.00392157 and zero point 0, expected"),
        (FRONT, taking((4, 10), dtype="int16"), {}, r"takes int16\[4,10\], front ends make int8 features: quantize"),
        (frontend.make("mfcc"), taking((4, 10)), {}, "expected scale 0.5847 and zero point 83, as front end mfcc"),
    ],
)  # fmt: skip
def test_pairs_that_are_refused(front: FrontEnd, model: Graph, given: Mapping[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        chain(front, model, **given)


def test_models_that_are_refused(shared: Path) -> None:
    model = lapel.load(shared / "models/public/okay_nabu.tflite")
    with pytest.raises(InputError, match="okay_nabu: has a state, so it takes no clip of 9000 samples"):
        chain(frontend.make("micro"), model, samples=9000)
    two = replace(taking((4, 10)), inputs=("x", "z"))
    with pytest.raises(InputError, match=r"net: takes 2 inputs \(x, z\), expected features alone"):
        chain(FRONT, two)
    named = taking((4, 10))
    renamed = replace(named, tensors={**named.tensors, "samples": Tensor("samples", named.tensors["x"].type)})
    with pytest.raises(InputError, match="net: has a tensor 'samples', as the front end has: rename it"):
        chain(FRONT, renamed)


def test_flat_features_are_frames() -> None:
    whole = chain(FRONT, taking((1, 40)))
    assert whole.tensors["samples"].type.shape == (FRONT.samples(4),)
