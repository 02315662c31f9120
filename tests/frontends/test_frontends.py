"""Choosing a front end, and files that cannot be read at all: one line each."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from modelfile import dense_file

from lapel import frontends
from lapel.errors import FormatError, InputError, LapelError, UsageError


def error_of(path: Path | str) -> LapelError:
    with pytest.raises(LapelError) as e:
        frontends.load(path)
    assert "\n" not in e.value.message
    return e.value


def test_formats_are_found_by_file() -> None:
    assert ".tflite" in frontends.formats()["tflite"].suffixes


def test_graph_is_named_after_the_file(tmp_path: Path) -> None:
    path = tmp_path / "my net.tflite"
    path.write_bytes(dense_file())
    assert frontends.load(path).name == "my net"
    assert frontends.load(str(path)).name == "my net"
    assert frontends.formats()["tflite"].load(path).name == "my net"
    assert frontends.formats()["tflite"].load(dense_file()).name == "model"


def test_content_counts_before_suffix(tmp_path: Path) -> None:
    path = tmp_path / "net.bin"
    path.write_bytes(dense_file())
    assert len(frontends.load(path).nodes) == 2


def test_missing_file(tmp_path: Path) -> None:
    e = error_of(tmp_path / "no.tflite")
    assert isinstance(e, InputError) and "found no such file, expected a model file" in e.message


def test_directory(tmp_path: Path) -> None:
    e = error_of(tmp_path)
    assert isinstance(e, InputError) and "found a directory or device" in e.message


def test_device() -> None:
    assert isinstance(error_of("/dev/zero"), InputError)


def test_path_with_a_nul() -> None:
    assert isinstance(error_of("a\0b.tflite"), InputError)


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.tflite"
    with path.open("wb") as f:
        f.truncate(3 << 30)
    assert "found 3221225472 bytes, expected at most" in error_of(path).message


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "secret.tflite"
    path.write_bytes(dense_file())
    monkeypatch.setattr(Path, "read_bytes", refuse)
    e = error_of(path)
    assert isinstance(e, InputError) and "cannot be read (Permission denied): check its path" in e.message


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.tflite"
    path.touch()
    e = error_of(path)
    assert isinstance(e, FormatError) and "empty.tflite: found an empty file, expected a TensorFlow Lite" in e.message


def test_other_content_under_our_suffix(tmp_path: Path) -> None:
    path = tmp_path / "text.tflite"
    path.write_text("hello, world")
    e = error_of(path)
    assert isinstance(e, FormatError) and "text.tflite: found 12 bytes that begin with 68 65" in e.message


def test_unknown_kind(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    e = error_of(path)
    assert isinstance(e, InputError) and "expected one of: " in e.message and ".tflite" in e.message


def test_arrays_are_no_models(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(3))
    np.savez(tmp_path / "x.npz", a=np.zeros(3))
    for name in ("x.npy", "x.npz"):
        assert (
            "found arrays of NumPy, expected a model file: samples come with --data"
            in error_of(tmp_path / name).message
        )


def test_what_has_a_graph_is_that_graph() -> None:
    graph = frontends.load(dense_file())
    assert frontends.load(SimpleNamespace(graph=graph)) is graph


@pytest.mark.parametrize("example", [None, 1])
def test_weights_alone_and_other_objects(example: object) -> None:
    weights = {"0.weight": SimpleNamespace(numpy=None)}
    with pytest.raises(UsageError, match=r"found an object of type dict, .* weights alone are no network, so load"):
        frontends.load(weights, example)
    with pytest.raises(UsageError, match=r"found an object of type int, .* convert other models to \.tflite or \.onnx"):
        frontends.load(3, example)
