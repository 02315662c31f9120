"""Every target file loads, and a wrong one says what is wrong with it."""

from pathlib import Path

import pytest

from lapel.errors import UnknownTarget
from lapel.targets import list_boards, list_targets, load_target, schema, target


@pytest.mark.parametrize("name", list_targets())
def test_every_file_loads(name: str) -> None:
    found = load_target(name)
    assert found.name == name
    assert found.kernels[-1] == "portable"
    assert found.index_bits == (16 if found.rom == "separate" else 32)
    assert load_target(found.core).kind == "core"
    assert load_target(found.core).emulator == found.emulator


@pytest.mark.parametrize("name", list_boards())
def test_boards_have_sizes_and_a_clock(name: str) -> None:
    board = load_target(name)
    assert board.kind == "board" and board.core != board.name
    assert board.flash_bytes and board.ram_bytes and board.clock_hz


def test_values_win_over_the_inherited_ones() -> None:
    uno, bare = load_target("arduino-uno"), load_target("atmega328p")
    assert (uno.flash_bytes, bare.flash_bytes) == (32256, 32768)
    assert uno.ram_bytes == bare.ram_bytes == 2048
    assert load_target("nucleo-l4r5zi").pj_per_cycle == 350.0
    with_converter = load_target("nucleo-l4r5zi-p")
    assert with_converter.pj_per_cycle == 277.0 and with_converter.core == "cortex-m4"
    assert with_converter.flash_wait_states == load_target("nucleo-l4r5zi").flash_wait_states == 5
    assert load_target("cortex-m4").pj_per_cycle is None


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownTarget, match="no such core or board; did you mean 'cortex-m4'"):
        load_target("cortexm4")
    with pytest.raises(UnknownTarget, match=r"'_cortex-m'"):
        load_target("_cortex-m")
    with pytest.raises(UnknownTarget, match="`lapel boards` lists them"):
        load_target("")


def test_unknown_missing_and_mistyped_keys() -> None:
    with pytest.raises(ValueError, match="missing key compiler") as caught:
        schema.check(Path("x.toml"), {"flash": 3, "clock_hz": "fast", "memory": {"ram": {"origin": 1}}})
    for part in (
        "unknown key flash",
        "clock_hz is 'fast', expected int",
        "missing key memory.ram.length",
        "rom is",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"flash_wait_states": 2}, "flash_wait_states needs flash_line_bytes and flash_accelerator"),
        ({"flash_accelerator": "cache"}, "flash_cache_bytes goes with flash_accelerator 'cache', and with no other"),
        ({"flash_accelerator": "prefetch", "flash_cache_bytes": 64}, "flash_cache_bytes goes with"),
        ({"flash_accelerator": "prefetch", "flash_data_cache_bytes": 64}, "flash_data_cache_bytes goes with"),
    ],
)
def test_keys_of_the_flash_that_do_not_go_together(keys: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        schema.check(Path("x.toml"), {"flash_wait_states": 2, "flash_line_bytes": 8, **keys})


def test_a_board_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("cores", "boards"):
        (tmp_path / folder).mkdir()
    for path in (target.FOLDER / "cores").glob("*.toml"):
        (tmp_path / "cores" / path.name).write_text(path.read_text())
    (tmp_path / "boards" / "mine.toml").write_text('inherits = "cortex-m4"\ndescription = "mine"\nram_bytes = 5\n')
    (tmp_path / "boards" / "loop.toml").write_text('inherits = "loop"\n')
    (tmp_path / "boards" / "typo.toml").write_text('inherits = "cortex-m4"\nram_byte = 5\n')
    monkeypatch.setattr(target, "FOLDER", tmp_path)
    assert "mine" in list_boards() and load_target("mine").ram_bytes == 5
    with pytest.raises(ValueError, match="inherits from itself"):
        load_target("loop")
    with pytest.raises(ValueError, match="unknown key ram_byte"):
        load_target("typo")
