"""`dense` of weights of 4 bits on a line on the DSP extension: eight multiplications in eight instructions."""

from __future__ import annotations

from lapel.coding import linear
from lapel.ir import Call
from lapel.variants.coded import CodedDense
from lapel.variants.variant import Variant


class DenseInt4(CodedDense):
    """Rows begin with a byte of the stream, and two are computed at a time."""

    def specialize(self, call: Call) -> Call | str:
        """The call of int4 weights."""
        inputs, outputs = call.params["inputs"], call.params["outputs"]
        assert isinstance(inputs, int) and isinstance(outputs, int)
        if inputs % 2 or outputs < 2:
            return f"{outputs} rows of {inputs} weights, expected 2 or more of an even number"
        return super().specialize(call)


VARIANT: Variant = DenseInt4("dense_codeddsp_int4", linear, padded=True)
