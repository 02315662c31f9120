"""Every form of an ATen operator against PyTorch itself, many in one module, since exports take time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lapel
from lapel.frontends.torch.exporting import operator_name
from lapel.ops import evaluate

TOLERANCE = 1e-4
Function = Callable[[torch.Tensor], Any]


class Many(nn.Module):
    """All of these of one tensor."""

    def __init__(self, functions: Sequence[Function]) -> None:
        super().__init__()
        self.functions = functions

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        found = [f(x) for f in self.functions]
        return [t for y in found for t in (y if isinstance(y, (list, tuple)) else [y])]


W = torch.linspace(-1, 1, 3 * 2 * 9).reshape(6, 1, 3, 3)
LINE = torch.linspace(-1, 1, 4 * 6 * 3).reshape(4, 6, 3)
ROWS = torch.tensor([1, 0, 2])

IMAGE: list[Function] = [
    lambda x: F.conv2d(x, W, groups=6),
    lambda x: F.conv2d(x, W.repeat(2, 3, 1, 1), torch.ones(12), stride=(2, 1), padding=(1, 2), groups=2),
    lambda x: F.conv2d(x, W.repeat(1, 6, 1, 1), padding="same", dilation=(2, 1)),
    lambda x: F.conv_transpose2d(x, W.repeat(1, 2, 1, 1), torch.ones(2), stride=2, padding=1, output_padding=(1, 0)),
    lambda x: F.conv_transpose2d(x, W.repeat(1, 2, 1, 1), groups=3, dilation=(1, 2)),
    lambda x: F.max_pool2d(x, 3, 2, 1),
    lambda x: F.max_pool2d(x, (2, 3), ceil_mode=True),
    lambda x: F.avg_pool2d(x, 3, 2, 1),
    lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False, divisor_override=4),
    lambda x: F.adaptive_avg_pool2d(x, (3, 5)),
    lambda x: F.adaptive_avg_pool2d(x, (4, 1)),
    lambda x: F.adaptive_max_pool2d(x, (None, 3)),  # type: ignore[arg-type]
    lambda x: F.interpolate(x, scale_factor=2, mode="nearest"),
    lambda x: F.interpolate(x, size=(5, 9), mode="nearest"),
    lambda x: F.interpolate(x, size=(5, 9), mode="nearest-exact"),
    lambda x: F.interpolate(x, size=(11, 7), mode="bilinear", align_corners=True),
    lambda x: F.interpolate(x, scale_factor=0.5, mode="bilinear"),
    lambda x: F.pixel_unshuffle(x, 2),
    lambda x: F.pixel_shuffle(torch.cat([x, x], 1), 2),
    lambda x: F.channel_shuffle(x, 3),
    lambda x: F.pad(x, (1, -1, 0, 2), value=0.5),
    lambda x: F.pad(x, (1, 2, 3, 0), mode="reflect"),
    lambda x: F.pad(x, (1, 2, 1, 0), mode="replicate"),
    lambda x: F.pad(x, (1, 2, 1, 0), mode="circular"),
    lambda x: F.instance_norm(x),
    lambda x: F.group_norm(x, 2, torch.arange(6.0), torch.ones(6)),
    lambda x: F.layer_norm(x, (8, 10), eps=1e-3),
    lambda x: F.batch_norm(x, torch.arange(6.0), torch.arange(1.0, 7.0)),
    lambda x: F.prelu(x, torch.linspace(-1, 1, 6)),
    lambda x: F.softmax(x, 1),
    lambda x: F.log_softmax(x, dim=2),
]

SIGNAL: list[Function] = [
    lambda x: F.conv1d(x, LINE, stride=2, padding=1),
    lambda x: F.conv_transpose1d(x, LINE.transpose(0, 1), stride=2),
    lambda x: F.max_pool1d(x, 2),
    lambda x: F.avg_pool1d(x, 3, 2, 1),
    lambda x: F.adaptive_avg_pool1d(x, 5),
    lambda x: F.adaptive_max_pool1d(x, 1),
    lambda x: F.interpolate(x, scale_factor=2),
    lambda x: F.interpolate(x, size=7, mode="linear"),
    lambda x: F.pad(x, (2, 1), mode="replicate"),
    lambda x: F.pad(x, (2, 1), mode="reflect"),
    lambda x: x @ x.transpose(1, 2),
    lambda x: F.linear(x, torch.linspace(-1, 1, 30).reshape(3, 10)),
    lambda x: torch.bmm(x, x.mT),
    lambda x: torch.addmm(ROWS.float(), x[0], torch.linspace(-1, 1, 30).reshape(10, 3), beta=0.5, alpha=2),
    lambda x: torch.addmm(x[0], x[0], x[0].T @ x[0], beta=-1, alpha=0.1),
    lambda x: torch.addmm(torch.full((1, 6), torch.nan), x[0], x[0].T, beta=0),
    lambda x: F.scaled_dot_product_attention(x, 0.5 * x, x),
]

VALUES: list[Function] = [
    F.relu, F.relu6, F.leaky_relu, F.elu, F.selu, F.celu, F.gelu, F.silu, F.hardswish, F.hardsigmoid, F.softsign,
    F.sigmoid, torch.tanh, torch.exp, torch.neg, torch.square,
    lambda x: F.elu(x, 0.5),
    lambda x: F.celu(x, 2.0),
    lambda x: F.gelu(x, approximate="tanh"),
    lambda x: F.hardtanh(x, -0.5, 0.25),
    lambda x: x.clamp(min=0.25),
    lambda x: x.clamp(max=0.25),
    lambda x: x.clamp(-1, 1),
    lambda x: torch.clamp(x, torch.tensor(-0.5), torch.tensor(0.5)),
    lambda x: torch.sqrt(x.abs()),
    lambda x: torch.rsqrt(x * x + 1),
    lambda x: 1 / (x.abs() + 1),
    lambda x: (2 + x.abs()).reciprocal(),
    lambda x: x**2 + x**3 - x**1,
    lambda x: (x * x) ** 0.5,
    lambda x: torch.add(x, x.exp(), alpha=2),
    lambda x: torch.rsub(x, 3, alpha=2),
    lambda x: torch.sub(x, 0.5, alpha=3),
    lambda x: x / 3,
    lambda x: torch.maximum(x, -x) - torch.minimum(x, x * 2),
    lambda x: torch.max(x, -x),
    lambda x: torch.where(x > 0.3, x, x - 1),
    lambda x: torch.where((x >= 0) & (x < 0.5), x, torch.zeros(())),
    lambda x: [x.mean(), x.mean(0), x.mean((1, 2), keepdim=True)],
    lambda x: [x.sum(), x.sum(-1)],
    lambda x: [x.amax((0, 1)), x.amin(2, keepdim=True), x.max(), x.min(dim=1).values],
    lambda x: [x.argmax(1).float(), x.argmin(2, keepdim=True).float(), x.argmax().float()],
]  # fmt: skip

MOVES: list[Function] = [
    lambda x: [x.view(6, 16), x.flatten(), x.flatten(1), x.unsqueeze(1), x[:, None].squeeze(1), x.unflatten(1, (2, 2))],
    lambda x: [x.permute(2, 0, 1), x.transpose(0, -1), x[0].t(), x.movedim(0, 2), x.mT, x.swapaxes(1, 2)],
    lambda x: [*x.split(2, 1), *x.split([1, 3], dim=1), *x.chunk(3, -1), *x.unbind(1)],
    lambda x: [x[:, 1], x[..., -2], x[:, ::2], x[1:, -3:-1], x.narrow(2, 3, 4), x.flip(1, 2), x.roll(2, -1)],
    lambda x: [torch.cat([x, x[:, :2]], 1), torch.stack([x, -x]), torch.stack([x, -x], -1), torch.hstack([x, x])],
    lambda x: [x[:, ROWS], x.index_select(2, ROWS), x.repeat(2, 1, 1), x[:, :1].expand(-1, 4, -1) + x, x.tile(2)],
    lambda x: [
        F.dropout(x, 0.5, False) + 1,
        x.contiguous() * 2,
        x.detach() * 2,
        x.clone().mul_(3),
        x.double().float() + 1,
    ],
]

GROUPS: dict[str, tuple[list[Function], tuple[int, ...]]] = {
    "images": (IMAGE, (1, 6, 8, 10)),
    "signals": (SIGNAL, (1, 6, 10)),
    "values": (VALUES, (3, 4, 8)),
    "moves": (MOVES, (3, 4, 8)),
}


def operators(program: Any) -> Iterator[str]:
    for node in program.graph.nodes:
        if hasattr(node.target, "_schema"):
            yield operator_name(node.target)


@pytest.mark.parametrize("group", GROUPS)
def test_forms_compute_what_pytorch_does(group: str) -> None:
    functions, shape = GROUPS[group]
    torch.manual_seed(5)
    module, x = Many(functions), torch.randn(shape)
    program = torch.export.export(module.eval(), (x,))
    graph = lapel.load(program, name=group)
    perm = graph.origin.layouts.get("x", range(x.ndim))
    values = evaluate(graph, {"x": np.ascontiguousarray(x.numpy().transpose(perm))})
    for k, (name, want) in enumerate(zip(graph.outputs, module(x), strict=True)):
        y = values[name].transpose(np.argsort(graph.origin.layouts.get(name, range(want.ndim))))
        assert y.shape == tuple(want.shape), f"output {k}"
        np.testing.assert_allclose(y, want.detach().numpy(), rtol=1e-4, atol=TOLERANCE, err_msg=f"output {k}")
