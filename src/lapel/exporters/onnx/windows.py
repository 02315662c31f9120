"""What convolutions and poolings share: constant pads, and weights with the channels first."""

from __future__ import annotations

from typing import Any

from lapel.exporters.onnx.emitter import Emitter, First


def pads(e: Emitter) -> list[int]:
    """The node's pads, all that begin before all that end."""
    top, bottom, left, right = e.inst.attrs["pad"]
    return [top, left, bottom, right]


def convolved(e: Emitter, w: str, kernel: tuple[int, ...], groups: int) -> str:
    """Conv of input 0 with weights [O, C / groups, KH, KW], the bias, and the activation."""
    bias = e.bias(2)
    inputs = (e.first(), w) if bias is None else (e.first(), w, bias)
    attrs: dict[str, Any] = {"strides": e.inst.attrs["stride"], "dilations": e.inst.attrs["dilation"]}
    made = e.op("Conv", *inputs, group=groups, kernel_shape=kernel, pads=pads(e), **attrs)
    return First(e.activated(made))


def pooled(e: Emitter, kind: str, **attrs: Any) -> str:
    """A pooling of input 0, and the activation."""
    kernel, stride = e.inst.attrs["kernel"], e.inst.attrs["stride"]
    made = e.op(kind, e.first(), kernel_shape=kernel, strides=stride, pads=pads(e), **attrs)
    return First(e.activated(made))
