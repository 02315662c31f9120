"""What a device answers to packages: those that are for it, and those that are not."""

from __future__ import annotations

import os
import struct
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from lapel.codegen.blob import CRC_FROM
from lapel.codegen.blobimage import BlobImage
from lapel.errors import UpdateRefused
from lapel.updates import delta, keys
from lapel.updates.package import HEADER, Package, check_blob
from lapel.updates.status import load_statuses, update_statuses
from updating import Firmware, compiled, firmware

PACKAGES = Path(__file__).with_name("packages.c")
SODIUM = Path("/usr/include/sodium.h")
STATUS = {s.code: s.name for s in update_statuses().values()}


@dataclass(frozen=True)
class Answer:
    """said: to the package; then slot and trouble of two resets, and whether the first one is a trial."""

    said: str
    slot: int
    trouble: str
    trial: bool
    after: int
    after_trouble: str


class Device:
    def __init__(self, program: Path, made: Firmware, key: bytes | None = None, slot_bytes: int = 4096) -> None:
        self.program, self.made, self.key, self.slot_bytes = program, made, key, slot_bytes

    def get(self, *packages: bytes, confirm: bool = True) -> list[Answer]:
        parts = [self.key or bytes(32), self.made.blobs[0], *packages]
        data = b"".join(struct.pack("<I", len(p)) + p for p in parts)
        words = [str(int(self.key is not None)), str(self.slot_bytes), "confirm" if confirm else "leave"]
        done = subprocess.run([str(self.program), *words], input=data, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        return [_answer(list(map(int, line.split()))) for line in done.stdout.decode().splitlines()]


def _answer(n: Sequence[int]) -> Answer:
    assert n[1] == n[5] == 0, "there is a model after each reset"
    return Answer(STATUS[n[0]], n[3], STATUS[n[2]], bool(n[4]), n[7], STATUS[n[6]])


@pytest.fixture(scope="module")
def made() -> Firmware:
    return firmware()


@pytest.fixture(scope="module")
def program(made: Firmware, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not SODIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip("not installed: libsodium-dev")
    return compiled(made, PACKAGES, tmp_path_factory.mktemp("packages"), "-lsodium")


def package(blob: bytes, counter: int = 0) -> Package:
    return Package.of(blob, "host", counter)


def again(blob: bytes, at: int, form: str, value: int) -> bytes:
    """The blob with another number in it, and the CRC that it has then."""
    made = bytearray(blob)
    struct.pack_into(form, made, at, value)
    struct.pack_into("<I", made, CRC_FROM - 4, zlib.crc32(made[CRC_FROM:]))
    return bytes(made)


def test_a_model_comes_and_stays(made: Firmware, program: Path) -> None:
    first, second = (package(b).to_bytes() for b in made.blobs[1:])
    found = Device(program, made).get(first, second)
    assert found[0] == Answer("OK", 1, "OK", True, 1, "OK")
    assert found[1] == Answer("OK", 0, "OK", True, 0, "OK")


def test_a_model_that_nobody_confirms_goes(made: Firmware, program: Path) -> None:
    (found,) = Device(program, made).get(package(made.blobs[1]).to_bytes(), confirm=False)
    assert found == Answer("OK", 1, "OK", True, 0, "NOT_CONFIRMED")


def test_a_model_that_fails_its_test_goes_at_once(made: Firmware, program: Path) -> None:
    blob = bytearray(made.blobs[1])
    image = BlobImage.of(made.blobs[1])
    expected = image.sample + sum(p.type.bytes for p in image.inputs)
    other = again(made.blobs[1], expected, "<B", blob[expected] ^ 1)
    assert Device(program, made).get(package(other).to_bytes()) == [Answer("OK", 0, "SELF_TEST", False, 0, "OK")]
    outside = package(again(made.blobs[1], 68, "<I", len(blob) - 4)).to_bytes()
    assert Device(program, made).get(outside) == [Answer("OK", 0, "SELF_TEST", False, 0, "OK")]


def test_a_model_that_the_loader_refuses_goes_at_once(made: Firmware, program: Path) -> None:
    (found,) = Device(program, made).get(package(again(made.blobs[1], 28, "<I", 1 << 20)).to_bytes())
    assert found == Answer("OK", 0, "REFUSED", False, 0, "OK")


def test_packages_that_are_refused(made: Firmware, program: Path) -> None:
    good = package(made.blobs[1])
    data = good.to_bytes()
    other = bytearray(made.blobs[1])
    other[-2] ^= 1
    refused = {
        "NO_PACKAGE": [b"XXXX" + data[4:], data[:40] + b"\xff" + data[41:]],
        "NEWER": [data[:4] + b"\x02" + data[5:], data[:8] + b"\x07" + data[9:]],
        "OTHER_CORE": [replace(good, core="cortex-m4").to_bytes()],
        "OTHER_KERNELS": [replace(good, kernels=good.kernels ^ 1).to_bytes()],
        "SLOT_TOO_SMALL": [replace(good, blob_bytes=4097).to_bytes()],
        "TRUNCATED": [data[:-1], replace(good, blob_bytes=good.blob_bytes + 1).to_bytes()],
        "TOO_MUCH": [data + b"\0", replace(good, blob_bytes=good.blob_bytes - 1).to_bytes()],
        "DAMAGED": [
            replace(good, payload=bytes(other)).to_bytes(),
            replace(good, blob_crc=1).to_bytes(),
            replace(package(_other_kernels(made.blobs[1])), kernels=good.kernels).to_bytes(),
        ],
        "OTHER_SLOT": [package(again(made.blobs[1], 20, "<I", 0x8000)).to_bytes()],
        "OTHER_BASE": [replace(good, kind=1, base_crc=1).to_bytes()],
        "NO_KEY": [good.signed(bytes(range(64))).to_bytes()],
    }
    packages = [p for some in refused.values() for p in some]
    expected = [name for name, some in refused.items() for _ in some]
    answers = Device(program, made).get(*packages, data)
    assert [a.said for a in answers] == [*expected, "OK"]
    assert all((a.slot, a.after, a.trial) == (0, 0, False) for a in answers[:-1])
    assert answers[-1].after == 1


def _other_kernels(blob: bytes) -> bytes:
    return blob[:8] + bytes(4) + blob[12:]


def test_signatures(made: Firmware, program: Path, tmp_path: Path) -> None:
    keys.make_key(tmp_path / "key")
    keys.make_key(tmp_path / "other")
    key, other = (keys.read_key(tmp_path / name) for name in ("key", "other"))
    device = Device(program, made, keys.public_bytes(key))
    signed = [keys.sign(package(blob, counter), key) for counter, blob in ((7, made.blobs[1]), (8, made.blobs[2]))]
    older = keys.sign(package(made.blobs[2], 6), key)
    tampered = bytearray(signed[0].to_bytes())
    tampered[-3] ^= 1
    # The same CRC, other bytes: whoever changes a blob gives it the CRC that the header says.
    forged = _same_crc(made.blobs[1])
    swapped = replace(signed[0], payload=forged)
    packages = [
        package(made.blobs[1], 9).to_bytes(), keys.sign(package(made.blobs[1], 9), other).to_bytes(),
        replace(signed[0], counter=9).to_bytes(), bytes(tampered), swapped.to_bytes(), signed[0].to_bytes(),
        older.to_bytes(), signed[1].to_bytes(), signed[0].to_bytes(),
    ]  # fmt: skip
    found = device.get(*packages)
    assert [a.said for a in found] == [
        "UNSIGNED", "FORGED", "FORGED", "DAMAGED", "FORGED", "OK", "OLDER", "OK", "OLDER",
    ]  # fmt: skip
    assert [a.after for a in found] == [0, 0, 0, 0, 0, 1, 1, 0, 0]


def _same_crc(blob: bytes) -> bytes:
    """Another blob with the CRC of this one: four bytes of its sample make up for one that was changed."""
    made = bytearray(blob)
    sample = struct.unpack_from("<I", blob, 68)[0]
    made[sample] ^= 1
    wanted = zlib.crc32(blob[CRC_FROM:])
    place = sample + 4
    made[place : place + 4] = bytes(4)
    base = zlib.crc32(made[CRC_FROM:])
    # Bits of these four bytes act on the CRC alone and one by one: a system of 32 equations over GF(2).
    rows = []
    for bit in range(32):
        trial = bytearray(made)
        trial[place + bit // 8] ^= 1 << bit % 8
        rows.append((zlib.crc32(trial[CRC_FROM:]) ^ base, 1 << bit))
    need, chosen = base ^ wanted, 0
    basis: dict[int, tuple[int, int]] = {}
    for value, mask in rows:
        while value and value.bit_length() in basis:
            v, m = basis[value.bit_length()]
            value, mask = value ^ v, mask ^ m
        if value:
            basis[value.bit_length()] = (value, mask)
    while need:
        v, m = basis[need.bit_length()]
        need, chosen = need ^ v, chosen ^ m
    made[place : place + 4] = struct.pack("<I", chosen)
    assert zlib.crc32(made[CRC_FROM:]) == wanted and bytes(made) != blob
    return bytes(made)


def test_hostile_packages_leave_a_model(made: Firmware, program: Path) -> None:
    """Headers with anything in them and the right CRC, blobs and deltas with anything: read within bounds (the program
    is built with sanitizers), and after each there is a model that was confirmed, or one on trial."""
    rng = np.random.default_rng(0)
    old, new = made.blobs[:2]
    good = [package(new).to_bytes(), Package.of(new, "host", 0, old, delta.make(old, new)).to_bytes()]
    packages = []
    for k in range(400):
        data = bytearray(good[k % 2])
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(8, 36)) if rng.random() < 0.4 else int(rng.integers(HEADER.size, len(data)))
            data[at] = int(rng.choice([0, 1, 127, 128, 255, rng.integers(256)]))
        struct.pack_into("<I", data, HEADER.size - 4, zlib.crc32(data[: HEADER.size - 4]))
        packages.append(bytes(data))
    found = Device(program, made).get(*packages)
    assert len(found) == 400 and len({a.said for a in found}) >= 6
    before = [0, *(a.after for a in found)]
    assert all(a.said == "OK" or (a.slot, a.after) == (was, was) for a, was in zip(found, before, strict=False))


def test_every_status_says_what_it_means() -> None:
    assert sorted(s.code for s in update_statuses().values()) == list(range(len(update_statuses())))
    assert all(s.meaning for s in update_statuses().values() if s.code)
    assert load_statuses()["ARENA_TOO_SMALL"].code == 7


def test_packages_as_files(made: Firmware) -> None:
    data = package(made.blobs[1], 3).to_bytes()
    assert Package.from_bytes(data).to_bytes() == data
    for wrong, name in (
        (data[:100], "TRUNCATED"), (data[:-1], "TRUNCATED"), (data + b"\0", "TOO_MUCH"), (b"\0" + data, "NO_PACKAGE"),
        (data[:4] + b"\x09" + data[5:], "NEWER"), (data[:50] + b"\x01" + data[51:], "NO_PACKAGE"),
    ):  # fmt: skip
        with pytest.raises(UpdateRefused) as e:
            Package.from_bytes(wrong)
        assert e.value.status == name and "\n" not in e.value.message


def test_blobs_that_are_none(made: Firmware) -> None:
    blob = made.blobs[0]
    for wrong, name, said in (
        (blob[:50], "TRUNCATED", "50 bytes"), (blob[:-4], "TRUNCATED", "says that it has"),
        (b"\0\0\0" + blob, "NO_BLOB", "one begins 3 bytes later"),
        (blob[:4] + b"\x09" + blob[5:], "NEWER", "version 9"),
        (blob[:-2] + b"\x07\0", "DAMAGED", "CRC"), (blob + b"\0", "TOO_MUCH", "says that it has"),
    ):  # fmt: skip
        with pytest.raises(UpdateRefused, match=said) as e:
            check_blob(wrong, "x.blob")
        assert e.value.status == name and e.value.exit_code == 19
