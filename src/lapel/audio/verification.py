"""Graphs of a speaker's verification: features and a template -> embedding and score; embeddings -> a template.

verifying(model)        # int8 [1, frames, features], int8 [D] -> int8 [1, D], int16 [1]
enrolling(embedding, 3) # int8 [3, D] -> int8 [D], int16 [3]: the template, and how alike each utterance is to it

Both are ordinary graphs, so that a device enrols and verifies by plans like any other; the embedding is an output of
the first one, which thereby serves enrolment, too.
"""

from __future__ import annotations

from dataclasses import replace

from lapel.errors import InputError, shown
from lapel.ir import Graph, Tensor, Type
from lapel.ops import centroid, similarity, verify

TEMPLATE, SCORE, EMBEDDINGS, ALIKE = "template", "score", "embeddings", "alike"
"""Names of tensors."""


def embedding_of(model: Graph) -> Tensor:
    """What a model says of an utterance. Raises InputError if it is no int8 [1, D]."""
    if len(model.results) != 1 or len(model.arguments) != 1 or model.carries:
        raise InputError(
            f"{shown(model.name)}: has {len(model.arguments)} inputs, {len(model.results)} outputs and "
            f"{len(model.carries)} states, expected features in, an embedding out, and none"
        )
    found = model.tensors[model.results[0]]
    if found.type.dtype != "int8" or len(found.type.shape) != 2 or found.type.shape[0] != 1:
        raise InputError(f"{shown(model.name)}: gives {found.type}, expected an embedding, int8 [1, values]")
    return found


def verifying(model: Graph) -> Graph:
    """The model with a second input, the template, and a second output, the embedding's similarity to it.

    Raises InputError: the model gives no embedding, or has tensors of these names.
    """
    found = embedding_of(model)
    taken = sorted({TEMPLATE, SCORE} & model.tensors.keys())
    if taken:
        raise InputError(f"{shown(model.name)}: has a tensor {taken[0]!r}, which verification adds: rename it")
    template = Tensor(TEMPLATE, Type(found.type.shape[1:], "int8", centroid.OUTPUT))
    node, score = similarity.node(found, template, SCORE)
    return verify(
        replace(
            model,
            nodes=(*model.nodes, node),
            tensors={**model.tensors, TEMPLATE: template, SCORE: score},
            inputs=(*model.inputs, TEMPLATE),
            outputs=(found.name, SCORE),
        )
    )


def enrolling(embedding: Type, utterances: int, name: str = "enrol") -> Graph:
    """Embeddings of so many utterances -> their template, and the similarity of each to it.

    embedding: the type of one, int8 [1, D].
    """
    given = Tensor(EMBEDDINGS, replace(embedding, shape=(utterances, *embedding.shape[1:])))
    first, template = centroid.node(given, TEMPLATE)
    second, alike = similarity.node(given, template, ALIKE)
    tensors = {t.name: t for t in (given, template, alike)}
    return verify(Graph(name, (first, second), tensors, (EMBEDDINGS,), (TEMPLATE, ALIKE)))
