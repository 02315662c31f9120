"""Modules, programs and files of PyTorch as users hold them, and what is said of those that cannot be."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lapel
from lapel.errors import FormatError, InputError, LapelError, UnsupportedModel, UsageError
from lapel.ops import evaluate

X = torch.randn(1, 3, 6, 6)


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(F.relu(self.norm(self.conv(x))).mean((2, 3)))


class Trap:
    """A pickle that writes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (f"open({str(self.path)!r}, 'w')",)


def fails(module: object, example: object, kind: type[LapelError]) -> str:
    with pytest.raises(kind) as e:
        lapel.load(module, example)
    return e.value.message


def test_a_module_is_left_as_it_was() -> None:
    module = Small().train()
    module.norm.eval()
    state = {k: v.clone() for k, v in module.state_dict().items()}
    lapel.load(module, X)
    assert module.training and module.conv.training and not module.norm.training
    assert all(torch.equal(v, state[k]) for k, v in module.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in module.parameters())


def test_names_are_the_users() -> None:
    graph = lapel.load(Small(), X, name="small", classes=("cat", "dog"))
    assert (graph.name, graph.inputs, graph.outputs, graph.classes) == ("small", ("x",), ("fc",), ("cat", "dog"))
    assert graph.tensors["fc.weight"].data is not None and graph.nodes[0].name == "conv"
    assert dict(graph.origin.layouts) == {"x": (0, 2, 3, 1)}


def test_predict_takes_what_the_module_takes() -> None:
    module = Small().eval()
    x = torch.randn(5, 3, 6, 6)
    with torch.no_grad():
        want = module(x).numpy()
    graph = lapel.load(module, X)
    np.testing.assert_allclose(lapel.predict(graph, x.numpy()), want, atol=1e-5)
    np.testing.assert_allclose(lapel.predict(module, x, calibration=X), want, atol=1e-5)


@pytest.mark.parametrize(
    "example",
    [X, X.numpy(), (X,), [X], {"x": X}, X.numpy().astype(np.float64)],
    ids=["tensor", "array", "tuple", "list", "names", "float64"],
)
def test_examples_of_any_kind(example: object) -> None:
    assert lapel.load(
        nn.Sequential(nn.Flatten(), nn.Linear(108, 2)) if not isinstance(example, dict) else Small(), example
    ).nodes


def test_outputs_that_have_names_keep_them() -> None:
    class Named(nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"twice": 2 * x, "half": F.relu(x) / 2}

    graph = lapel.load(Named(), torch.randn(1, 4))
    assert graph.outputs == ("twice", "half")


def test_weights_that_are_shared_are_one_constant() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = nn.Linear(4, 4)
            self.b = self.a

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.b(torch.tanh(self.a(x)))

    graph = lapel.load(Tied(), torch.randn(1, 4))
    assert sum(t.data is not None for t in graph.tensors.values()) == 2


def test_files_are_read_and_agree(tmp_path: Path) -> None:
    module = Small().eval()
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(module, (X,)), path)
    by_path, by_content = lapel.load(path), lapel.load(path.read_bytes(), name="net")
    assert (by_path.name, by_path.inputs, by_path.outputs) == ("net", ("x",), ("fc",))
    assert by_path.digest() == by_content.digest() == lapel.load(module, X).digest()
    assert len(by_path.file_sha256) == 64


@pytest.mark.filterwarnings("ignore:`isinstance.treespec, LeafSpec.` is deprecated:FutureWarning")  # PyTorch's own
def test_decomposed_programs_load_as_well(tmp_path: Path) -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), nn.BatchNorm2d(4), nn.Hardswish(), nn.MaxPool2d(2),
        nn.GroupNorm(2, 4), nn.Dropout(), nn.Flatten(), nn.LayerNorm(36), nn.Linear(36, 2), nn.LogSoftmax(1),
    ).eval()  # fmt: skip
    graph = lapel.load(torch.export.export(module, (X,)).run_decompositions())
    x = X.numpy().transpose(graph.origin.layouts.get(graph.inputs[0], range(4)))
    y = evaluate(graph, {graph.inputs[0]: np.ascontiguousarray(x)})[graph.outputs[0]]
    np.testing.assert_allclose(y, module(X).detach().numpy(), atol=1e-4)


def test_an_input_that_no_layer_reads_stays() -> None:
    class Unused(nn.Module):
        def forward(self, x: torch.Tensor, unused: torch.Tensor) -> torch.Tensor:
            return F.relu(x)

    assert lapel.load(Unused(), (X, X)).inputs == ("x", "unused")


