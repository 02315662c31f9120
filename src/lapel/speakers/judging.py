"""How well speakers are told apart: trials of each material under each condition, by each method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lapel.ir import Graph
from lapel.records import SpeakerFigures, SpeakerOptions
from lapel.speakers import conditions, trials
from lapel.speakers.material import Material
from lapel.speakers.scoring import (
    Score,
    discriminant,
    embed,
    embed_floats,
    enrol,
    mean_bands,
    of_integers,
    of_vectors,
)
from lapel.speakers.training import Windows, Workshop
from lapel.speakers.trials import Trials
from lapel.speakers.voices import Utterance


@dataclass(frozen=True, eq=False)
class Heard:
    """Utterances that judge, as windows. name: the material and its condition; x: uint8 [N, frames, bands]."""

    name: str
    speakers: tuple[str, ...]
    texts: tuple[str, ...]
    x: np.ndarray


DEVICE, FLOATS = "embedding, int8", "embedding, floats"
LINEAR, BANDS = "linear discriminant analysis", "mean of the bands"
"""Methods: what a device computes, what it was before it was quantized, and what is simpler: the mean and deviation of
each band in directions that tell the training's speakers apart, and the means alone."""
ODD_PERCENT = 2.0
"""Of utterances of a speaker in a template of his own, those that are taken for another's."""
Method = Callable[[Heard], Score]
"""What scores the trials of a material."""


def check_trials(material: Material, options: SpeakerOptions) -> None:
    """Raise InputError if anything that is to judge has no trials, before anything is learned."""
    for name, said in (*material.validation.items(), *material.tests.items()):
        speakers, texts = [u.speaker for u in said], [u.text for u in said]
        trials.enrolments(speakers, texts, options.utterances, 1, options.seed, name)


def hear(shop: Workshop, name: str, utterances: Sequence[Utterance], number: int) -> list[Heard]:
    """The utterances as they are, and under noise."""
    found = []
    for k, snr_db in enumerate((conditions.CLEAN_DB, shop.options.snr_db)):

        def make(n: int, wave: np.ndarray, k: int = k, snr_db: float = snr_db) -> np.ndarray:
            rng = np.random.default_rng((shop.options.seed, number, n, k, 14))
            return conditions.judged(rng, wave, shop.shape, snr_db)

        said = name if k == 0 else f"{name}, noise at {snr_db:g} dB"
        shop.say(f"listening to {len(utterances)} utterances: {said}")
        x = conditions.windows([u.wave for u in utterances], make, shop.features, shop.shape, shop.options.workers)
        found.append(Heard(said, tuple(u.speaker for u in utterances), tuple(u.text for u in utterances), x))
    return found


def judge(shop: Workshop, heard: Heard, method: Method) -> Trials:
    """The trials of a material, scored. Raises InputError if it has none."""
    o = shop.options
    found = trials.enrolments(heard.speakers, heard.texts, o.utterances, o.draws, o.seed, heard.name)
    return trials.score_trials(found, heard.speakers, method(heard))


def joined(parts: Sequence[Trials]) -> Trials:
    """All of them, for a threshold; speakers and utterances of different parts are different."""
    people = np.cumsum([0, *(int(max(p.template.max(), p.speaker.max())) + 1 for p in parts)])
    clips = np.cumsum([0, *(int(p.utterance.max()) + 1 for p in parts)])
    return Trials(
        np.concatenate([p.scores for p in parts]),
        np.concatenate([p.template + n for p, n in zip(parts, people, strict=False)]),
        np.concatenate([p.speaker + n for p, n in zip(parts, people, strict=False)]),
        np.concatenate([p.utterance + n for p, n in zip(parts, clips, strict=False)]),
    )


@dataclass(frozen=True)
class Judged:
    """A threshold and an agreement of similarities, chosen on the validation, and figures of both sides."""

    threshold: int
    agreement: int
    validation: tuple[SpeakerFigures, ...]
    test: tuple[SpeakerFigures, ...]


def methods(shop: Workshop, graph: Graph, floats: Graph, learned: Windows) -> dict[str, Method]:
    """Each method by name. learned: the training's windows."""
    projected = discriminant(learned.x, learned.y)
    embedding = graph.tensors[graph.outputs[0]].type
    factor = shop.features.factor
    return {
        DEVICE: lambda heard: of_integers(embed(graph, heard.x), embedding),
        FLOATS: lambda heard: of_vectors(embed_floats(floats, heard.x, factor)),
        LINEAR: lambda heard: of_vectors(projected(heard.x)),
        BANDS: lambda heard: of_vectors(mean_bands(heard.x, learned.x)),
    }


def judge_all(shop: Workshop, graph: Graph, known: dict[str, Method]) -> Judged:
    """Choose on the validation, then judge the test once."""
    sides = [
        [h for k, (name, said) in enumerate(part.items()) for h in hear(shop, name, said, 2 * k + n)]
        for n, part in enumerate((shop.material.validation, shop.material.tests))
    ]
    found = joined([judge(shop, heard, known[DEVICE]) for heard in sides[0]])
    threshold = int(np.clip(np.ceil(trials.equal_error(found)[1]), -32768, 32767))
    agreement = int(np.floor(np.percentile(_alike(shop, graph, sides[0]), ODD_PERCENT)))
    made = [
        tuple(
            trials.figures(
                judge(shop, heard, method), heard.name, name, shop.options.resamples, shop.options.seed,
                threshold if name == DEVICE else None,
            )
            for heard in side for name, method in known.items()
        )
        for side in sides
    ]  # fmt: skip
    return Judged(threshold, agreement, *made)


def _alike(shop: Workshop, graph: Graph, side: Sequence[Heard]) -> np.ndarray:
    """int16: of each utterance of each enrolment of a side, its similarity to the template."""
    o, embedding = shop.options, graph.tensors[graph.outputs[0]].type
    found = []
    for heard in side:
        e = embed(graph, heard.x)
        for one in trials.enrolments(heard.speakers, heard.texts, o.utterances, o.draws, o.seed, heard.name):
            found.append(enrol(e[list(one.made_of)], embedding).alike)
    return np.concatenate(found)
