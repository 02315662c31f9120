"""Networks in the style of users: the loaded graph computes what PyTorch does, and no transpose is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lapel
from lapel.ir import Graph
from lapel.ops import evaluate

TOLERANCE = 1e-4

Example = tuple[torch.Tensor, ...]
NETS: dict[str, Callable[[], tuple[nn.Module, Example]]] = {}


def net(make: Callable[[], tuple[nn.Module, Example]]) -> Callable[[], tuple[nn.Module, Example]]:
    NETS[make.__name__] = make
    return make


def image(channels: int = 3, height: int = 12, width: int = 10) -> Example:
    return (torch.randn(1, channels, height, width),)


def settled(module: nn.Module) -> nn.Module:
    """With statistics and factors of batch normalization that are not those of the beginning."""
    for part in module.modules():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            assert part.running_mean is not None and part.running_var is not None
            part.running_mean.normal_(0, 0.3)
            part.running_var.uniform_(0.5, 2)
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, 0, 0.3)
    return module


@net
def sequential() -> tuple[nn.Module, Example]:
    return nn.Sequential(
        nn.Conv2d(1, 4, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6),
        nn.ReLU(inplace=True), nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(12, 8), nn.ReLU(),
        nn.Linear(8, 5), nn.Softmax(dim=1),
    ), image(1)  # fmt: skip


class Basic(nn.Module):
    """A block of ResNet, with a projection where the size changes."""

    def __init__(self, c: int, o: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(c, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.relu = nn.ReLU(inplace=True)
        self.down = nn.Sequential(nn.Conv2d(c, o, 1, stride, bias=False), nn.BatchNorm2d(o)) if stride > 1 else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.down is None else self.down(x)
        return self.relu(y)


@net
def residual() -> tuple[nn.Module, Example]:
    blocks = Basic(4, 4, 1), Basic(4, 6, 2)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)
    ), image()


@net
def depthwise_separable() -> tuple[nn.Module, Example]:
    """DS-CNN for keywords: an image of one channel, rectangular kernels and strides."""

    def block(c: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(c, c, 3, padding=1, groups=c, bias=False), nn.BatchNorm2d(c), nn.ReLU(),
            nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU(),
        )  # fmt: skip

    first = nn.Conv2d(1, 6, (10, 4), stride=(2, 2), padding=(5, 1), bias=False)
    return nn.Sequential(
        first,
        nn.BatchNorm2d(6),
        nn.ReLU(),
        block(6),
        block(6),
        nn.AdaptiveAvgPool2d((1, 1)),
        nn.Flatten(),
        nn.Linear(6, 4),
    ), image(1, 20, 10)


class Inverted(nn.Module):
    """A block of MobileNetV2."""

    def __init__(self, c: int, o: int, stride: int, expand: int) -> None:
        super().__init__()
        hidden = c * expand
        self.use_res_connect = stride == 1 and c == o
        self.conv = nn.Sequential(
            nn.Conv2d(c, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True), nn.Conv2d(hidden, o, 1, bias=False), nn.BatchNorm2d(o),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


@net
def inverted_residual() -> tuple[nn.Module, Example]:
    blocks = Inverted(4, 6, 2, 3), Inverted(6, 6, 1, 2)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(6, 3)
    ), image(3, 16, 16)


class MobileV3(nn.Module):
    """Squeeze and excite of MobileNetV3, hard activations, 1x1 convolutions on pooled features."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish())
        self.fc1, self.fc2 = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1)
        self.head = nn.Sequential(nn.Linear(8, 6), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(6, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        scale = F.hardsigmoid(self.fc2(F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1)))))
        x = scale * x
        return self.head(torch.flatten(x.mean(dim=(2, 3), keepdim=True), 1))


@net
def squeeze_excite() -> tuple[nn.Module, Example]:
    return MobileV3(), image()


