"""ConvTranspose of the whole, cut or padded to its size, then the bias."""

from __future__ import annotations

from lapel.exporters.onnx.emitter import Emitter, First


def write(e: Emitter) -> str:
    attrs, (o, *kernel, _) = e.inst.attrs, e.inst.x(1).shape
    top, left = attrs["pad"][0], attrs["pad"][2]
    whole = [(n - 1) * s + k for n, s, k in zip(e.inst.x().shape[1:3], attrs["stride"], kernel, strict=True)]
    rest = [n - begin - size for n, begin, size in zip(whole, (top, left), attrs["size"], strict=True)]
    ends, w = [max(0, n) for n in rest], e.weights(1, (3, 0, 1, 2))
    made = e.op("ConvTranspose", e.first(), w, kernel_shape=kernel, strides=attrs["stride"], pads=[top, left, *ends])
    if min(rest) < 0:
        made = e.op("Pad", made, e.ints(0, 0, 0, 0, 0, 0, *(max(0, -n) for n in rest)))
    bias = e.bias(2)
    if bias is not None:
        made = e.op("Add", made, e.reshaped(bias, o, 1, 1))
    return First(e.activated(made))
