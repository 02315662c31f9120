"""`Beside`: an integer model beside its float model, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BesideLayer:
    """A tensor that a layer makes, and its counterpart in the float model.

    sqnr_db: signal to quantization noise as the model runs. own_sqnr_db: of this layer alone, which is given what the
    float model has there. saturated: the share of the float model's values beyond what the layer's integers stand for.
    """

    layer: str
    op: str
    counterpart: str
    sqnr_db: float
    own_sqnr_db: float
    saturated: float


@dataclass(frozen=True)
class BesideSample:
    """A sample's results beside those of the float model. changed: of a classifier, whether the class is another."""

    sample: int
    sqnr_db: float
    changed: bool


@dataclass(frozen=True)
class Beside:
    """An integer model beside its float model.

    float_model: its name; "": the model's own network over the reals. unmatched: layers that have no counterpart there.
    first: the first layer that hurts by itself; "": none does. worst: the samples that suffer most, the worst first.
    unlike: a sentence, if its weights are not those of the float model.
    """

    float_model: str
    samples: int
    layers: tuple[BesideLayer, ...]
    unmatched: tuple[str, ...]
    first: str
    worst: tuple[BesideSample, ...]
    unlike: str = ""
