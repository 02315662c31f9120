"""`lapel update`: packages that emulated devices take, and updates that no device would."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import lapel
from cores import needs
from images import draw_image_net
from lapel.cli import main
from lapel.codegen.kernelfamilies import family_kernels
from lapel.errors import FormatError, OutputError, UpdateRefused, UsageError
from lapel.records import BlobBuild, Update
from lapel.targets import load_target
from lapel.updates import keys
from lapel.updates.package import DELTA, WHOLE, Package
from lapel.updates.trial import Flash
from lapel.updates.update import make_update


def folders(target: str, place: Path, **given: bool) -> tuple[Path, Path]:
    every = family_kernels("convolutional", load_target(target))
    first = lapel.build_blob(draw_image_net(1), target, place / "first", kernels=every, **given)
    lapel.build_blob(draw_image_net(2), target, place / "second", kernels=first.set_kernels, **given)
    return place / "first", place / "second"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return folders("host", tmp_path_factory.mktemp("host"))


@needs("cortex-m4")
def test_an_emulated_device_takes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = folders("cortex-m4", tmp_path)
    keys.make_key(tmp_path / "key")
    package = tmp_path / "update.lplu"
    words = ["update", "--from", old, "--to", new, "--out", package, "--key", tmp_path / "key", "--counter", 3]
    assert main([*map(str, words), "--json"]) == 0
    found = Update.from_json(json.loads(capsys.readouterr().out))
    assert found.sent == "delta" and found.signed and found.self_test and found.counter == 3
    assert found.package_bytes == package.stat().st_size < found.whole_bytes
    assert found.slot_erases == 1 and found.state_erases == 4
    assert 0 < found.code_bytes <= 4608 and 0 < found.state_bytes <= 768
    read = Package.from_bytes(package.read_bytes())
    assert read.kind == DELTA and read.core == "cortex-m4" and read.kernels == found.kernel_set
    keys.check_signature(read, keys.public_bytes(keys.read_key(tmp_path / "key")))
    with pytest.raises(UpdateRefused, match="NO_KEY \\(26\\)"):
        keys.check_signature(read, None)


def test_the_whole_blob_where_that_is_asked_for(host: tuple[Path, Path], tmp_path: Path) -> None:
    found = make_update(*host, tmp_path / "u", whole=True, flash=Flash(512, 16))
    assert found.sent == "whole" and found.delta_bytes is None and not found.signed
    assert Package.from_bytes((tmp_path / "u").read_bytes()).kind == WHOLE
    assert Update.from_json(found.to_json()) == found
    assert repr(found).startswith("<Update 'image_1 -> image_2' on host: whole,")


def refusal(*given: object, **named: object) -> str:
    with pytest.raises(UpdateRefused) as e:
        make_update(*given, **named)  # type: ignore[arg-type]
    assert "\n" not in e.value.message and e.value.exit_code == 19
    return e.value.message


def test_what_no_device_would_take(host: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = host
    assert refusal(old, new, arena_bytes=100).startswith("ARENA_TOO_SMALL (7): it takes ")
    assert "more than a slot" in refusal(old, new, flash=Flash(512, 8, 512))
    other = tmp_path / "other"
    lapel.build_blob(draw_image_net(1), "host", other)
    assert refusal(old, other).startswith("OTHER_KERNELS (16): ") and "--kernel-set" in refusal(old, other)
    record = replace(BlobBuild.of_folder(new), core="cortex-m7")
    (tmp_path / "core").mkdir()
    for file in new.iterdir():
        (tmp_path / "core" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "core/lapel.json").write_text(json.dumps(record.to_json()))
    assert refusal(old, tmp_path / "core").startswith("OTHER_CORE (15): ")
    (blob,) = (tmp_path / "core").glob("*.blob")
    data = blob.read_bytes()
    changed = data[:90] + bytes([data[90] ^ 1]) + data[91:]
    for wrong, name in ((data[:-4], "TRUNCATED (25)"), (b"\0" + data, "NO_BLOB (2)"), (changed, "DAMAGED (7)")):
        blob.write_bytes(wrong)
        assert refusal(old, tmp_path / "core").startswith(name)


def test_bad_arguments(host: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ((Flash(512, 12), "power of two"), (Flash(24, 8), "multiple of 8 from 48"), (Flash(512, 8, 600), "slot"))
    for flash, said in wrong:
        with pytest.raises(UsageError, match=said):
            make_update(*host, flash=flash)
    with pytest.raises(UsageError, match="counter is -1"):
        make_update(*host, counter=-1)
    with pytest.raises(FormatError):
        make_update(tmp_path, host[1])
    with pytest.raises(FormatError, match="lapel key"):
        make_update(*host, key=tmp_path / "none")
    (tmp_path / "text").write_text("no key")
    with pytest.raises(FormatError, match="no private key"):
        make_update(*host, key=tmp_path / "text")
    assert main(["update", "--from", str(host[0])]) == 2
    assert main(["update", "--explain", "99"]) == 2
    capsys.readouterr()
    assert main(["update", "--explain", "3"]) == 0
    assert capsys.readouterr().out.startswith("LAPEL_UPDATE_PROGRAM_FAILED (3): ")


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    assert main(["key", str(tmp_path / "k")]) == 0
    first = (tmp_path / "k").read_bytes()
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    public = keys.public_bytes(keys.read_key(tmp_path / "k"))
    assert f"0x{public[0]:02x}, 0x{public[1]:02x}" in (tmp_path / "k.h").read_text()
    with pytest.raises(OutputError, match="is there"):
        keys.make_key(tmp_path / "k")
    assert (tmp_path / "k").read_bytes() == first