def test_operations_in_place_on_views_are_what_they_are() -> None:
    class Views(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = x * 1
            y[:, 0].add_(1)
            y.view(-1)[2:4].mul_(3)
            return y + x

    x = torch.randn(1, 4, 2)
    graph = lapel.load(Views(), x)
    np.testing.assert_allclose(evaluate(graph, {"x": x.numpy()})[graph.outputs[0]], Views()(x).numpy(), atol=1e-6)


def test_without_an_example() -> None:
    assert fails(Small(), None, UsageError) == (
        "Small has no example of its inputs, which says their shapes: lapel.load(module, example) with a tensor, or a "
        "tuple of tensors, as its forward takes them"
    )


def test_an_example_for_what_needs_none() -> None:
    program = torch.export.export(Small().eval(), (X,))
    assert "leave the example out" in fails(program, X, UsageError)


@pytest.mark.parametrize("example", [torch.randn(1, 6, 6, 3), (X, X), {"y": X}, "x"])
def test_an_example_that_the_module_refuses(example: object) -> None:
    message = fails(Small(), example, InputError)
    assert message.startswith("model: the module fails with the example ")
    assert message.endswith("; give inputs as its forward takes them") and "\n" not in message


def test_the_shape_and_the_line_are_named() -> None:
    message = fails(Small(), torch.randn(1, 2, 6, 6), InputError)
    assert "float32[1, 2, 6, 6]" in message and f"({Path(__file__).name}, line " in message


def test_all_unsupported_layers_at_once_by_their_path_and_line() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.LSTM(4, 4, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cumsum(self.rnn(x)[0], 1)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(4, 4), Block()])
            self.pick = nn.Softplus()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for layer in self.layers:
                x = layer(x)
            return self.pick(x) * torch.fft.rfft(x).abs().sum()

    message = fails(Net(), torch.randn(1, 3, 4), UnsupportedModel)
    for where in ("layers.1.cumsum", "pick", "fft_rfft"):
        assert f"{where} ({Path(__file__).name}, line " in message, message
    assert "aten.cumsum.default is not supported" in message


