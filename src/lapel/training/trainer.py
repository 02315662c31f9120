"""What `lapel.train` does: check all that is given, train each seed, measure the graphs that come out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from lapel import zoo
from lapel.data import Dataset, Splits, make_dataset, split
from lapel.data.augmentations import check as check_augmentations
from lapel.data.dataset import check_classes
from lapel.errors import InputError, UsageError
from lapel.ir import Graph, Origin
from lapel.ops import registry
from lapel.records import SeedRun, TrainingOptions, TrainingRecord
from lapel.training import Progress, Trained
from lapel.training.checkpoints import check_place, discard, places
from lapel.training.hooks import Hook
from lapel.training.loop import Loop
from lapel.training.losses import chosen_loss
from lapel.training.module import GraphModule, check_batches, check_trainable, normalized
from lapel.training.notices import notices
from lapel.training.options import make_options
from lapel.training.quantized import QuantModule
from lapel.training.ranges import check_same, float_scores, observed_types
from lapel.training.standard import standardized
from lapel.version import VERSION

Maker = Callable[[int], Graph]


def run(
    network: Graph | str | Maker,
    data: Dataset | Splits | tuple[Any, Any],
    checkpoint: Path | None,
    progress: Callable[[Progress], None] | None,
    given: Mapping[str, Any],
    discarded: Sequence[Path] = (),
    hooks: Sequence[Hook] = (),
) -> Trained:
    """See `lapel.train`. discarded: checkpoints that are removed once all that is given has been checked. hooks: of
    one seed."""
    started = time.monotonic()
    splits = as_splits(data, labels=all(hook.labels for hook in hooks))
    make, normal = _maker(network, splits)
    options = make_options({"normalize": normal, **given})
    check_augmentations(options.augment, splits.train.x.shape[1:])
    if checkpoint is not None:
        check_place(checkpoint)
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    data_digest = _digest(splits) if checkpoint is not None else ""
    files = {} if checkpoint is None else places(checkpoint, options)
    runs: list[SeedRun] = []
    graphs, learned = {}, 0
    for seed in range(options.seed, options.seed + options.seeds):
        graph, frozen = _prepared(make(seed), splits, options)
        loop = _loop(graph, frozen, splits, options, seed)
        if not runs:
            discard(discarded)
        loop.checkpoint, loop.progress, loop.hooks = files.get(seed), progress, hooks
        what = (graph.digest(), _settings(options), seed, data_digest, *(hook.digest for hook in hooks))
        loop.digest = hashlib.sha256(repr(what).encode()).hexdigest()
        learned = sum(p.numel() for p in loop.module.constants)
        made, found = _trained(loop)
        runs.append(found)
        graphs[seed] = made
    best = max(runs, key=lambda r: (_share(r), -(r.val.loss or 0.0) if r.val else 0.0))
    graph = graphs[best.seed]
    return Trained(graph, _record(graph, splits, options, tuple(runs), best.seed, learned, time.monotonic() - started))


def as_splits(data: Dataset | Splits | tuple[Any, Any], labels: bool = True) -> Splits:
    """The splits; data that is not split yet is, in a way that is the same in every run.

    labels: whether they are learned from. Raises InputError if then a class has no samples to learn it.
    """
    if isinstance(data, tuple):
        if len(data) != 2:
            raise UsageError(f"data is a tuple of {len(data)}, expected (samples, labels), a Dataset or Splits")
        data = make_dataset(*data)
    if isinstance(data, Dataset):
        return split(data)
    if not isinstance(data, Splits):
        raise UsageError(f"data is a {type(data).__name__}, expected (samples, labels), a Dataset or Splits")
    if labels:
        check_classes(data.train)
    if data.val is not None or data.test is None:
        return data
    # An official test set alone: what decides between epochs is taken from the training samples.
    parts = split(data.train, (0.9, 0.1, 0.0))
    return Splits(parts.train, parts.val, data.test)


def _maker(network: Graph | str | Maker, splits: Splits) -> tuple[Maker, bool]:
    """seed -> graph, and whether it is meant to be normalized."""
    if isinstance(network, Graph):
        return lambda seed: network, False
    if callable(network):
        return network, False
    found = zoo.network(network)
    shape, outputs = splits.train.x.shape[1:], splits.train.outputs
    return lambda seed: zoo.make(network, input=shape, outputs=outputs, seed=seed), found.normalize


def _prepared(graph: Graph, splits: Splits, options: TrainingOptions) -> tuple[Graph, tuple[str, ...]]:
    """The graph that is trained, with what comes before it, and the names of constants that are not learned."""
    check_fit(graph, splits.train)
    return standardized(graph, splits.train) if options.standardize else (graph, ())


def check_fit(graph: Graph, data: Dataset) -> None:
    """Raise UnsupportedModel, UsageError or InputError if PyTorch cannot compute the graph, or not of these samples."""
    check_trainable(graph)
    if len(graph.arguments) != 1 or len(graph.results) != 1:
        found = f"{len(graph.arguments)} inputs and {len(graph.results)} outputs"
        raise UsageError(f"{graph.name} has {found}, expected one of each to train it")
    shape = graph.tensors[graph.inputs[0]].type.shape
    sample = data.x.shape[1:]
    size = 1
    for n in sample:
        size *= n
    if shape[0] != 1 or (sample != shape[1:] and size != graph.tensors[graph.inputs[0]].type.size):
        raise InputError(f"{data.where}: samples are {list(sample)}, expected {list(shape[1:])} for {graph.name}")


def _loop(graph: Graph, frozen: tuple[str, ...], splits: Splits, options: TrainingOptions, seed: int) -> Loop:
    outputs = graph.tensors[graph.outputs[0]].type.size
    loss = chosen_loss(options.loss, splits.train, outputs)
    module: GraphModule | QuantModule = GraphModule(graph, normalized(graph) if options.normalize else (), frozen)
    assert isinstance(module, GraphModule)
    check_batches(module)
    if options.quantize:
        types = observed_types(module, splits.train)
        wanted = options.weight_bits, options.learn_ranges, options.granularity, options.bias_bits
        module = QuantModule(graph, types, *wanted)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Loop(module, splits, options, seed, loss, scored(graph, loss), device)


def scored(graph: Graph, loss: str) -> str:
    """The tensor that the loss is of: what the operator that makes probabilities of logits reads, else the output."""
    maker = next((n for n in graph.nodes if graph.outputs[0] in n.outputs), None)
    kinds = {"cross_entropy": "distribution", "bce": "probability"}
    if maker is None or registry()[maker.op].scores is None or registry()[maker.op].scores != kinds.get(loss):
        return graph.outputs[0]
    return maker.inputs[0]


def _trained(loop: Loop) -> tuple[Graph, SeedRun]:
    """Train; the graph, and its metrics, which are those of the graph as it is handed out."""
    state = loop.run()
    graph = loop.module.learned()
    train = loop.splits.train
    origin = Origin(train.task, train.classes, numbers=train.factor == 1.0)
    graph = replace(graph, origin=origin)
    if isinstance(loop.module, QuantModule):
        check_same(loop.module, graph, train)
        graph = replace(graph, origin=replace(origin, scores=float_scores(loop.module.graph)))
    else:
        loop.module = GraphModule(graph).to(loop.device)
    parts = [None if part is None else loop.judged(part) for part in (train, loop.splits.val, loop.splits.test)]
    assert parts[0] is not None and state.ended is not None
    return graph, SeedRun(loop.seed, state.best_epoch, state.ended, tuple(state.epochs), parts[0], parts[1], parts[2])


def _share(run: SeedRun) -> float:
    """By what seeds are compared."""
    metrics = run.val or run.train
    return -float("inf") if metrics.share is None else metrics.share


def _record(
    graph: Graph,
    splits: Splits,
    options: TrainingOptions,
    runs: tuple[SeedRun, ...],
    seed: int,
    learned: int,
    seconds: float,
) -> TrainingRecord:
    train, val, test = (0 if part is None else len(part) for part in (splits.train, splits.val, splits.test))
    return TrainingRecord(
        lapel=VERSION,
        network=graph.name,
        sha256=graph.digest(),
        options=options,
        task=splits.train.task,
        classes=splits.train.classes,
        train_samples=train,
        val_samples=val,
        test_samples=test,
        learned=learned,
        device=torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        seed=seed,
        runs=runs,
        seconds=seconds,
        warnings=(*splits.train.notes, *notices(runs, splits.train.classes, options)),
    )


def _settings(options: TrainingOptions) -> dict[str, Any]:
    """The options that one seed's training depends on."""
    return {k: v for k, v in asdict(options).items() if k not in ("seed", "seeds", "threads")}


def _digest(splits: Splits) -> str:
    h = hashlib.sha256()
    for part in (splits.train, splits.val):
        if part is not None:
            h.update(repr((part.x.shape, part.factor, part.zero)).encode() + part.x.tobytes() + part.y.tobytes())
    return h.hexdigest()
