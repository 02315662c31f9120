"""How `objectnet` grows: one function an operator, which appends it to a network if a value there suits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from objectnet import MOST_MACS, MOST_VALUES, SPREAD, Net, Value

Grower = Callable[[Net], None]

GROWERS: dict[str, Grower] = {}
"""By name, which is the function's."""

SAME, VALID = 0, 1
INT8_CODE, INT32_CODE = 9, 2


def grower(function: Grower) -> Grower:
    """Register a function."""
    GROWERS[function.__name__.rstrip("_")] = function
    return function


def window(n: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    """Outputs along an axis of n inputs, as TensorFlow Lite computes them."""
    extent = (kernel - 1) * dilation + 1
    return -(-n // stride) if padding == SAME else -(-(n - extent + 1) // stride)


def draw_window(net: Net, x: Value, most: int, dilated: bool) -> tuple[int, ...] | None:
    """(kernel h, w, stride h, w, dilation h, w, padding, output h, w) over x; None if nothing would be left."""
    kernel = [min(net.number(1, most), n if net.chance(0.7) else most) for n in x.shape[1:3]]
    stride = [int(net.rng.choice([1, 1, 2, 3])) for _ in range(2)]
    dilation = [net.number(1, 3) for _ in range(2)] if dilated and net.chance(0.15) else [1, 1]
    if dilation != [1, 1]:
        stride = [1, 1]
    padding = net.number(SAME, VALID)
    out = [window(n, k, s, d, padding) for n, k, s, d in zip(x.shape[1:3], kernel, stride, dilation, strict=True)]
    return (*kernel, *stride, *dilation, padding, *out) if min(out) >= 1 else None


def weights(net: Net, shape: Sequence[int], axis: int, fan_in: int, x: Value) -> tuple[Value, Value | None, float]:
    """Weights, a bias or none, and the output's scale for them."""
    rng, outs = net.rng, int(shape[axis])
    scales = [net.scale(0.01) for _ in range(outs if net.chance(0.7) else 1)]
    data = rng.integers(-127, 128, shape, np.int8)
    if net.chance(0.15):  # some channels are dead
        data = np.moveaxis(np.where(rng.random(outs) < 0.4, 0, np.moveaxis(data, axis, -1)), -1, axis)
    w = net.file.tensor(shape, "int8", scales, 0, axis=axis, data=data)
    bias = None
    if net.chance(0.8):
        products = [float(np.float32(x.scale) * np.float32(s)) for s in scales]
        bias = net.file.tensor([outs], "int32", products, data=rng.normal(0, 3000, outs).astype(np.int32))
    typical = float(np.exp(np.mean(np.log(scales))))
    y_scale = typical * x.scale * 73 * SPREAD * max(1.0, fan_in**0.5) / SPREAD
    return w, bias, net.scale(y_scale)


@grower
def conv(net: Net) -> None:
    x = net.choose(4)
    found = draw_window(net, x, 5, True) if x else None
    if x is None or found is None:
        return
    kh, kw, sh, sw, dh, dw, padding, oh, ow = found
    n, _, _, c = x.shape
    outs, group = net.number(1, 24), 1
    if net.chance(0.08):
        group = int(net.rng.choice([g for g in range(1, c + 1) if c % g == 0]))
        outs = group * net.number(1, 3)
    inner = c // group
    if n * oh * ow * outs > MOST_VALUES or n * oh * ow * outs * kh * kw * inner > MOST_MACS:
        return
    w, bias, scale = weights(net, (outs, kh, kw, inner), 0, kh * kw * inner, x)
    y = net.new((n, oh, ow, outs), scale)
    inputs = [x, w, bias] if bias or net.chance(0.5) else [x, w]
    net.file.operator(
        "CONV_2D", inputs, [y], 3, table="Conv2DOptions", padding=padding, strideH=sh, strideW=sw,
        dilationHFactor=dh, dilationWFactor=dw, fusedActivationFunction=net.activation(),
    )  # fmt: skip


@grower
def depthwise(net: Net) -> None:
    x = net.choose(4)
    found = draw_window(net, x, 5, True) if x else None
    if x is None or found is None:
        return
    kh, kw, sh, sw, dh, dw, padding, oh, ow = found
    n, _, _, c = x.shape
    times = net.number(1, 3) if net.chance(0.2) else 1
    if n * oh * ow * c * times > MOST_VALUES:
        return
    w, bias, scale = weights(net, (1, kh, kw, c * times), 3, kh * kw, x)
    y = net.new((n, oh, ow, c * times), scale)
    net.file.operator(
        "DEPTHWISE_CONV_2D", [x, w, bias] if bias else [x, w], [y], 3, table="DepthwiseConv2DOptions",
        padding=padding, strideH=sh, strideW=sw, dilationHFactor=dh, dilationWFactor=dw, depthMultiplier=times,
        fusedActivationFunction=net.activation(),
    )  # fmt: skip


@grower
def dense(net: Net) -> None:
    x = net.choose()
    if x is None or not x.shape:
        return
    whole = len(x.shape) == 2 or net.chance(0.6)
    inner, outs = x.size // x.shape[0] if whole else x.shape[-1], net.number(1, 40)
    rows = x.size // inner
    if rows * outs > MOST_VALUES or rows * outs * inner > MOST_MACS:
        return
    w, bias, scale = weights(net, (outs, inner), 0, inner, x)
    keep = not whole and net.chance(0.5)
    y = net.new((*x.shape[:-1], outs) if keep else (rows, outs), scale)
    net.file.operator(
        "FULLY_CONNECTED", [x, w, bias], [y], 5, table="FullyConnectedOptions",
        fusedActivationFunction=net.activation(), keepNumDims=keep,
    )  # fmt: skip


@grower
def tconv(net: Net) -> None:
    x = net.choose(4)
    if x is None:
        return
    (n, h, w_, c), outs, padding = x.shape, net.number(1, 12), net.number(SAME, VALID)
    kernel, stride = [net.number(1, 4) for _ in range(2)], [net.number(1, 3) for _ in range(2)]
    size = [
        d * s if padding == SAME else (d - 1) * s + max(k, s)
        for d, s, k in zip((h, w_), stride, kernel, strict=True)
    ]
    if n * size[0] * size[1] * outs > MOST_VALUES or x.size * outs * kernel[0] * kernel[1] > MOST_MACS:
        return
    w, bias, scale = weights(net, (outs, *kernel, c), 0, c * 2, x)
    y = net.new((n, *size, outs), scale)
    inputs = [net.file.integers(y.shape), w, x, *([bias] if bias else [])]
    net.file.operator(
        "TRANSPOSE_CONV", inputs, [y], 3, table="TransposeConvOptions", padding=padding, strideH=stride[0],
        strideW=stride[1],
    )  # fmt: skip


def _pool(net: Net, code: str) -> None:
    x = net.choose(4)
    found = draw_window(net, x, 4, False) if x else None
    if x is None or found is None:
        return
    kh, kw, sh, sw, _, _, padding, oh, ow = found
    if net.chance(0.2):
        kh, kw, sh, sw, padding, oh, ow = x.shape[1], x.shape[2], 1, 1, VALID, 1, 1
    y = net.alike((x.shape[0], oh, ow, x.shape[3]), x)
    net.file.operator(
        code, [x], [y], 2, table="Pool2DOptions", padding=padding, strideH=sh, strideW=sw, filterHeight=kh,
        filterWidth=kw, fusedActivationFunction=net.activation(),
    )  # fmt: skip


@grower
def avgpool(net: Net) -> None:
    _pool(net, "AVERAGE_POOL_2D")


@grower
def maxpool(net: Net) -> None:
    _pool(net, "MAX_POOL_2D")


def _operands(net: Net) -> tuple[Value, Value, tuple[int, ...]] | None:
    """Two operands that broadcast, in any order; the second one may be a constant."""
    a = net.choose()
    if a is None or len(a.shape) > 4:
        return None
    kind = net.rng.random()
    if kind < 0.5:
        b = net.partner(a)
    elif kind < 0.7 and a.shape:
        b = net.constant((a.shape[-1],) if net.chance(0.5) else a.shape, net.scale(a.scale), net.zero())
    else:
        able = [v for v in net.values if _broadcasts(a.shape, v.shape)]
        b = able[net.number(0, len(able) - 1)]
    shape = np.broadcast_shapes(a.shape, b.shape)
    if int(np.prod(shape)) > MOST_VALUES or len(shape) > 4:
        return None
    return (b, a, shape) if net.chance(0.4) else (a, b, shape)


def _broadcasts(a: Sequence[int], b: Sequence[int]) -> bool:
    pairs = zip(reversed(a), reversed(b), strict=False)
    return len(a) == len(b) and all(m == n or 1 in (m, n) for m, n in pairs)


def _sum(net: Net, code: str, table: str) -> None:
    found = _operands(net)
    if found is not None:
        a, b, shape = found
        y = net.new(shape, net.scale(max(a.scale, b.scale) * 1.5))
        net.file.operator(code, [a, b], [y], 2, table=table, fusedActivationFunction=net.activation())


@grower
def add(net: Net) -> None:
    _sum(net, "ADD", "AddOptions")


@grower
def sub(net: Net) -> None:
    _sum(net, "SUB", "SubOptions")


@grower
def mul(net: Net) -> None:
    found = _operands(net)
    if found is not None:
        a, b, shape = found
        y = net.new(shape, net.scale(a.scale * b.scale * SPREAD))
        net.file.operator("MUL", [a, b], [y], 2, table="MulOptions", fusedActivationFunction=net.activation())


@grower
def extremum(net: Net) -> None:
    found = _operands(net)
    if found is None:
        return
    a, b, shape = found
    constant = net.file.graph.tensors[b.index].buffer or net.file.graph.tensors[a.index].buffer
    if constant and a.quant != b.quant:
        return
    b = net.requantized(b, a)
    code = "MAXIMUM" if net.chance(0.5) else "MINIMUM"
    net.file.operator(code, [a, b], [net.alike(shape, a)], 2, table="MaximumMinimumOptions")


def _unary(
    net: Net, code: str, table: str | None, scale: float | None, zero: int | None = None, **options: object
) -> None:
    """An operator from int8 to int8 of the same shape; scale None: about that of the input."""
    x = net.choose()
    if x is not None:
        y = net.new(x.shape, net.scale(x.scale) if scale is None else scale, zero)
        net.file.operator(code, [x], [y], 2, table=table, **options)


@grower
def logistic(net: Net) -> None:
    _unary(net, "LOGISTIC", None, 1 / 256, -128)


@grower
def tanh(net: Net) -> None:
    _unary(net, "TANH", None, 1 / 128, 0)


@grower
def hardswish(net: Net) -> None:
    x = net.choose()
    if x is not None:
        y = net.new(x.shape, max(net.scale(x.scale), x.scale / 100))
        net.file.operator("HARD_SWISH", [x], [y], table="HardSwishOptions")


@grower
def leakyrelu(net: Net) -> None:
    alpha = float(net.rng.choice([0.1, 0.01, 0.3, 1.5, -0.2, 0.0]))
    _unary(net, "LEAKY_RELU", "LeakyReluOptions", None, alpha=alpha)


@grower
def relu(net: Net) -> None:
    x = net.choose()
    if x is not None:
        code = str(net.rng.choice(["RELU", "RELU6"]))
        y = net.new(x.shape, net.scale(x.scale)) if code == "RELU" and net.chance(0.5) else net.alike(x.shape, x)
        net.file.operator(code, [x], [y])


@grower
def prelu(net: Net) -> None:
    x = net.choose()
    if x is not None and 1 <= len(x.shape) <= 4:
        slopes = net.constant((*[1] * (len(x.shape) - 1), x.shape[-1]), net.scale(0.005), net.zero())
        net.file.operator("PRELU", [x, slopes], [net.new(x.shape, net.scale(x.scale))])


@grower
def requantize(net: Net) -> None:
    _unary(net, "QUANTIZE", "QuantizeOptions", None)


@grower
def softmax(net: Net) -> None:
    x = net.choose()
    if x is not None and 1 <= len(x.shape) <= 4 and x.shape[-1] < 500:
        beta = 1.0 if net.chance(0.7) else float(np.float32(net.rng.uniform(0.1, 3)))
        if beta * x.scale > 2.0**-20:
            y = net.new(x.shape, 1 / 256, -128)
            net.file.operator("SOFTMAX", [x], [y], 2, table="SoftmaxOptions", beta=beta)


@grower
def argmax(net: Net) -> None:
    x = net.choose()
    if x is not None and x.shape and net.chance(0.4):
        axis = net.number(0, len(x.shape) - 1)
        y = net.file.tensor(x.shape[:axis] + x.shape[axis + 1 :], "int32")
        net.ends.append(y)
        given = net.file.integers([axis - len(x.shape) if net.chance(0.3) else axis], () if net.chance(0.5) else (1,))
        net.file.operator("ARG_MAX", [x, given], [y], 2, table="ArgMaxOptions", outputType=INT32_CODE)


@grower
def mean(net: Net) -> None:
    x = net.choose()
    if x is None or not 2 <= len(x.shape) <= 4:
        return
    axes = [1, 2] if len(x.shape) == 4 and net.chance(0.7) else [net.number(0, len(x.shape) - 1)]
    keep = net.chance(0.4)
    shape = [1 if k in axes else d for k, d in enumerate(x.shape) if keep or k not in axes]
    y = net.new(shape, net.scale(x.scale / 2)) if net.chance(0.7) else net.alike(shape, x)
    net.file.operator("MEAN", [x, net.file.integers(axes)], [y], 2, table="ReducerOptions", keepDims=keep)


@grower
def reshape(net: Net) -> None:
    x = net.choose()
    if x is None:
        return
    dims = [d for d in x.shape if d > 1] or [1]
    while len(dims) > 1 and net.chance(0.5):
        k = net.number(1, len(dims) - 1)
        dims[k - 1 : k + 1] = [dims[k - 1] * dims[k]]
    dims = [1] * min(net.number(0, 2), 4 - len(dims)) + dims
    asked = list(dims)
    if net.chance(0.5):
        asked[net.number(0, len(dims) - 1)] = -1
    net.file.operator("RESHAPE", [x, net.file.integers(asked)], [net.alike(dims, x)], table="ReshapeOptions")


@grower
def dimensions(net: Net) -> None:
    x = net.choose()
    if x is None:
        return
    if 1 in x.shape and net.chance(0.5):
        axis = x.shape.index(1)
        y = net.alike(x.shape[:axis] + x.shape[axis + 1 :], x)
        net.file.operator("SQUEEZE", [x], [y], table="SqueezeOptions", squeezeDims=[axis])
    elif len(x.shape) < 4:
        axis = net.number(0, len(x.shape))
        y = net.alike((*x.shape[:axis], 1, *x.shape[axis:]), x)
        net.file.operator("EXPAND_DIMS", [x, net.file.integers([axis])], [y], table="ExpandDimsOptions")


@grower
def concat(net: Net) -> None:
    x = net.choose()
    if x is None or not x.shape:
        return
    axis, parts = net.number(0, len(x.shape) - 1), [x]
    for _ in range(net.number(1, 3)):
        able = [v for v in net.values if len(v.shape) == len(x.shape)]
        able = [v for v in able if all(k == axis or v.shape[k] == x.shape[k] for k in range(len(x.shape)))]
        parts.append(able[net.number(0, len(able) - 1)])
    width = sum(p.shape[axis] for p in parts)
    if x.size // x.shape[axis] * width > MOST_VALUES:
        return
    parts = [net.requantized(p, x) for p in parts]
    y = net.alike((*x.shape[:axis], width, *x.shape[axis + 1 :]), x)
    options = {"axis": axis - len(x.shape) if net.chance(0.3) else axis, "fusedActivationFunction": 0}
    net.file.operator("CONCATENATION", parts, [y], 2, table="ConcatenationOptions", **options)


@grower
def split(net: Net) -> None:
    x = net.choose()
    if x is None or not x.shape or max(x.shape) < 2:
        return
    axis = int(np.argmax(x.shape))
    given = net.file.integers([axis], () if net.chance(0.5) else (1,))
    if net.chance(0.5):
        count = int(net.rng.choice([k for k in range(1, min(x.shape[axis], 6) + 1) if x.shape[axis] % k == 0]))
        sizes = [x.shape[axis] // count] * count
        outs = [net.alike((*x.shape[:axis], s, *x.shape[axis + 1 :]), x) for s in sizes]
        net.file.operator("SPLIT", [given, x], outs, 2, table="SplitOptions", numSplits=count)
        return
    first = net.number(1, x.shape[axis] - 1)
    sizes = [first, x.shape[axis] - first]
    outs = [net.alike((*x.shape[:axis], s, *x.shape[axis + 1 :]), x) for s in sizes]
    asked = [first, -1] if net.chance(0.3) else sizes
    net.file.operator("SPLIT_V", [x, net.file.integers(asked), given], outs, 2, table="SplitVOptions", numSplits=2)


@grower
def slice_(net: Net) -> None:
    x = net.choose()
    if x is None or not 1 <= len(x.shape) <= 4:
        return
    begin = [net.number(0, d - 1) for d in x.shape]
    if net.chance(0.5):
        size = [net.number(1, d - b) for d, b in zip(x.shape, begin, strict=True)]
        asked = [-1 if b + s == d and net.chance(0.5) else s for b, s, d in zip(begin, size, x.shape, strict=True)]
        inputs = [x, net.file.integers(begin), net.file.integers(asked)]
        net.file.operator("SLICE", inputs, [net.alike(size, x)], 2, table="SliceOptions")
        return
    step = [net.number(1, 3) for _ in x.shape]
    end = [net.number(b + 1, d) for b, d in zip(begin, x.shape, strict=True)]
    size = [-(-(e - b) // s) for b, e, s in zip(begin, end, step, strict=True)]
    inputs = [x, *(net.file.integers(v) for v in (begin, end, step))]
    net.file.operator("STRIDED_SLICE", inputs, [net.alike(size, x)], 2, table="StridedSliceOptions")


@grower
def pad(net: Net) -> None:
    x = net.choose()
    if x is None or not 1 <= len(x.shape) <= 4:
        return
    pairs = [[net.number(0, 2), net.number(0, 2)] if net.chance(0.5) else [0, 0] for _ in x.shape]
    y_shape = [a + d + b for d, (a, b) in zip(x.shape, pairs, strict=True)]
    if int(np.prod(y_shape)) > MOST_VALUES:
        return
    y, paddings = net.alike(y_shape, x), net.file.integers(pairs)
    if net.chance(0.7):
        net.file.operator("PAD", [x, paddings], [y], 2, table="PadOptions")
    else:
        value = net.file.tensor((1,), "int8", [x.scale], x.zero, data=np.array([net.zero()]))
        net.file.operator("PADV2", [x, paddings, value], [y], 2, table="PadV2Options")


@grower
def transpose(net: Net) -> None:
    x = net.choose()
    if x is not None and 2 <= len(x.shape) <= 4:
        perm = [int(k) for k in net.rng.permutation(len(x.shape))]
        y = net.alike([x.shape[k] for k in perm], x)
        net.file.operator("TRANSPOSE", [x, net.file.integers(perm)], [y], 2, table="TransposeOptions")


@grower
def pack_(net: Net) -> None:
    x = net.choose()
    if x is None or not 1 <= len(x.shape) <= 3:
        return
    axis, parts = net.number(0, len(x.shape)), [net.requantized(net.partner(x), x), x]
    if 2 * x.size <= MOST_VALUES:
        y = net.alike((*x.shape[:axis], 2, *x.shape[axis:]), x)
        net.file.operator("PACK", parts, [y], 2, table="PackOptions", axis=axis, valuesCount=2)


@grower
def unpack(net: Net) -> None:
    x = net.choose()
    if x is None or len(x.shape) < 2 or min(x.shape) > 4:
        return
    axis = int(np.argmin(x.shape))
    outs = [net.alike(x.shape[:axis] + x.shape[axis + 1 :], x) for _ in range(x.shape[axis])]
    net.file.operator("UNPACK", [x], outs, 2, table="UnpackOptions", axis=axis, num=len(outs))


@grower
def resize(net: Net) -> None:
    x = net.choose(4)
    if x is None:
        return
    h, w = (net.number(1, 2 * d + 1) for d in x.shape[1:3])
    if x.shape[0] * h * w * x.shape[3] > MOST_VALUES:
        return
    kind = "Bilinear" if net.chance(0.5) else "NearestNeighbor"
    corners, half = ((False, False), (True, False), (False, True))[net.number(0, 2)]
    code = "RESIZE_BILINEAR" if kind == "Bilinear" else "RESIZE_NEAREST_NEIGHBOR"
    y = net.alike((x.shape[0], h, w, x.shape[3]), x)
    options = {"alignCorners": corners, "halfPixelCenters": half}
    net.file.operator(code, [x, net.file.integers([h, w])], [y], 3, table=f"Resize{kind}Options", **options)


def draw_outputs(net: Net) -> None:
    """What nothing reads, at times as uint8 or float32, and now and then a value that is read on."""
    graph, rng = net.file.graph, net.rng
    ends = [v for v in net.values if v.index not in net.file.read and v.index not in graph.inputs]
    inner = [v for v in net.values if v.index in net.file.read and v.index not in graph.inputs]
    if inner and net.chance(0.3):
        ends.insert(0 if net.chance(0.5) else len(ends), inner[net.number(0, len(inner) - 1)])
    ports = []
    for v in ends:
        kind = rng.random()
        if kind < 0.75:
            ports.append(v)
            continue
        quants = [] if kind < 0.87 else [v.scale]
        y = net.file.tensor(v.shape, "uint8" if quants else "float32", quants, v.zero + 128 if quants else 0)
        if quants:
            net.file.operator("QUANTIZE", [v], [y], table="QuantizeOptions")
        else:
            net.file.operator("DEQUANTIZE", [v], [y], 2, table="DequantizeOptions")
        ports.append(y)
    graph.outputs = [v.index for v in (*ports, *net.ends)]
    graph.inputs = [i for i in graph.inputs if i in net.file.read]
