"""`hosted`: a model's firmware in this process, called on arrays at the speed of training and of search."""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lapel import codegen
from lapel.codegen.loop import RESET, RUN, loop_text
from lapel.errors import InputError
from lapel.frontends import Model
from lapel.ir import DTYPES, Graph, Type
from lapel.measuring import plan_for
from lapel.proving.models import load
from lapel.proving.samples import check_sequences, quantize
from lapel.simulate.library import build_library, load_private
from lapel.simulate.process import TIMEOUT_S
from lapel.targets import load_target
from lapel.wish import ANY, Wish

BLOCK_MACS = 1 << 28
"""Of one call of the library, about a tenth of a second: between two of them Ctrl-C is heard."""


@dataclass(frozen=True)
class _Given:
    """An array (N, …) of samples, and whether N stands where the model's batch axis of one is; one: it was a sample."""

    x: np.ndarray
    in_place: bool
    one: bool


class Hosted:
    """A model as its firmware computes it, compiled for this computer: a function of arrays, with a state of its own.

    Made by `lapel.hosted`. Calls are consecutive: a state is kept until `reset`. Threads may call at the same time;
    those of one object take turns, those of several run side by side, since the lock of Python is released.
    """

    def __init__(self, graph: Graph, library: Path, block: int) -> None:
        self.graph = graph
        self._library, self._block, self._lock = library, block, threading.Lock()
        self._inputs = [(n, graph.tensors[n].type) for n in graph.arguments]
        self._outputs = [graph.tensors[n].type for n in graph.results]
        self._loaded = load_private(library)
        self._run, self._reset = self._loaded[RUN], self._loaded[RESET]
        # An address and a number of bytes of each port: `lapel_samples` of codegen/loop.py, both as wide as a pointer.
        self._ports = (ctypes.c_ssize_t * (2 * (len(self._inputs) + len(self._outputs))))()
        self._run.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_size_t]
        self._run.restype = self._reset.restype = None

    def __call__(self, *arrays: np.ndarray, reset_every: int | None = None) -> Any:
        """What the model says to consecutive samples: an array, or a tuple of them if it has several outputs.

        arrays: one for each input, in the order of `graph.arguments`, of its dtype; floats are quantized as `lapel.run`
        quantizes them.

        | array | is | outputs |
        |---|---|---|
        | shape of the input | one sample | shape of the output |
        | (N, *shape) | N samples | (N, *shape of the output) |
        | (N, *rest), the input is [1, *rest] | N samples | (N, *rest of the output), if that is [1, *rest] |

        Samples may overlap in memory, as those of `numpy.lib.stride_tricks.sliding_window_view` do: nothing is copied
        where the values of a sample lie side by side. reset_every: samples of a sequence, before each of which the
        state is the initial one.

        Raises InputError for another number of arrays, shapes or dtypes, UsageError for sequences that are not whole.
        """
        if len(arrays) != len(self._inputs):
            names = ", ".join(self.graph.arguments)
            raise InputError(
                f"{self.graph.name}: {len(arrays)} arrays, expected {len(self._inputs)}: give one for each of {names}"
            )
        given = [_take(n, t, x) for (n, t), x in zip(self._inputs, arrays, strict=True)]
        counts = {len(g.x) for g in given} or {1}
        if len(counts) > 1:
            lengths = {n: len(g.x) for (n, _), g in zip(self._inputs, given, strict=True)}
            raise InputError(f"{self.graph.name}: inputs have different numbers of samples: {lengths}")
        (count,) = counts
        if reset_every is not None:
            check_sequences(self.graph, count, reset_every)
        found: list[np.ndarray] = [np.empty((count, *t.shape), DTYPES[t.dtype]) for t in self._outputs]
        self._execute([g.x for g in given], found, count, reset_every or 0)
        form = given[0] if given else _Given(np.empty(0), False, True)
        results = tuple(_as_given(form, t, y) for t, y in zip(self._outputs, found, strict=True))
        return results[0] if len(results) == 1 else results

    def reset(self) -> None:
        """Set the state to its initial values, for a new sequence."""
        with self._lock:
            self._reset()

    def another(self) -> Hosted:
        """The same model with an arena and a state of its own, at its initial values; nothing is compiled again."""
        return Hosted(self.graph, self._library, self._block)

    def _execute(self, inputs: list[np.ndarray], outputs: list[np.ndarray], count: int, reset_every: int) -> None:
        with self._lock:
            for k, x in enumerate((*inputs, *outputs)):
                self._ports[2 * k] = x.ctypes.data
                self._ports[2 * k + 1] = x.strides[0]
            for first in range(0, count, self._block):
                self._run(self._ports, first, min(first + self._block, count), reset_every)


def hosted(model: Model, *, calibration: Any = None, wish: Wish = ANY, timeout_s: float = TIMEOUT_S) -> Hosted:
    """A model's firmware as a function of this process: the C of its plan for target `host`, compiled and loaded.

    It computes what the reference computes, bit for bit, and is compiled once and kept in the cache.

    model, calibration: see `lapel.load`. wish: see `lapel.Wish`; another plan gives the same values. timeout_s:
    host seconds that the compiler may take.

    Raises MissingTool where this computer has no compiler, CompileError, and what `lapel.plan` raises.
    """
    graph, target = load(model, calibration), load_target("host")
    plan = plan_for(graph, target, wish, timeout_s=timeout_s)
    code = codegen.generate(plan)
    loop = loop_text(code.prefix, code.inputs, code.outputs, stateful=code.stateful)
    sources = {f"{code.prefix}.h": code.header, f"{code.prefix}.c": code.source, "lapel_loop.c": loop}
    library = build_library(f"lapel_hosted_{code.prefix}", sources, target, timeout_s)
    return Hosted(graph, library, max(1, BLOCK_MACS // max(plan.macs, 1)))


def _take(name: str, t: Type, x: np.ndarray) -> _Given:
    """(N, …) of the type's dtype, the values of each sample side by side."""
    if x.shape == t.shape:
        given = _Given(x[None], False, True)
    elif x.shape[1:] == t.shape:
        given = _Given(x, False, False)
    elif x.ndim == len(t.shape) and x.shape[1:] == t.shape[1:] and t.shape[0] == 1:
        given = _Given(x, True, False)
    else:
        batch = "[N, …]" if t.shape[:1] != (1,) else f"{['N', *t.shape[1:]]} or [N, …]".replace("'", "")
        raise InputError(f"input {name!r} has shape {list(x.shape)}, expected {list(t.shape)} or {batch}: give samples")
    x = given.x
    if x.dtype != DTYPES[t.dtype]:
        if x.dtype.kind != "f":
            raise InputError(f"input {name!r} is {x.dtype}, expected {t.dtype} or float: convert it")
        x = quantize(name, t, x)
    elif not x.flags.c_contiguous and len(x) and not x[0].flags.c_contiguous:
        x = np.ascontiguousarray(x)
    return given if x is given.x else _Given(x, given.in_place, given.one)


def _as_given(form: _Given, t: Type, y: np.ndarray) -> np.ndarray:
    if form.one:
        return y[0]
    return y.reshape(len(y), *t.shape[1:]) if form.in_place and t.shape[:1] == (1,) else y
