"""Training of a network that hears words: windows, floats, mined windows, integers; each step is kept and gone on from.

The steps of a training lie in its folder `work`, each under a key of all that it was made of. A command that was
interrupted goes on from the last of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lapel import zoo
from lapel.data import Dataset, Splits
from lapel.errors import InputError
from lapel.files import make_folder, replacing
from lapel.ir import Graph
from lapel.records import WakeWordOptions
from lapel.records.frontend import FrontEnd
from lapel.training import Progress, Trained
from lapel.wakewords.features import Features
from lapel.wakewords.material import LEAST_TEXTS, Material
from lapel.wakewords.speech import speech_of
from lapel.wakewords.windows import Shape, Windows, joined, with_words, without_words
from lapel.zoo.wakeconv import field_frames

SCENE_S = 60.0
EXTRA_S = 0.75
"""By how much a window is longer than the field of one score: a word may end anywhere in it."""
VAL_H = 0.5
"""Of validation's scenes, what decides between epochs."""
HARD = 0.02
"""Probability of a word above which a window without it is learned again."""
MOST_HARD = 4000
HARD_COPIES = 2
JUDGED = 256
SLOWER = (0.3, 0.1)
"""Of the learning rate, with mined windows and with integers."""
Say = Callable[[Progress | str], None]


@dataclass(frozen=True)
class Workshop:
    """What all steps of a training need. folder: of what is kept; None: nothing is."""

    material: Material
    features: Features
    options: WakeWordOptions
    words: tuple[str, ...]
    folder: Path | None
    say: Say
    digest: str

    @property
    def front(self) -> FrontEnd:
        """The front end of its features."""
        return self.features.front

    @property
    def shape(self) -> Shape:
        """Of windows."""
        return window_shape(self.options, self.front)


def window_shape(options: WakeWordOptions, front: FrontEnd) -> Shape:
    """Windows of a network as the options say it."""
    known = {k: v for k, v in options.network.items() if k in ("kernels", "first", "stride", "last")}
    field = field_frames(**known)  # type: ignore[arg-type]
    extra = round(EXTRA_S * 1000 / front.hop_ms)
    return Shape(field + extra + (extra % 2), field, front.hop_samples)


def train_network(shop: Workshop) -> tuple[Graph, list[Trained]]:
    """The integer graph, and the record of each training; with a teacher, its own come first."""
    options = shop.options
    parts = [_words(shop, "train"), _rest(shop, "train", 0, options.hours_train)]
    val = joined([_words(shop, "val"), _rest(shop, "val", 0, min(options.hours_val, VAL_H))])
    made, teacher = list[Trained](), None
    if options.teacher:
        made += _in_floats(shop, "teacher-", options.teacher, parts, val)
        teacher = made[-1].graph
    made += _in_floats(shop, "", options.network, parts, val, teacher)
    given = {"epochs": options.epochs_quantized, "slower": SLOWER[1], "quantize": True}
    made.append(_trained(shop, "integers", made[-1].graph, joined(parts), val, teacher, **given))
    return made[-1].graph, made


def _in_floats(
    shop: Workshop, whose: str, network: Mapping[str, Any], parts: list[Windows], val: Windows,
    teacher: Graph | None = None,
) -> list[Trained]:  # fmt: skip
    """The trainings of one network, each with the windows that the one before took for words, which join `parts`."""
    options, maker = shop.options, _maker(shop, network)
    made = [_trained(shop, f"{whose}floats", maker, joined(parts), val, teacher, epochs=options.epochs)]
    for k in range(options.rounds):
        parts.append(_mined(shop, made[-1].graph, k))
        given = {"epochs": options.epochs_mined, "slower": SLOWER[0]}
        if options.epochs_mined:
            made.append(_trained(shop, f"{whose}mined{k}", made[-1].graph, joined(parts), val, teacher, **given))
    return made


def _maker(shop: Workshop, network: Mapping[str, Any]) -> Callable[[int], Graph]:
    shape, outputs = (shop.shape.frames, shop.front.features), len(shop.words)
    return lambda seed: zoo.make("wakeconv", input=shape, outputs=outputs, seed=seed, **network)


def _trained(
    shop: Workshop, name: str, network: Any, train: Windows, val: Windows, teacher: Graph | None,
    slower: float = 1.0, **given: Any,
) -> Trained:  # fmt: skip
    """One training, with a checkpoint in the folder. teacher: of the same windows, whose scores are learned, too."""
    from lapel.compression.teaching import Teaching
    from lapel.training.trainer import run

    shop.say(f"training, {name}")
    options = shop.options
    first = not isinstance(network, Graph)
    settings = {
        "batch": options.batch,
        "learning_rate": options.learning_rate * slower,
        "normalize": first,
        "optimizer": "adamw" if first else "adam",
        "weight_decay": 1e-3 if first else 0.0,
        "seed": options.seed,
        "threads": 1,  # layers are so small that more threads wait for each other
        **given,
    }
    checkpoint = None if shop.folder is None else shop.folder / f"{name}-{shop.digest[:12]}.pt"
    splits = Splits(_dataset(shop, train), _dataset(shop, val))
    soft = options.taught
    hooks = () if teacher is None else (Teaching(teacher, soft, 1 - soft, options.temperature),)
    return run(network, splits, checkpoint, shop.say, settings, hooks=hooks)


