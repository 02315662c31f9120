"""Every target file loads, and a wrong one says what is wrong with it."""

import re
import tomllib
from pathlib import Path

import pytest

from lapel.errors import TargetError, UnknownTarget
from lapel.targets import boards_from, list_boards, list_targets, load_target, schema, suggestion


@pytest.mark.parametrize("name", list_targets())
def test_every_file_loads(name: str) -> None:
    found = load_target(name)
    assert found.name == name
    assert found.kernels.count("portable") == 1
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


def said_of(name: str) -> str:
    with pytest.raises(UnknownTarget) as caught:
        load_target(name)
    text = caught.value.message
    start, end = f"target {name!r}: no such core or board; ", "`lapel boards` lists them"
    assert text.startswith(start) and text.endswith(end)
    return text[len(start) : -len(end)].strip()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cortexm4", "cortex-m4"), ("Cortex_M33", "cortex-m33"),
        ("cortex-m44", "cortex-m4"), ("hots", "host"), ("cortex-m0+", "cortex-m0plus"),
        ("arduino-un", "arduino-uno"), ("Arduino Uno", "arduino-uno"), ("nucleo-f446", "nucleo-f446re"),
        ("STM32F446RE", "nucleo-f446re"), ("esp32-c3", "esp32-c3-devkitm-1"), ("nRF52833", "microbit-v2"),
        ("rp2040", "raspberry-pi-pico"), ("pico", "raspberry-pi-pico"), ("_cortex-m4", "cortex-m4"),
        ("ch32v003", "ch32v003f4p6-evt"), ("arduino mega", "arduino-mega"),
        ("blue pill", "bluepill-f103c8"), ("BluePill", "bluepill-f103c8"), ("microbit", "microbit-v2"),
    ],
)  # fmt: skip
def test_a_name_with_a_mistake(name: str, meant: str) -> None:
    assert said_of(name) == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("esp32-c6", "rv32imac"), ("rv32imc", "rv32imac"), ("stm32f411", "cortex-m4"), ("stm32g0b1", "cortex-m0plus"),
        ("cortex-m23", "cortex-m0plus"), ("m0p", "cortex-m0plus"), ("cortex-m4f", "cortex-m4"),
        ("cortex-m85", "cortex-m55"), ("nano", "atmega328p"),
        ("stm32h743", "cortex-m7"), ("nrf5340", "cortex-m33"), ("samd51", "cortex-m4"), ("samd21j18", "cortex-m0plus"),
        ("same54", "cortex-m4"), ("pico2", "cortex-m33"), ("micro:bit v1", "cortex-m0"), ("x86_64", "host"),
        ("stm32l152", "cortex-m3"), ("ch641", "rv32ec"), ("CH32V006", "rv32emc"), ("rv32ec_zmmul", "rv32emc"),
        ("atmega2561", "atmega2560"), ("attiny45", "attiny85"),
    ],
)  # fmt: skip
def test_a_chip_whose_core_is_there(name: str, core: str) -> None:
    assert said_of(name).endswith(f": take {core!r};")


@pytest.mark.parametrize(
    "name", ["esp32", "ESP32-S3", "esp8266", "atmega4809", "attiny1614", "cortex-a53", "k210", "msp430"]
)
def test_a_chip_for_which_there_is_nothing(name: str) -> None:
    said = said_of(name)
    assert said.endswith(": there is no target for it;") and "did you mean" not in said
    assert "Xtensa" in said or not name.lower().startswith("esp")


@pytest.mark.parametrize("name", ["", "banana", "../cores/host", "board"])
def test_a_name_like_no_other(name: str) -> None:
    assert said_of(name) == ""


def test_a_part_of_several_names() -> None:
    chips = ("f446re", "h743zi2", "l476rg", "l4r5zi", "l4r5zi-p", "u385rg-q", "u575zi-q")
    nucleos = [f"nucleo-{chip}" for chip in chips]
    assert said_of("nucleo") == f"did you mean {', '.join(map(repr, nucleos))}?"
    assert said_of("STM32").count("'") == 12
    assert said_of("cortex").count("'") == 12 and said_of("cortex").endswith(" others?")


def test_families_name_cores_that_exist() -> None:
    for family in tomllib.loads(suggestion.FAMILIES.read_text())["family"]:
        assert family.keys() <= {"names", "says", "core"} and re.compile(family["names"])
        assert family.get("core", "host") in list_targets()


def test_unknown_missing_and_mistyped_keys(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("")
    with pytest.raises(TargetError, match="missing key compiler") as caught:
        schema.check(tmp_path / "x.toml", {"flash": 3, "clock_hz": "fast", "memory": {"ram": {"origin": 1}}})
    for part in ("unknown key flash", "clock_hz is 'fast', expected a whole number", "missing key memory.ram.length"):
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
def test_keys_of_the_flash_that_do_not_go_together(keys: dict[str, object], message: str, tmp_path: Path) -> None:
    given = {"flash_wait_states": 2, "flash_line_bytes": 8, **keys}
    lines = [f"{key} = {value!r}" for key, value in given.items()]
    (tmp_path / "x.toml").write_text("\n".join(['inherits = "cortex-m3"', 'description = "x"', *lines]))
    with boards_from(tmp_path), pytest.raises(TargetError, match=message):
        load_target("x")
