"""Training of an embedding: windows of known and unknown speakers, a network that tells them apart, and what is kept.

Each clip of an unknown speaker is a class of its own, known by other parts of it in other conditions. That teaches what
a speaker, and a recording, have in common from moment to moment; two clips of one speaker are taught to be apart, which
is wrong as often as a speaker has several clips. Source: Dosovitskiy et al. (2014), Discriminative unsupervised feature
learning with convolutional neural networks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lapel import zoo
from lapel.data import Dataset, Splits
from lapel.errors import InputError
from lapel.files import make_folder, replacing
from lapel.ir import Graph
from lapel.records import SpeakerOptions
from lapel.records.frontend import FrontEnd
from lapel.speakers import conditions
from lapel.speakers.conditions import Shape
from lapel.speakers.material import Material
from lapel.training import Progress, Trained
from lapel.wakewords.features import Features
from lapel.zoo.voiceprint import EMBEDDING

SLOWER = 0.1
"""Of the learning rate, with integers."""
DECAY = 0.05
"""Of weights, in floats: with little of it the training's voices are learned by heart."""
LEAST_SPEAKERS = 2
Say = Callable[[Progress | str], None]


@dataclass(frozen=True)
class Workshop:
    """What all steps of a training need. folder: of what is kept; None: nothing is. digest: of all that a network
    depends on; material_digest: of all that windows depend on."""

    material: Material
    features: Features
    options: SpeakerOptions
    folder: Path | None
    say: Say
    digest: str
    material_digest: str = ""

    @property
    def front(self) -> FrontEnd:
        """The front end of its features."""
        return self.features.front

    @property
    def shape(self) -> Shape:
        """Of windows."""
        return Shape(self.options.frames, self.front.hop_samples)


@dataclass(frozen=True, eq=False)
class Windows:
    """x: uint8 [N, frames, bands]; y: int64 [N], whose; known: how many classes are of known speakers."""

    x: np.ndarray
    y: np.ndarray
    known: int


def make_windows(shop: Workshop) -> Windows:
    """Each utterance in several conditions, each clip in several parts and conditions."""
    names = sorted({u.speaker for u in shop.material.learned})
    number = {name: k for k, name in enumerate(names)}
    jobs = [(u.wave, number[u.speaker], False) for u in shop.material.learned for _ in range(shop.options.copies)]
    for k, clip in enumerate(shop.material.clips):
        jobs += [(clip.wave, len(names) + k, True)] * shop.options.clip_copies
    classes = len(names) + len(shop.material.clips)
    if classes < LEAST_SPEAKERS:
        raise InputError(f"{classes} speakers to learn, expected {LEAST_SPEAKERS} or more: give voices or recordings")

    def make(k: int, wave: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng((shop.options.seed, k, 13))
        return conditions.changed(rng, conditions.part(rng, wave) if jobs[k][2] else wave, shop.shape)

    shop.say(f"windows of {len(names)} speakers and {len(shop.material.clips)} clips")
    x = conditions.windows([j[0] for j in jobs], make, shop.features, shop.shape, shop.options.workers)
    return Windows(x, np.array([j[1] for j in jobs], np.int64), len(names))


def train_network(shop: Workshop, windows: Windows) -> tuple[Graph, Graph, list[Trained]]:
    """(the embedding in floats, in integers, the record of each training)."""
    options, outputs = shop.options, int(windows.y.max()) + 1
    inputs = (options.frames, shop.front.features)

    def maker(seed: int) -> Graph:
        return zoo.make("voiceprint", input=inputs, outputs=outputs, seed=seed, **options.network)

    first = _trained(shop, "floats", maker, windows, epochs=options.epochs, normalize=True, weight_decay=DECAY)
    slow = {"learning_rate": SLOWER * options.learning_rate, "normalize": False, "quantize": True}
    second = _trained(shop, "integers", first.graph, windows, epochs=options.epochs_quantized, **slow)
    return embedding(first.graph), embedding(second.graph), [first, second]


def embedding(graph: Graph, name: str = "") -> Graph:
    """The network up to its embedding, without what is of the training's speakers alone."""
    last = next(k for k, node in enumerate(graph.nodes) if EMBEDDING in node.outputs)
    nodes = graph.nodes[: last + 1]
    named = {n for node in nodes for n in (*node.inputs, *node.outputs) if n}
    tensors = {n: t for n, t in graph.tensors.items() if n in named}
    return Graph(name or graph.name, nodes, tensors, graph.inputs, (EMBEDDING,))


def _trained(shop: Workshop, name: str, network: Any, windows: Windows, **given: Any) -> Trained:
    from lapel.training.trainer import run

    shop.say(f"training, {name}")
    options = shop.options
    settings = {
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "optimizer": "adamw" if name == "floats" else "adam",
        "seed": options.seed,
        "threads": 1,  # layers are so small that more threads wait for each other
        **given,
    }
    checkpoint = None if shop.folder is None else shop.folder / f"{name}-{shop.digest[:12]}.pt"
    classes = tuple(range(int(windows.y.max()) + 1))
    factor = shop.features.factor
    data = Dataset(windows.x, windows.y, "classification", classes, factor=factor, where="the windows")
    return run(network, Splits(data), checkpoint, shop.say, settings)


def kept(shop: Workshop, name: str, make: Callable[[], Windows]) -> Windows:
    """Windows as they were kept under this name, else made and kept."""
    if shop.folder is None:
        return make()
    path = shop.folder / f"{name}-{shop.material_digest[:12]}.npz"
    if path.exists():
        try:
            with np.load(path) as found:
                return Windows(found["x"], found["y"], int(found["known"]))
        except (OSError, ValueError, KeyError) as e:
            raise InputError(f"{path} cannot be read ({type(e).__name__}): remove it, it is made again") from None
    windows = make()
    make_folder(shop.folder)
    with replacing(path) as file:
        np.savez(file, x=windows.x, y=windows.y, known=windows.known)
    return windows
