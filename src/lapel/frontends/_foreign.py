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

PICKLES = tuple(b"\x80" + bytes([protocol]) for protocol in (2, 3, 4, 5))
"""With one of these a pickle begins."""

ARCHIVE = b"PK\x03\x04"
"""With it a ZIP archive begins."""

NUMPY = b"\x93NUMPY"
"""With it an .npy file begins; an .npz file is an archive of such."""

CONVERTER = "tf.lite.TFLiteConverter"
"""Of TensorFlow; its result is the content of a .tflite file."""


@dataclass(frozen=True)
class Foreign:
    """A kind of file. matches: whether content is of this kind; suffixes: where the content says nothing.

    way: what to do, in Python where that is short. section: the heading of the guide under which it is described.
    """

    name: str
    section: str
    way: str
    matches: Callable[[bytes], bool]
    suffixes: tuple[str, ...] = ()


def _archive_with(*names: bytes) -> Callable[[bytes], bool]:
    """A ZIP archive that names one of these members; found without unpacking, since it may be hostile."""
    return lambda data: data[:4] == ARCHIVE and any(name in data for name in names)


def is_program(data: bytes) -> bool:
    """Whether it is an archive that torch.export.save has written, of today or before torch 2.8: its tensors may be
    archives in it, with pickles in them."""
    return _archive_with(b"/archive_format", b"serialized_exported_program.json")(data)


def _is_arrays(data: bytes) -> bool:
    """An .npy file, or an archive that begins with one; chance puts these letters into the weights of others."""
    name_bytes = int.from_bytes(data[26:28], "little")
    return data[:6] == NUMPY or (data[:4] == ARCHIVE and data[30 : 30 + name_bytes].endswith(b".npy"))


FOREIGN = (
    Foreign(
        "an ONNX Runtime model",
        "From ONNX",
        "take the .onnx file that it was made of",
        lambda data: data[4:8] == b"ORTM",
        (".ort",),
    ),
    Foreign(
        "a Keras model",
        "From Keras",
        f"{CONVERTER}.from_keras_model(tf.keras.models.load_model(path)).convert(), or, with KERAS_BACKEND=torch set, "
        "lapel.load(keras.models.load_model(path), example)",
        lambda data: data[:8] == b"\x89HDF\r\n\x1a\n" or _archive_with(b"model.weights.h5")(data),
        (".keras", ".h5", ".hdf5"),
    ),
    Foreign(
        "a PyTorch pickle",
        "From PyTorch",
        "net = Net(); net.load_state_dict(torch.load(path, weights_only=True)); lapel.load(net, example), or "
        "torch.export.save(torch.export.export(net.eval(), (example,)), 'model.pt2')",
        lambda data: data[:15] == TORCH_LEGACY or (_archive_with(b"/data.pkl")(data) and not is_program(data)),
        (".pt", ".pth", ".ptl", ".ckpt"),
    ),
    Foreign(
        "a TensorFlow SavedModel",
        "From a SavedModel",
        f"{CONVERTER}.from_saved_model(folder).convert()",
        lambda data: data[:3] == b"\x08\x01\x12",
        ("saved_model.pb",),
    ),
    Foreign(
        "a TensorFlow graph",
        "From a SavedModel",
        f"tf.compat.v1.lite.{CONVERTER.split('.')[-1]}.from_frozen_graph(path, [inputs], [outputs]).convert()",
        lambda data: False,
        (".pb", ".pbtxt", ".meta"),
    ),
    Foreign(
        "an ExecuTorch program",
        "From PyTorch",
        "load the module that it was made of, lapel.load(net, example)",
        lambda data: data[4:6] == b"ET" and data[6:8].isdigit(),
        (".pte",),
    ),
    Foreign(
        "a safetensors file of weights",
        "From PyTorch",
        "net = Net(); net.load_state_dict(safetensors.torch.load_file(path)); lapel.load(net, example)",
        lambda data: data[8:10] == b'{"',
        (".safetensors",),
    ),
    Foreign(
        "a pickled Python object",
        "From scikit-learn",
        "a pickle can run any code and holds no calibration data, so in Python, if you trust it: "
        "lapel.load(joblib.load(path), x_train)",
        lambda data: data[:2] in PICKLES,
        (".pkl", ".pickle", ".joblib"),
    ),
)
"""The first one that matches counts."""


def refuse_content(path: Path, data: bytes) -> None:
    """Raise InputError, which names the way, if the content is another framework's, or no model but samples."""
    if _is_arrays(data):
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
        way = f"{found.way}; {GUIDE_INT8} has more under '{found.section}'"
        expected = "a file that Lapel reads (.tflite, .onnx, .pt2)"
        raise InputError(f"{shown(str(path), SHOWN_PATH)}: found {found.name}, expected {expected}: {way}")
