"""Files of other frameworks: recognized by content, then by name, and each told the way to an int8 .tflite."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from modelfile import dense_file

from lapel import frontends
from lapel.errors import GUIDE_INT8, InputError, LapelError
from lapel.frontends._foreign import FOREIGN, TORCH_LEGACY

ROOT = Path(__file__).parents[2]
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(64)
CONTENTS = {
    "ONNX Runtime": (b"\x20\0\0\0ORTM" + bytes(64), "an ONNX Runtime model", "From ONNX"),
    "HDF5": (HDF5, "a Keras model", "From Keras"),
    "pickle of PyTorch": (TORCH_LEGACY + bytes(64), "a PyTorch pickle", "From PyTorch"),
    "SavedModel": (b"\x08\x01\x12\x80\x01" + bytes(64), "a TensorFlow SavedModel", "From a SavedModel"),
    "ExecuTorch": (b"\x30\0\0\0ET12" + bytes(64), "an ExecuTorch program", "From PyTorch"),
    "pickle": (b"\x80\x04\x95" + bytes(64), "a pickled Python object", "From scikit-learn"),
    "safetensors": (b"\x40\0\0\0\0\0\0\0" + b'{"a":1}', "a safetensors file of weights", "From PyTorch"),
}


def check(path: Path, found: str, section: str) -> None:
    with pytest.raises(InputError) as e:
        frontends.load(path)
    message = e.value.message
    (way,) = (f.way for f in FOREIGN if f.name == found)
    expected = "expected a file that Lapel reads (.tflite, .onnx, .pt2)"
    assert message == f"{path}: found {found}, {expected}: {way}; {GUIDE_INT8} has more under '{section}'"
    assert "\n" not in message


@pytest.mark.parametrize("kind", CONTENTS)
@pytest.mark.parametrize("suffix", [".bin", ".tflite", ".pkl"])
def test_content_tells_the_framework(tmp_path: Path, kind: str, suffix: str) -> None:
    content, found, section = CONTENTS[kind]
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    check(path, found, section)


@pytest.mark.parametrize(
    ("members", "found", "section"),
    [
        (("metadata.json", "config.json", "model.weights.h5"), "a Keras model", "From Keras"),
        (("model/data.pkl", "model/version"), "a PyTorch pickle", "From PyTorch"),
    ],
)
def test_an_archive_tells_the_framework(tmp_path: Path, members: tuple[str, ...], found: str, section: str) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in members:
            archive.writestr(name, b"weights that have the letters .npy by chance")
    check(path, found, section)


@pytest.mark.parametrize(("suffix", "kind"), [(s, f) for f in FOREIGN for s in f.suffixes if s.startswith(".")])
def test_the_name_tells_it_where_the_content_does_not(tmp_path: Path, suffix: str, kind: object) -> None:
    path = tmp_path / f"model{suffix.upper()}"
    path.write_bytes(b"no such content at all")
    check(path, kind.name, kind.section)  # type: ignore[attr-defined]


def test_folder_of_a_saved_model(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01\x12\x80")
    check(tmp_path, "a TensorFlow SavedModel", "From a SavedModel")


def test_every_way_is_on_the_page() -> None:
    headings = [line.lstrip("# ") for line in (ROOT / GUIDE_INT8).read_text().splitlines() if line.startswith("#")]
    assert {f.section for f in FOREIGN} <= set(headings)


@pytest.mark.parametrize("content", [HDF5, b"", b"\x1c\0\0\0TFL3", dense_file(), None])
def test_a_path_is_shown_on_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a\n\x1b[31mb.tflite"
    if content is not None:
        path.write_bytes(content)
    message = ""
    try:
        frontends.load(path)
    except LapelError as e:
        message = e.message
    assert bool(message) == (content != dense_file())
    assert "\n" not in message and "\x1b" not in message