def _dataset(shop: Workshop, windows: Windows) -> Dataset:
    return Dataset(windows.x, windows.y, "multilabel", shop.words, factor=shop.features.factor, where="the windows")


def _words(shop: Workshop, side: str) -> Windows:
    """Windows with words: of training as many of each as wished, of others each clip twice."""
    part, wanted = shop.material.sides[side], shop.options.windows
    copies = [2 if side != "train" else max(1, round(wanted / len(waves))) for waves in part.trimmed]
    clips = [waves[:wanted] for waves in part.trimmed]

    def make() -> Windows:
        shop.say(f"scenes with words, {side}")
        return with_words(part.cast, shop.features, shop.shape, clips, copies, shop.options.workers)

    found = kept(shop, f"words-{side}", make)
    for k, word in enumerate(shop.words):
        if not found.y[:, k].any():
            raise InputError(f"no window holds {word!r}: its recordings are longer than {shop.shape.frames} frames")
    return found


def _rest(shop: Workshop, side: str, first: int, hours: float, turn: int = 0) -> Windows:
    """Windows of scenes without words; of each turn of mining with other sentences."""
    numbers = range(first, first + max(1, round(hours * 3600 / SCENE_S)))

    def make() -> Windows:
        shop.say(f"scenes without words, {side}, {hours:g} h")
        cast, options = shop.material.sides[side].cast, shop.options
        if turn:
            seed, count = options.seed + 1000 * turn, max(options.sentences, LEAST_TEXTS)
            speech = speech_of(side, shop.words, count, seed, options.workers, options.alike)
            cast = replace(cast, sources=(*speech, *cast.sources[2:]))
        return without_words(cast, shop.features, shop.shape, len(shop.words), numbers, SCENE_S, shop.options.workers)

    return kept(shop, f"rest-{side}-{first}", make)


def _mined(shop: Workshop, graph: Graph, turn: int) -> Windows:
    """Of new scenes without words, the windows in which the network is most wrong, more than once."""
    first = (turn + 1) * 100000
    found = _rest(shop, "train", first, shop.options.hours_mined, turn + 1)
    scores = _probabilities(graph, found, shop.features.factor).max(axis=1)
    hard = np.argsort(-scores, kind="stable")[: min(MOST_HARD, max(int((scores > HARD).sum()), 1))]
    shop.say(f"mining: {len(hard)} of {len(found)} windows are hard, {int((scores > 0.5).sum())} are taken for a word")
    return Windows(np.repeat(found.x[hard], HARD_COPIES, axis=0), np.repeat(found.y[hard], HARD_COPIES, axis=0))


def _probabilities(graph: Graph, windows: Windows, factor: float) -> np.ndarray:
    """float32 [N, words]."""
    import torch

    from lapel.training.module import GraphModule

    module = GraphModule(graph).eval()
    made = []
    with torch.no_grad():
        for at in range(0, len(windows), JUDGED):
            x = torch.from_numpy(windows.x[at : at + JUDGED].astype(np.float32) * np.float32(factor))
            made.append(torch.sigmoid(module({graph.inputs[0]: x})[0]).numpy())
    return np.concatenate(made)


def kept(shop: Workshop, name: str, make: Callable[[], Windows]) -> Windows:
    """Windows as they were kept under this name, else made and kept."""
    if shop.folder is None:
        return make()
    path = shop.folder / f"{name}-{shop.digest[:12]}.npz"
    if path.exists():
        try:
            with np.load(path) as found:
                return Windows(found["x"], found["y"])
        except (OSError, ValueError, KeyError) as e:
            raise InputError(f"{path} cannot be read ({type(e).__name__}): remove it, it is made again") from None
    windows = make()
    make_folder(shop.folder)
    with replacing(path) as file:
        np.savez(file, x=windows.x, y=windows.y)
    return windows


def learned(options: WakeWordOptions) -> WakeWordOptions:
    """Options as far as a training depends on them: whoever judges by more hours trains nothing again."""
    return replace(
        options, workers=1, seed_test=0, hours_test=1.0, false_accepts_per_h=1.0, snr_db=0.0,
        hours_val=min(options.hours_val, VAL_H),
    )  # fmt: skip


def digest_of(*parts: Any) -> str:
    """Of all that the steps depend on."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
