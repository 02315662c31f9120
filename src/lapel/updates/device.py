"""`write_device`: the C of a device that takes updates, for the boards whose flash is known: `boards/`, one a file."""

from __future__ import annotations

from pathlib import Path

from lapel.errors import UsageError
from lapel.files import check_folder, write_folder
from lapel.proving.blobfolder import read_firmware
from lapel.updates import keys
from lapel.updates.trial import update_sources

HERE = Path(__file__).parent
FLASH_HEADER = """/* The flash of the board: slots, and how they are written. */
#ifndef LAPEL_FLASH_H
#define LAPEL_FLASH_H

#include "lapel_update.h"

extern const lapel_flash lapel_board_flash;

#endif
"""
VERIFY = """
/* Monocypher (monocypher.org): monocypher.c and optional/monocypher-ed25519.c beside these files. */
static int device_verify(const void *key, const lapel_package *package, const uint8_t *blob)
{
    uint8_t digest[64];

    if (blob == 0) {
        return crypto_ed25519_check(package->signature, (const uint8_t *)key, (const uint8_t *)package,
                                    LAPEL_PACKAGE_SIGNED) == 0;
    }
    crypto_sha512(digest, blob, package->blob_bytes);
    return crypto_verify64(digest, package->digest) == 0;
}
"""
MANIFEST = "device.json"


def boards() -> tuple[str, ...]:
    """Boards whose flash is known."""
    return tuple(sorted(path.stem for path in (HERE / "boards").glob("*.c")))


def write_device(firmware: Path | str, board: str, out: Path | str, key: Path | str | None = None) -> tuple[Path, ...]:
    """Write the C of a device into the folder `out`: what the build in the folder `firmware` has, the board's flash,
    and a main function. key: the device asks for signatures by this private key, and has its public one.

    Raises UsageError for a board whose flash is not known, OutputError rather than replace a file of a user.
    """
    if board not in boards():
        raise UsageError(f"the flash of {board} is not known, of {', '.join(boards())} it is: write a lapel_flash")
    built, folder = read_firmware(firmware), Path(out)
    public = None if key is None else keys.public_bytes(keys.read_key(Path(key)))
    words = {
        "kernels": built.name,
        "core": built.target.core,
        "arena": str(max(built.image.arena_bytes, 1)),
        "key include": "" if public is None else '#include "lapel_update_key.h"\n#include "monocypher-ed25519.h"\n',
        "verify": "" if public is None else VERIFY,
        "check": "0, 0" if public is None else "device_verify, lapel_update_key",
    }
    files = {
        **built.sources,
        **update_sources(built),
        "lapel_flash.c": (HERE / "boards" / f"{board}.c").read_text(encoding="utf-8"),
        "lapel_flash.h": FLASH_HEADER,
        "lapel_device.c": _filled("device.c", words),
        "lapel_device.h": _filled("device.h", words),
    }
    if public is not None:
        files["lapel_update_key.h"] = keys.header(public)
    contents = {name: text.encode() for name, text in files.items()} | {built.file.name: built.image.data}
    check_folder(folder, tuple(contents), MANIFEST)
    record = {"record": "device", "board": board, "kernel_set": built.record.kernel_set, "signed": public is not None}
    write_folder(folder, contents, MANIFEST, record)
    return tuple(folder / name for name in contents)


def _filled(file: str, words: dict[str, str]) -> str:
    text = (HERE / file).read_text(encoding="utf-8")
    for name, value in words.items():
        text = text.replace(f"@{name}@", value)
    return text
