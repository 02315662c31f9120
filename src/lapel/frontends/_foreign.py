"""Model files of other frameworks: recognized, to name the way from them to one that Lapel reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lapel.errors import GUIDE_INT8, InputError, shown
from lapel.frontends._format import SHOWN_PATH

TORCH_LEGACY = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
"""A pickled number (protocol 2) with which PyTorch's files began before they were archives."""


def is_program(data: bytes) -> bool:
    """Whether it is an archive that torch.export.save has written, of today or before torch 2.8: its tensors may be
    archives in it, with pickles in them."""
    return _archive_with(b"/archive_format", b"serialized_exported_program.json")(data)


NUMPY = b"\x93NUMPY"
"""With it an .npy file begins; an .npz file is an archive of such."""

CONVERTER = "tf.lite.TFLiteConverter"
"""Of TensorFlow; its result is the content of a .tflite file."""


@dataclass(frozen=True)
class Foreign:
    """A kind of file. matches: whether content is of this kind; suffixes: where the content says nothing.

    section: the heading of the guide under which the way is described. lines: Python that goes it, in short.
    """

    name: str
    section: str
    matches: Callable[[bytes], bool]
    suffixes: tuple[str, ...] = ()
    lines: str = ""


def _archive_with(*names: bytes) -> Callable[[bytes], bool]:
    """A ZIP archive that names one of these members; found without unpacking, since it may be hostile."""
    return lambda data: data[:4] == b"PK\x03\x04" and any(name in data for name in names)


FOREIGN = (
    Foreign("an ONNX Runtime model", "From ONNX", lambda data: data[4:8] == b"ORTM", (".ort",)),
    Foreign(
        "a Keras model",
        "From Keras",
        lambda data: data[:8] == b"\x89HDF\r\n\x1a\n" or _archive_with(b"model.weights.h5")(data),
        (".keras", ".h5", ".hdf5"),
        f"{CONVERTER}.from_keras_model(tf.keras.models.load_model(path)).convert()",
    ),
    Foreign(
        "a PyTorch pickle",
        "From PyTorch",
        lambda data: data[:15] == TORCH_LEGACY or (_archive_with(b"/data.pkl")(data) and not is_program(data)),
        (".pt", ".pth", ".ptl", ".ckpt"),
        "net = Net(); net.load_state_dict(torch.load(path, weights_only=True)); lapel.load(net, example), or "
        "torch.export.save(torch.export.export(net.eval(), (example,)), 'model.pt2')",
    ),
    Foreign(
        "a TensorFlow SavedModel",
        "From a SavedModel",
        lambda data: data[:3] == b"\x08\x01\x12",
        ("saved_model.pb",),
        f"{CONVERTER}.from_saved_model(folder).convert()",
    ),
    Foreign(
        "a TensorFlow graph",
        "From a SavedModel",
        lambda data: False,
        (".pb", ".pbtxt", ".meta"),
        f"tf.compat.v1.lite.{CONVERTER.split('.')[-1]}.from_frozen_graph(path, [inputs], [outputs]).convert()",
    ),
    Foreign(
        "an ExecuTorch program", "From PyTorch", lambda data: data[4:6] == b"ET" and data[6:8].isdigit(), (".pte",)
    ),
    Foreign(
        "a safetensors file of weights",
        "From PyTorch",
        lambda data: data[8:10] == b'{"',
        (".safetensors",),
        "net = Net(); net.load_state_dict(safetensors.torch.load_file(path)); lapel.load(net, example)",
    ),
)


def refuse_content(path: Path, data: bytes) -> None:
    """Raise InputError, which names the way, if the content is another framework's, or no model but samples."""
    if data[:6] == NUMPY or _archive_with(b".npy")(data):
        where = shown(str(path), SHOWN_PATH)
        raise InputError(f"{where}: found arrays of NumPy, expected a model file: samples come with --data or --input")
    _refuse(path, next((f for f in FOREIGN if f.matches(data)), None))


def refuse_suffix(path: Path) -> None:
    """The same by the file's name alone."""
    _refuse(path, next((f for f in FOREIGN if path.name.lower().endswith(f.suffixes or ("\0",))), None))


def refuse_folder(path: Path) -> None:
    """The same for a folder that a framework writes."""
    if os.path.exists(path / "saved_model.pb"):  # False, too, for a name that is too long
        _refuse(path, next(f for f in FOREIGN if "saved_model.pb" in f.suffixes))


def _refuse(path: Path, found: Foreign | None) -> None:
    if found is not None:
        lines = f": {found.lines}" if found.lines else ""
        way = f"convert it{lines}; {GUIDE_INT8} has the lines under '{found.section}'"
        expected = "a file that Lapel reads (.tflite, .onnx, .pt2)"
        raise InputError(f"{shown(str(path), SHOWN_PATH)}: found {found.name}, expected {expected}: {way}")
