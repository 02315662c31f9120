"""Scores of trials: embeddings as a device has them, and what is simpler than a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.audio.verification import enrolling
from lapel.errors import MissingTool
from lapel.ir import Graph, Tensor, Type
from lapel.ops import centroid, evaluate, similarity
from lapel.proving.hosted import hosted
from lapel.speakers.trials import MISSING, Score

BATCH = 256
DIRECTIONS = 40
"""Of a discriminant analysis, at most."""


@dataclass(frozen=True, eq=False)
class Template:
    """template: int8 [D]; alike: int16 [utterances], the similarity of each utterance to it."""

    template: np.ndarray
    alike: np.ndarray


def embed(model: Graph, windows: np.ndarray) -> np.ndarray:
    """int8 [N, D]: embeddings of uint8 [N, frames, bands] windows, by the model's firmware on this computer."""
    taken = model.tensors[model.arguments[0]].type
    made = hosted(model)((windows.astype(np.int16) + taken.zero).astype(np.int8))
    return np.asarray(made).reshape(len(windows), -1)


def embed_floats(model: Graph, windows: np.ndarray, factor: float) -> np.ndarray:
    """float32 [N, D]: embeddings by the float network. factor: what a step of a window's bytes stands for."""
    import torch

    from lapel.training.module import GraphModule

    module, made = GraphModule(model).eval(), []
    with torch.no_grad():
        for at in range(0, len(windows), BATCH):
            x = torch.from_numpy(windows[at : at + BATCH].astype(np.float32) * np.float32(factor))
            made.append(module({model.inputs[0]: x})[0].numpy())
    return np.concatenate(made)


def enrol(embeddings: np.ndarray, embedding: Type) -> Template:
    """The template of int8 [N, D] embeddings of this type, as the graph `enrolling` gives it."""
    graph = enrolling(replace(embedding, shape=(1, embeddings.shape[1])), len(embeddings))
    found = evaluate(graph, {graph.inputs[0]: embeddings})
    return Template(*(found[n] for n in graph.outputs))


def compare(embeddings: np.ndarray, template: np.ndarray, embedding: Type) -> np.ndarray:
    """int16 [N]: the similarity of int8 [N, D] embeddings of this type to a template."""
    x = Tensor("x", replace(embedding, shape=embeddings.shape))
    t = Tensor("t", Type(template.shape, "int8", centroid.OUTPUT))
    node, y = similarity.node(x, t, "y")
    graph = Graph("compare", (node,), {"x": x, "t": t, "y": y}, ("x", "t"), ("y",))
    return evaluate(graph, {"x": embeddings, "t": template})["y"]


def of_integers(embeddings: np.ndarray, embedding: Type) -> Score:
    """By the device's arithmetic: embeddings, template and similarity are integers."""

    def score(made_of: Sequence[int], compared: Sequence[int]) -> np.ndarray:
        template = enrol(embeddings[list(made_of)], embedding).template
        return compare(embeddings[list(compared)], template, embedding)

    return score


def of_vectors(vectors: np.ndarray) -> Score:
    """By the cosine of float [N, D] to the mean of a template's directions."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    def score(made_of: Sequence[int], compared: Sequence[int]) -> np.ndarray:
        mean = unit[list(made_of)].mean(axis=0)
        return np.asarray(unit[list(compared)] @ mean / max(float(np.linalg.norm(mean)), 1e-12))

    return score


def discriminant(windows: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """uint8 [N, frames, bands] -> float64 [N, D]: mean and deviation of each band, by linear discriminant analysis of
    these windows and whose they are. Raises MissingTool without scikit-learn."""
    try:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    except ImportError as e:
        raise MissingTool(MISSING) from e

    def statistics(x: np.ndarray) -> np.ndarray:
        return np.concatenate([x.mean(axis=1, dtype=np.float64), x.std(axis=1, dtype=np.float64)], axis=1)

    most = min(DIRECTIONS, len(set(labels.tolist())) - 1)
    fitted = LinearDiscriminantAnalysis(n_components=most).fit(statistics(windows), labels)
    return lambda x: np.asarray(fitted.transform(statistics(x)))


def mean_bands(windows: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """float64 [N, bands]: the mean of each band over a window, less what it is in the training's windows."""
    return np.asarray(windows.mean(axis=1, dtype=np.float64) - learned.mean(axis=(0, 1), dtype=np.float64))
