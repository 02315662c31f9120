"""`protonn4` on 8-bit AVR cores with a multiplier: eight prototypes at a time, 9 cycles a multiplication."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.variants.avrnibbles import blocks, modular, weights
from lapel.variants.variant import Variant


class ProtoNN4Avr:
    """The kernel `protonn4_avr`."""

    def specialize(self, call: Call) -> Call | str:
        p = call.params
        if p["batches"] != 1:
            return f"it takes {p['batches']} rows, expected one"
        w, norm, halve, drop, last = weights(p["w"], p["dims"]), p["norm"], p["halve"], p["drop"], p["last"]
        assert isinstance(norm, np.ndarray) and isinstance(halve, int) and isinstance(drop, int)
        assert isinstance(last, int)
        offset = norm.astype(np.int64) - ((w**2).sum(axis=1) << (halve - 2))
        apart = ((128 + (np.abs(w) << (halve - 1))) ** 2).sum(axis=1)
        if ((apart >> halve) + offset).max() >= 2**16 - 1:
            return "a distance could reach 2^16 - 1"
        if last << drop >= 2**16 or drop > 15:
            return "the table reaches beyond 2^16"
        params = {
            "w": blocks(w),
            "norm": modular(norm.astype(np.int64) + 128 * w.sum(axis=1)),
            **{name: p[name] for name in ("counts", "table", "dims", "classes", "last", "halve", "drop")},
            "limit": last << drop,
        }
        return replace(call, kernel="protonn4_avr", params=params)


VARIANT: Variant = ProtoNN4Avr()
