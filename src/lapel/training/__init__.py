"""Training on the Graph, in PyTorch: `train` makes a trained float graph of a network and data.

trained = lapel.train("lenet5", lapel.data.read("mnist.npz"), epochs=10)
trained.graph, trained.record.run.test.accuracy

PyTorch is imported when it is needed: `pip install "lapel[train]"`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lapel.data import Dataset, Splits
from lapel.errors import MissingTool
from lapel.ir import Graph
from lapel.records import TrainingRecord
from lapel.training.progress import Progress

__all__ = ["Progress", "Trained", "train"]


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained float graph, and how it came about."""

    graph: Graph
    record: TrainingRecord


def require_torch() -> None:
    """Raise MissingTool if PyTorch is not there."""
    try:
        import torch  # noqa: F401
    except ImportError as e:
        raise MissingTool('PyTorch is not installed, training needs it: pip install "lapel[train]"') from e


def train(
    network: Graph | str | Callable[[int], Graph],
    data: Dataset | Splits | tuple[Any, Any],
    *,
    checkpoint: Path | str | None = None,
    progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Trained:
    """Train a network: learn its constants from the training samples, keep the epoch that is best on the validation's.

    network: a float graph of batch 1, the name of a network of the zoo, or a function seed -> graph: of the last two,
    each seed has initial weights of its own. data: splits, or samples and labels that are split here. checkpoint: a
    file that is written after each epoch; if it is there, the training goes on from it, and ends as it would have
    without a break. progress: called after each step.

    options (`lapel.records.TrainingOptions`), with defaults: loss "auto" (cross_entropy, bce, mse); optimizer "adam"
    (sgd, adamw), learning_rate 0.001, momentum 0.9, weight_decay 0; schedule "cosine" (constant, step: times
    step_factor 0.1 every step_epochs 10), warmup_epochs 0; label_smoothing 0; epochs 20, batch 64; patience: epochs
    without a better one after which it ends, none; normalize: batch normalization behind layers, folded into their
    weights in the end, by default where the zoo's network is meant to have it; standardize False: a subtraction and a
    product before the network take features to mean 0 and variance 1; augment {}: augmentations by name
    (`lapel.data.augmentations`); seed 0, seeds 1: so many trainings, of which the best by the validation set is kept;
    threads: of PyTorch, as many as it takes by itself. The same number of threads gives the same bits.

    quantize False: quantization-aware, of a float graph that is trained already. The forward pass computes the integers
    of the int8 graph that comes out; its weights have weight_bits 8 (2 to 8), and with learn_ranges True the scales of
    activations and weights are learned, too, else they are those of the data and of the widest weights; granularity
    "channel": weights have a scale for each channel, or one for the "tensor"; bias_bits 32: with 8 or 16, biases are
    integers of so many bits times a power of two, which compressed layers store as such. That the graph says
    what the training said is checked with the reference at the end; Mismatch if not.

    A loss that is no finite number ends a seed; what was best until then is kept, and the record says "diverged".
    Raises UsageError, InputError: options, network and data do not fit; UnsupportedModel with all operators that cannot
    be trained; TrainingError if nothing was learned before the loss ceased to be finite; OutputError if a checkpoint
    cannot be written; MissingTool without PyTorch.
    """
    require_torch()
    from lapel.training.trainer import run

    return run(network, data, None if checkpoint is None else Path(checkpoint), progress, options)
