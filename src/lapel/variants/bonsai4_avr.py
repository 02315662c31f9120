"""`bonsai4` on 8-bit AVR cores with a multiplier: eight rows of a node at a time, 9 cycles a multiplication."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.variants.avrnibbles import ROWS, blocks, modular, reach, weights
from lapel.variants.variant import Variant


class Bonsai4Avr:
    """The kernel `bonsai4_avr`."""

    def specialize(self, call: Call) -> Call | str:
        p = call.params
        if p["batches"] != 1:
            return f"it takes {p['batches']} rows, expected one"
        pairs, branch, bias = weights(p["w"], p["dims"]), weights(p["branch"], p["dims"]), p["bias"]
        drop, inner = p["drop"], p["inner"]
        assert isinstance(bias, np.ndarray) and isinstance(drop, int) and isinstance(inner, int)
        nodes, dims = len(pairs), pairs.shape[-1]
        rows = np.zeros((nodes, 2 * pairs.shape[1] + 1, dims), np.int64)
        rows[:, :-1] = pairs.reshape(nodes, -1, dims)
        rows[:inner, -1] = branch
        own = np.zeros(rows.shape[:2], np.int64)
        own[:inner, -1] = bias
        low, high = (r.reshape(own.shape) + own for r in reach(rows.reshape(-1, dims)))
        if low.min() < -(2**15) or high.max() >= 2**15:
            return "a sum could reach 2^15"
        if drop > 15:
            return f"sums are shifted by {drop} bits, expected 15 at most"
        params = {
            "w": np.concatenate([blocks(of_node) for of_node in rows]),
            "bias": modular(own - 128 * rows.sum(axis=2)),
            **{name: p[name] for name in ("dims", "classes", "inner", "drop", "scale")},
            "blocks": -(-rows.shape[1] // ROWS),
        }
        return replace(call, kernel="bonsai4_avr", params=params)


VARIANT: Variant = Bonsai4Avr()
