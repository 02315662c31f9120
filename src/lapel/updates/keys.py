"""Keys of signed updates: Ed25519 (RFC 8032) of the package `cryptography`: `pip install "lapel[sign]"`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lapel.errors import FormatError, MissingTool, OutputError
from lapel.files import reason
from lapel.updates.package import SIGNED, UNSIGNED, Package
from lapel.updates.status import refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MISSING = 'cryptography is not installed, which signs: pip install "lapel[sign]"'


def make_key(path: Path) -> Path:
    """Write a new private key, which only its owner can read, and beside it a header with the public one, which is
    returned. Raises OutputError: a key is never replaced."""
    try:
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        raise MissingTool(_MISSING) from None
    beside = path.with_name(f"{path.name}.h")
    for file in (path, beside):
        if os.path.lexists(file):
            raise OutputError(f"{file} is there, and a key that is lost cannot be made again: choose another name")
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as private:
            private.write(text)
        with open(beside, "x", encoding="utf-8") as public:
            public.write(header(public_bytes(key)))
    except OSError as e:
        raise OutputError(f"{path} cannot be written: {reason(e)}: choose another folder") from None
    return beside


def read_key(path: Path) -> Ed25519PrivateKey:
    """A private key. Raises FormatError for a file that has none."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise MissingTool(_MISSING) from None
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as e:
        raise FormatError(f"{path} cannot be read: {reason(e)}: `lapel key {path}` makes one") from None
    except (ValueError, TypeError):
        raise FormatError(f"{path} is no private key in PEM, without a password: `lapel key FILE` makes one") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise FormatError(f"{path} is a key of another kind, expected Ed25519: `lapel key FILE` makes one")
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes that devices have."""
    from cryptography.hazmat.primitives import serialization as s

    return key.public_key().public_bytes(s.Encoding.Raw, s.PublicFormat.Raw)


def sign(package: Package, key: Ed25519PrivateKey) -> Package:
    """The package with its signature."""
    return package.signed(key.sign(package.head()[:SIGNED]))


def check_signature(package: Package, public: bytes | None) -> None:
    """Raise UpdateRefused, as a device with this key would; None: one without."""
    if public is None:
        if package.signature != UNSIGNED:
            raise refused("NO_KEY", "it is signed, and there is no key to look at that: give --key, or build without")
        return
    if package.signature == UNSIGNED:
        raise refused("UNSIGNED", "it has no signature, and devices with a key ask for one: give --key")
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(package.signature, package.head()[:SIGNED])
    except InvalidSignature:
        raise refused("FORGED", "its signature is of something else, or by another key: ask who signs") from None


def header(public: bytes) -> str:
    """Of C, with the public key."""
    rows = [", ".join(f"0x{b:02x}" for b in public[i : i + 8]) for i in range(0, 32, 8)]
    return (
        "/* The public key of updates, which a firmware has: Ed25519. The private one stays where it was made. */\n"
        "#ifndef LAPEL_UPDATE_KEY_H\n#define LAPEL_UPDATE_KEY_H\n\n#include <stdint.h>\n\n"
        "static const uint8_t lapel_update_key[32] = {\n    " + ",\n    ".join(rows) + ",\n};\n\n#endif\n"
    )