def test_python_that_depends_on_the_data() -> None:
    class Branch(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if x.sum() > 0:
                return x
            return -x

    message = fails(Branch(), torch.randn(1, 4), UnsupportedModel)
    assert "torch.export refuses it" in message and "use torch.where" in message
    assert f"{Path(__file__).name}, line " in message


def test_dynamic_shapes(tmp_path: Path) -> None:
    program = torch.export.export(
        Small().eval(), (torch.randn(2, 3, 6, 6),), dynamic_shapes={"x": {0: torch.export.Dim("batch", min=2)}}
    )
    message = fails(program, None, UnsupportedModel)
    assert "x: shape is (s" in message and "without dynamic shapes" in message


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_floats(dtype: torch.dtype) -> None:
    message = fails(nn.Linear(4, 2).to(dtype), torch.randn(1, 4).to(dtype), UnsupportedModel)
    assert f"input is {dtype}, expected torch.float32: call .float() on module and example" in message


def test_indexes_as_input() -> None:
    message = fails(nn.Embedding(10, 4), torch.zeros(1, 3, dtype=torch.int64), UnsupportedModel)
    assert "input is torch.int64, expected torch.float32" in message


def test_buffers_that_change() -> None:
    class Counter(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", torch.zeros(4))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.mean = 0.9 * self.mean + x[0]
            return x - self.mean

    message = fails(Counter(), torch.randn(1, 4), UnsupportedModel)
    assert "mean: this buffer changes with each call" in message


def test_batch_statistics_are_not_of_one_sample() -> None:
    message = fails(nn.BatchNorm2d(3, track_running_stats=False), X, UnsupportedModel)
    assert "keeps no running statistics" in message


def test_unsupported_numbers_of_layers_that_exist() -> None:
    class Odd(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = F.avg_pool2d(x, 2, ceil_mode=True, divisor_override=3) ** 2.5
            return F.interpolate(y, scale_factor=1.3) + F.interpolate(x, scale_factor=1.3, mode="bicubic").mean()

    message = fails(Odd(), X, UnsupportedModel)
    for cause in (
        "divisor_override is 3 in ceil",
        "the exponent is 2.5",
        "expected a whole number",
        "upsample_bicubic2d",
    ):
        assert cause in message, message


class Many(nn.Module):
    """All of these functions of one tensor."""

    def __init__(self, *functions: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.functions = functions

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        return [f(x) for f in self.functions]


def test_inputs_without_a_batch_axis_are_refused_not_taken_for_rows() -> None:
    w = torch.ones(3, 2, 3, 3)
    windows = Many(
        lambda x: F.max_pool2d(x, 3, 1, 1),
        lambda x: F.avg_pool2d(x, 3, 1),
        lambda x: F.adaptive_avg_pool2d(x, 2),
        lambda x: F.conv_transpose2d(x, w),
        lambda x: F.conv2d(x, w.mT.reshape(2, 3, 3, 3)),
    )
    message = fails(windows, torch.randn(3, 6, 6), UnsupportedModel)
    assert "5 problems" in message and message.count("batch axis of 1") == 3, message
    assert "conv_transpose2d" in message.splitlines()[1] and "adaptive_avg_pool2d" in message.splitlines()[2]


def test_what_is_random_is_no_constant() -> None:
    noisy = Many(lambda x: x + torch.randn(4), lambda x: F.dropout(x, 0.5), lambda x: F.dropout(x, 0.5, training=False))
    message = fails(noisy, torch.randn(1, 4), UnsupportedModel)
    assert "2 problems" in message and "other numbers at each call" in message and "self.training" in message, message


def test_truth_values_become_numbers() -> None:
    masks = Many(lambda x: (x > 0).float() * 2, lambda x: (x > 0).to(x.dtype), lambda x: x * (x < 1).type_as(x))
    graph, x = lapel.load(masks, torch.randn(1, 4)), torch.tensor([[-1.0, 0.0, 0.5, 3.0]])
    found = evaluate(graph, {"x": x.numpy()})
    for name, want in zip(graph.outputs, masks(x), strict=True):
        assert found[name].dtype == np.float32 and np.array_equal(found[name], want.numpy())


def test_an_output_that_is_an_input_keeps_its_name() -> None:
    graph = lapel.load(nn.Dropout(), torch.randn(1, 4))
    x = np.ones((1, 4), np.float32)
    assert np.array_equal(evaluate(graph, {graph.inputs[0]: x})[graph.outputs[0]], x)


def test_pickles_are_refused_unread(tmp_path: Path) -> None:
    for suffix in (".pt", ".pth", ".pt2", ".bin"):
        path = tmp_path / f"model{suffix}"
        torch.save(Trap(tmp_path / "sprung"), path)
        message = fails(path, None, InputError)
        assert "found a PyTorch pickle" in message and "torch.export.save(torch.export.export(" in message
    assert not (tmp_path / "sprung").exists()


def test_damaged_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(Small().eval(), (X,)), path)
    content = path.read_bytes()
    for damaged in (b"PK\x03\x04 nothing /archive_format", content[: len(content) // 2] + b"/archive_format", b""):
        path.write_bytes(damaged)
        message = fails(path, None, FormatError)
        assert "net.pt2: found no" in message and "export it again" in message
    assert not [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]


def test_pytorch_is_imported_for_its_models_alone() -> None:
    code = (
        "import sys, numpy, lapel, lapel.frontends\n"
        "lapel.frontends.formats()\n"
        "try: lapel.load(object())\n"
        "except lapel.errors.UsageError: pass\n"
        "lapel.list_boards()\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code.replace("lapel.errors", "__import__('lapel.errors').errors")], check=True
    )


def test_without_pytorch_the_extra_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/archive_format", "pt2")
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import lapel\n"
        f"try: lapel.load({str(path)!r})\n"
        "except Exception as e: print(type(e).__name__, e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        'MissingTool PyTorch is not installed, models of it need it: pip install "lapel[torch]"'
    )


def test_objects_in_a_program_are_not_unpickled(tmp_path: Path) -> None:
    path, hostile = tmp_path / "net.pt2", tmp_path / "hostile.pt2"
    torch.export.save(torch.export.export(Small().eval(), (X,)), path)
    trap = tmp_path / "trap.pt"
    torch.save(Trap(tmp_path / "sprung"), trap)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(hostile, "w") as new:
        replaced = [n for n in old.namelist() if n.endswith(".pt")]
        for name in old.namelist():
            new.writestr(name, trap.read_bytes() if name in replaced else old.read(name))
    assert replaced
    fails(hostile, None, FormatError)
    assert not (tmp_path / "sprung").exists()