class Channels(nn.Module):
    """Squeeze and excite with linear layers, views and a broadcast product."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = (
            nn.Conv2d(3, 8, 3, padding=1),
            nn.Sequential(nn.Linear(8, 2), nn.ReLU(), nn.Linear(2, 8), nn.Sigmoid()),
        )
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.conv(x))
        b, c, _, _ = x.size()
        y = self.fc(x.mean([2, 3]).view(b, c)).view(b, c, 1, 1)
        return self.out(x * y.expand_as(x))


@net
def excite_by_views() -> tuple[nn.Module, Example]:
    return Channels(), image()


class Wave(nn.Module):
    """1-D: strided convolutions with batch normalization over a signal."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv1d(2, 6, 5, stride=2, padding=2), nn.BatchNorm1d(6)
        self.conv2, self.bn2 = nn.Conv1d(6, 8, 3, padding="same"), nn.BatchNorm1d(8)
        self.pool, self.fc = nn.MaxPool1d(2), nn.Linear(8 * 8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = F.leaky_relu(self.bn2(self.conv2(x)), 0.1)
        return F.log_softmax(self.fc(x.flatten(1)), dim=-1)


@net
def one_dimension() -> tuple[nn.Module, Example]:
    return Wave(), (torch.randn(1, 2, 32),)


class Temporal(nn.Module):
    """A block of a temporal convolutional network: causal padding, dilation, a residual."""

    def __init__(self, c: int, o: int, dilation: int) -> None:
        super().__init__()
        self.left = 2 * dilation
        self.conv1, self.conv2 = nn.Conv1d(c, o, 3, dilation=dilation), nn.Conv1d(o, o, 3, dilation=dilation)
        self.norm, self.match = nn.BatchNorm1d(o), nn.Conv1d(c, o, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norm(self.conv1(F.pad(x, (self.left, 0)))))
        y = F.relu(self.conv2(F.pad(y, (self.left, 0))))
        return F.relu(y + self.match(x))


@net
def temporal() -> tuple[nn.Module, Example]:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks, self.fc = nn.Sequential(Temporal(3, 4, 1), Temporal(4, 5, 2)), nn.Linear(5, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc(self.blocks(x)[:, :, -1])

    return Net(), (torch.randn(1, 3, 16),)


@net
def time_by_features() -> tuple[nn.Module, Example]:
    """Batches of [time, features], permuted for the convolution and back."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm, self.fc = nn.Conv1d(5, 8, 3, padding=1), nn.LayerNorm(8), nn.Linear(8, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = F.gelu(self.conv(x.permute(0, 2, 1)).transpose(1, 2))
            return self.fc(self.norm(x)).max(dim=1).values

    return Net(), (torch.randn(1, 12, 5),)


class Functional(nn.Module):
    """LeNet by functional calls and a view."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 6, 3)
        self.fc1, self.fc2 = nn.Linear(6 * 3 * 3, 10), nn.Linear(10, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.max_pool2d(F.elu(self.conv2(x)), 2, padding=1, ceil_mode=True)
        x = x.view(-1, 6 * 3 * 3)
        x = F.dropout(F.silu(self.fc1(x)), training=self.training)
        return self.fc2(x)


@net
def functional() -> tuple[nn.Module, Example]:
    return Functional(), image(1, 16, 14)


@net
def dense_net() -> tuple[nn.Module, Example]:
    class Layer(nn.Module):
        def __init__(self, c: int) -> None:
            super().__init__()
            self.bn, self.conv = nn.BatchNorm2d(c), nn.Conv2d(c, 3, 3, padding=1, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([x, self.conv(F.relu(self.bn(x)))], 1)

    down = nn.Sequential(nn.BatchNorm2d(10), nn.ReLU(), nn.Conv2d(10, 4, 1), nn.AvgPool2d(2, stride=2))
    return nn.Sequential(nn.Conv2d(3, 4, 3), Layer(4), Layer(7), down, nn.Flatten(), nn.Linear(80, 2)), image()


class UNet(nn.Module):
    """Two levels with skips; upsampled by interpolation and by a transposed convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = self.block(3, 4), self.block(4, 6)
        self.bottom, self.up2 = self.block(6, 8), nn.ConvTranspose2d(8, 6, 2, stride=2)
        self.dec2, self.dec1, self.out = self.block(12, 6), self.block(10, 4), nn.Conv2d(4, 2, 1)

    @staticmethod
    def block(c: int, o: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(c, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        b = self.dec2(torch.cat((self.up2(c), b), dim=1))
        b = F.interpolate(b, scale_factor=2, mode="bilinear", align_corners=False)
        return torch.sigmoid(self.out(self.dec1(torch.cat((b, a), dim=1))))


@net
def u_net() -> tuple[nn.Module, Example]:
    return UNet(), image(3, 12, 8)


@net
def two_heads() -> tuple[nn.Module, Example]:
    """A detector: classes and boxes from one body, as a mapping, in rows of anchors."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU())
            self.classes, self.boxes = nn.Conv2d(6, 6, 1), nn.Conv2d(6, 8, 3, padding=1)

        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            x = self.body(x)
            classes = self.classes(x).permute(0, 2, 3, 1).reshape(x.size(0), -1, 3)
            boxes = self.boxes(x).permute(0, 2, 3, 1).contiguous().view(x.size(0), -1, 4)
            return {"classes": F.softmax(classes, -1), "boxes": boxes}

    return Net(), image()


@net
def two_inputs() -> tuple[nn.Module, Example]:
    """An image and numbers beside it, joined behind the pooling."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.meta, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(5, 6), nn.Linear(10, 2)

        def forward(self, picture: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
            seen = F.adaptive_max_pool2d(self.conv(picture), 1).squeeze(-1).squeeze(-1)
            return self.fc(torch.cat([seen, F.relu(self.meta(numbers))], dim=-1))

    return Net(), (*image(), torch.randn(1, 5))


@net
def padding_modes() -> tuple[nn.Module, Example]:
    return nn.Sequential(
        nn.ReflectionPad2d((1, 2, 0, 1)), nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), nn.PReLU(4),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="replicate"), nn.ZeroPad2d((0, 1, 0, 1)), nn.PReLU(),
        nn.Conv2d(4, 2, 3, padding=(1, 2), padding_mode="circular"), nn.ConstantPad2d(1, 0.5),
    ), image()  # fmt: skip


@net
def dilated_and_grouped() -> tuple[nn.Module, Example]:
    """ASPP: parallel dilations and a pooled branch that is spread over the image again."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rates = nn.ModuleList(nn.Conv2d(4, 4, 3, padding=r, dilation=r, groups=2) for r in (1, 2, 3))
            self.stem, self.pooled, self.out = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 1), nn.Conv2d(16, 3, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.stem(x)
            pooled = F.interpolate(self.pooled(x.mean((2, 3), keepdim=True)), size=x.shape[2:], mode="nearest")
            return self.out(torch.cat([*(F.relu(conv(x)) for conv in self.rates), pooled], 1))

    return Net(), image()


@net
def super_resolution() -> tuple[nn.Module, Example]:
    """Pixel shuffle behind a long skip."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head, self.body, self.tail = (
                nn.Conv2d(1, 4, 3, 1, 1),
                nn.Conv2d(4, 4, 3, 1, 1),
                nn.Conv2d(4, 4, 3, 1, 1),
            )
            self.shuffle = nn.PixelShuffle(2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.head(x)
            y = y + 0.5 * self.body(y)
            up = F.interpolate(x, scale_factor=2, mode="nearest")
            return (self.shuffle(self.tail(y)) + up).clamp(-1.5, 1.5)

    return Net(), image(1)


class Shuffle(nn.Module):
    """A unit of ShuffleNetV2: half of the channels pass, then all are shuffled."""

    def __init__(self, c: int) -> None:
        super().__init__()
        h = c // 2
        self.branch = nn.Sequential(
            nn.Conv2d(h, h, 1), nn.BatchNorm2d(h), nn.ReLU(), nn.Conv2d(h, h, 3, padding=1, groups=h),
            nn.BatchNorm2d(h), nn.Conv2d(h, h, 1), nn.ReLU(),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = x.chunk(2, dim=1)
        x = torch.cat((a, self.branch(b)), dim=1)
        n, c, h, w = x.shape
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)


@net
def channel_shuffle() -> tuple[nn.Module, Example]:
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2), Shuffle(8), Shuffle(8), nn.Conv2d(8, 3, 1)), image()


@net
def autoencoder() -> tuple[nn.Module, Example]:
    encoder = nn.Conv2d(1, 4, 3, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(4, 6, 3, 2, 1), nn.Flatten(), nn.Linear(36, 5)
    decoder = (
        nn.Linear(5, 36),
        nn.Unflatten(1, (6, 3, 2)),
        nn.ConvTranspose2d(6, 4, 3, 2, 1, output_padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(4, 1, 4, 2, 1),
        nn.Tanh(),
    )
    return nn.Sequential(*encoder, *decoder), image(1, 12, 8)


class Attention(nn.Module):
    """A small vision transformer: patches, a class token, attention over them."""

    def __init__(self, d: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.patch, self.heads = nn.Conv2d(3, d, 4, 4), heads
        self.token, self.position = nn.Parameter(torch.randn(1, 1, d)), nn.Parameter(torch.randn(1, 7, d))
        self.norm1, self.norm2, self.qkv, self.proj = (
            nn.LayerNorm(d),
            nn.LayerNorm(d),
            nn.Linear(d, 3 * d),
            nn.Linear(d, d),
        )
        self.mlp, self.head = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d)), nn.Linear(d, 3)

    def attend(self, x: torch.Tensor) -> torch.Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-2, -1) * (d // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, d))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.position
        x = x + self.attend(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0])


@net
def vision_transformer() -> tuple[nn.Module, Example]:
    return Attention(), image(3, 12, 8)


@net
def perceptron() -> tuple[nn.Module, Example]:
    """Features with batch normalization between linear layers."""
    layers = (
        nn.Linear(9, 8),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Linear(8, 8),
        nn.BatchNorm1d(8),
        nn.SELU(),
        nn.Linear(8, 1),
        nn.Sigmoid(),
    )
    return nn.Sequential(*layers), (torch.randn(1, 9),)


@net
def group_normalized() -> tuple[nn.Module, Example]:
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.GroupNorm(3, 6), nn.SiLU(), nn.Conv2d(6, 4, 3),
        nn.InstanceNorm2d(4, affine=True),
        nn.Hardtanh(-2, 2), nn.AdaptiveAvgPool2d((3, 4)), nn.Flatten(), nn.Linear(48, 2),
    ), image()  # fmt: skip


TRANSPOSED = {"vision_transformer", "channel_shuffle"}
"""Attention's products want heads and positions in an order of their own; half of the shuffled channels pass on."""


def users(graph: Graph, name: str, x: np.ndarray) -> np.ndarray:
    """An array of the graph in the order of axes of the user's model."""
    return x.transpose(np.argsort(graph.origin.layouts.get(name, range(x.ndim))))


def outputs(graph: Graph, example: Example) -> list[np.ndarray]:
    given = {}
    for name, x in zip(graph.inputs, example, strict=True):
        perm = graph.origin.layouts.get(name, range(x.ndim))
        given[name] = np.ascontiguousarray(x.numpy().transpose(perm))
    values = evaluate(graph, given)
    return [users(graph, o, values[o]) for o in graph.outputs]


@pytest.mark.parametrize("name", NETS)
def test_it_agrees_with_pytorch(name: str) -> None:
    torch.manual_seed(3)
    module, example = NETS[name]()
    module = settled(module)
    module.train()
    graph = lapel.load(module, example, name=name)
    assert module.training, "the user's module is left as it was"
    with torch.no_grad():
        want: Any = module.eval()(*example)
    want = list(want.values()) if isinstance(want, dict) else [want]
    for y, t in zip(outputs(graph, example), want, strict=True):
        assert y.shape == tuple(t.shape)
        np.testing.assert_allclose(y, t.numpy(), rtol=0, atol=TOLERANCE)
    assert len({n.name for n in graph.nodes}) == len(graph.nodes)
    left = sum(n.op == "transpose" for n in graph.nodes)
    assert (left > 0) == (name in TRANSPOSED) == bool(graph.origin.warnings), graph
