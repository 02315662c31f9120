"""The loop of one seed: epochs, the best of them kept, checkpoints, and an end that says why.

What is random in an epoch is drawn from (seed, epoch) alone, and a checkpoint holds all else. So a training that was
interrupted and resumed gives, bit for bit, what it would have given without.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lapel.data import Dataset, Splits, measure
from lapel.data.augmentations import augment
from lapel.errors import TrainingError
from lapel.records import Epoch, Metrics, TrainingOptions
from lapel.records.training import Ended
from lapel.training.checkpoints import read_checkpoint, write_checkpoint
from lapel.training.hooks import Hook
from lapel.training.losses import LOSSES
from lapel.training.module import GraphModule
from lapel.training.optimizers import make_optimizer
from lapel.training.progress import Progress
from lapel.training.quantized import QuantModule
from lapel.training.schedules import rate

JUDGED = 512
"""Samples of a batch that nothing is learned from."""


@dataclass
class State:
    """Where a training is. best: the weights of the epoch with the best validation, else of the last one."""

    epochs: list[Epoch] = field(default_factory=list)
    best_epoch: int = 0
    best: dict[str, Tensor] | None = None
    ended: Ended | None = None


@dataclass
class Loop:
    """One training. score: the tensor that the loss is of; checkpoint: where, None for none."""

    module: GraphModule | QuantModule
    splits: Splits
    options: TrainingOptions
    seed: int
    loss: str
    score: str
    device: torch.device
    digest: str = ""
    checkpoint: Path | None = None
    progress: Callable[[Progress], None] | None = None
    hooks: Sequence[Hook] = ()

    def run(self) -> State:
        """Train to the end; the module then has the weights that are to be kept. Raises TrainingError if there are
        none, OutputError if a checkpoint cannot be written."""
        self.module.to(self.device)
        for hook in self.hooks:
            hook.begin(self)
        optimizer = make_optimizer(self.module, self.options)
        state = self._resumed(optimizer)
        started = time.monotonic(), len(state.epochs)
        while state.ended is None:
            self._advance(state, optimizer, started)
            if self.checkpoint is not None:
                self._write(self.checkpoint, state, optimizer)
        if state.best is None:
            done = len(state.epochs)
            when = f"epoch {done + 1}, before anything could be kept" if done else "the first epoch"
            raise TrainingError(
                f"{self.module.graph.name}: the loss is no finite number in {when}: lower learning_rate "
                f"({self.options.learning_rate:g}), or look for very large numbers in the data"
            )
        self.module.load_state_dict(state.best)
        self.module.eval()
        return state

    def _advance(self, state: State, optimizer: torch.optim.Optimizer, started: tuple[float, int]) -> None:
        """One epoch, and what follows from it."""
        number = len(state.epochs)
        loss = self._epoch(number, optimizer, started)
        val = None if loss is None or self.splits.val is None else self.judged(self.splits.val)
        if loss is None or (val is not None and not math.isfinite(val.loss or 0.0)):
            state.ended = "diverged"
            return
        state.epochs.append(Epoch(loss, None if val is None else val.loss, None if val is None else val.share))
        counts = all(hook.counts((number + 1) / self.options.epochs) for hook in self.hooks)
        if counts and (val is None or _better(state.epochs, state.best_epoch)):
            state.best_epoch, state.best = number + 1, copy.deepcopy(self.module.state_dict())
        waited = number + 1 - state.best_epoch if state.best_epoch else 0
        if self.options.patience is not None and waited >= self.options.patience:
            state.ended = "patience"
        elif number + 1 >= self.options.epochs:
            state.ended = "epochs"

    def _epoch(self, number: int, optimizer: torch.optim.Optimizer, started: tuple[float, int]) -> float | None:
        """The mean loss of an epoch; None if it is no finite number."""
        data, size = self.splits.train, self.options.batch
        rng = np.random.default_rng((self.seed, number))
        order = rng.permutation(len(data))
        # Of a last batch of one sample there is no variance.
        least = 2 if self.module.normal and len(data) > 1 else 1
        parts = [order[at : at + size] for at in range(0, len(order), size)]
        if len(parts[-1]) < least:
            parts = [*parts[:-2], np.concatenate(parts[-2:])] if len(parts) > 1 else parts
        self.module.train()
        total = 0.0
        for k, part in enumerate(parts):
            for group in optimizer.param_groups:
                group["lr"] = rate(number + k / len(parts), self.options)
            for hook in self.hooks:
                hook.advance((number + k / len(parts)) / self.options.epochs)
                hook.samples(part)
            x = augment(rng, data.numbers(part), self.options.augment)
            loss = self._step(x, data.y[part], optimizer)
            if not math.isfinite(loss):
                return None
            total += loss * len(part)
            self._tell(number, k + 1, len(parts), total / (k * size + len(part)), started)
        return total / len(data)

    def _step(self, x: np.ndarray, y: np.ndarray, optimizer: torch.optim.Optimizer) -> float:
        optimizer.zero_grad(set_to_none=True)
        given, wanted = self._given(x), tuple({name: None for hook in self.hooks for name in hook.wanted()})
        found = self.module({self.module.graph.inputs[0]: given}, (self.score, *wanted))
        scores, made = found[0].reshape(len(x), -1), dict(zip(wanted, found[1:], strict=True))
        loss = LOSSES[self.loss](scores, torch.from_numpy(y).to(self.device), self.options)
        for hook in self.hooks:
            loss = hook.loss(loss, given, scores, made)
        loss.backward()
        optimizer.step()
        for hook in self.hooks:
            hook.stepped()
        return float(loss.detach())

    def _given(self, x: np.ndarray) -> Tensor:
        graph = self.module.graph
        shape = graph.tensors[graph.inputs[0]].type.shape
        return torch.from_numpy(np.ascontiguousarray(x.reshape(len(x), *shape[1:]))).to(self.device)

    def _scores(self, x: np.ndarray) -> Tensor:
        (scores,) = self.module({self.module.graph.inputs[0]: self._given(x)}, (self.score,))
        return scores.reshape(len(x), -1)

    def judged(self, data: Dataset) -> Metrics:
        """How well the module does as it is now."""
        self.module.eval()
        scores, total = [], 0.0
        with torch.no_grad():
            for at in range(0, len(data), JUDGED):
                part = slice(at, at + JUDGED)
                made = self._scores(data.numbers(part))
                labels = torch.from_numpy(data.y[part]).to(self.device)
                total += float(LOSSES[self.loss](made, labels, self.options)) * len(made)
                scores.append(made.cpu().numpy())
        return measure(np.concatenate(scores), data, total / len(data))

    def _tell(self, epoch: int, step: int, steps: int, loss: float, started: tuple[float, int]) -> None:
        if self.progress is None:
            return
        spent_s, done = time.monotonic() - started[0], epoch - started[1] + step / steps
        whole = self.options.epochs - started[1]
        speed = done * len(self.splits.train) / spent_s if spent_s else 0.0
        left_s = spent_s * (whole - done) / done
        self.progress(Progress(self.seed, epoch + 1, self.options.epochs, step, steps, loss, speed, left_s))

    def _resumed(self, optimizer: torch.optim.Optimizer) -> State:
        found = None if self.checkpoint is None else read_checkpoint(self.checkpoint, self.digest)
        if found is None:
            return State()
        self.module.load_state_dict(found["module"])
        optimizer.load_state_dict(found["optimizer"])
        return State([Epoch(**e) for e in found["epochs"]], found["best_epoch"], found["best"], found["ended"])

    def _write(self, path: Path, state: State, optimizer: torch.optim.Optimizer) -> None:
        content: dict[str, Any] = {
            "module": self.module.state_dict(),
            "optimizer": optimizer.state_dict(),
            "epochs": [asdict(e) for e in state.epochs],
            "best_epoch": state.best_epoch,
            "best": state.best,
            "ended": state.ended,
        }
        write_checkpoint(path, self.digest, content)


def _better(epochs: list[Epoch], best: int) -> bool:
    """Whether the last epoch is better than the best before: by the share, then by the loss."""
    if not best:
        return True

    def rank(e: Epoch) -> tuple[float, float]:
        share, loss = e.val_share, e.val_loss
        return (-math.inf if share is None else share, -math.inf if loss is None else -loss)

    return rank(epochs[-1]) > rank(epochs[best - 1])
