"""A front end before a stream: samples as they come say what windows of the features of the whole recording say."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import lapel
from lapel.audio import chain, frontend
from lapel.ir import Quant, Tensor, Type
from timenets import TimeNet

FRAMES, STEPS = 12, 40


def test_samples_in_and_scores_of_windows_out() -> None:
    front = frontend.make("micro")
    net = TimeNet(np.random.default_rng(0), (1, FRAMES, front.bands))
    net.tensors["x"] = Tensor("x", Type((1, FRAMES, front.bands), "int8", Quant((front.scale,), (front.zero,))))
    x = net.conv(net.reshape("x", (1, FRAMES, 1, front.bands)), 4, 3, stride=2)
    graph = net.graph(net.dense(net.reshape(x, (1, net.tensors[x].type.size)), 3))
    stream = lapel.streaming(graph)
    assert stream.step_frames == 2
    hops = frontend.streaming(front, stream.step_frames)
    size = hops.tensors[hops.arguments[0]].type.size
    samples = np.random.default_rng(1).normal(0, 3000, STEPS * size).astype(np.int16)

    features = lapel.hosted(hops)(samples.reshape(STEPS, size)).reshape(STEPS * 2, front.bands)
    windows = np.moveaxis(sliding_window_view(features, FRAMES, 0), -1, 1)
    ends = np.arange(stream.warmup_steps + 1, STEPS + 1) * 2
    want = lapel.hosted(graph)(np.ascontiguousarray(windows[ends - FRAMES + stream.lag_frames]))
    found = lapel.hosted(chain(front, stream.graph))(samples.reshape(STEPS, size))
    assert (found.reshape(STEPS, 3)[stream.warmup_steps :] == want).all()
    assert len(np.unique(want, axis=0)) > 10
