"""Everything that can go wrong while building or running says where, and what to do."""

import contextlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lapel.errors import CompileError, DoesNotFit, InputError, MissingTool, SimulationError
from lapel.simulate import SANITIZE, build_firmware, machine, run_firmware
from lapel.targets import load_target
from tools import wait_until

CRASHES = {
    "host": ("__builtin_trap(); (void)in; (void)out;", "SIGILL|SIGTRAP"),
    **dict.fromkeys(
        ("rv32imac", "rv32ec", "rv32emc"),
        ('__asm__ volatile(".word 0"); (void)in; (void)out;', "exception 2 in toy_invoke"),
    ),
    **dict.fromkeys(
        ("atmega328p", "atmega2560"), ('__asm__ volatile("jmp 0"); (void)in; (void)out;', "started again")
    ),
    "attiny85": ('__asm__ volatile("rjmp harness_reset"); (void)in; (void)out;', "started again"),
}
UDF = ('__asm__ volatile("udf #0"); (void)in; (void)out;', "exception 3 in toy_invoke")


def test_a_crash_says_where(core: str, toy, tmp_path: Path) -> None:
    body, message = CRASHES.get(core, UDF)
    firmware = build_firmware(toy.with_model(body), load_target(core), tmp_path)
    with pytest.raises(SimulationError, match=message):
        run_firmware(firmware, toy.samples, 16, timeout_s=300)


def test_an_endless_loop_is_stopped_with_its_process(core: str, toy, tmp_path: Path) -> None:
    body = 'for (;;) { out[0] = in[0]; __asm__ volatile("" ::: "memory"); }'
    firmware = build_firmware(toy.with_model(body), load_target(core), tmp_path)
    with pytest.raises(SimulationError, match=r"no end after 0\.5 s"):
        run_firmware(firmware, toy.samples, 16, timeout_s=0.5)
    assert emulators_in(tmp_path) == 0


@pytest.mark.parametrize("name", ["cortex-m4", "atmega328p", "host"])
def test_the_emulator_ends_with_its_parent(name: str, toy, tmp_path: Path) -> None:
    body = 'for (;;) { out[0] = in[0]; __asm__ volatile("" ::: "memory"); }'
    script = f"""
from pathlib import Path
import numpy as np
from lapel.simulate import build_firmware, run_firmware
from lapel.targets import load_target
firmware = build_firmware({toy.with_model(body)!r}, load_target({name!r}), Path({str(tmp_path)!r}))
print("built", flush=True)
run_firmware(firmware, np.zeros((1, 16), np.uint8), 16)
"""
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout and child.stdout.readline() == "built\n"
    wait_until(lambda: emulators_in(tmp_path) > 0)
    child.kill()
    child.communicate()
    wait_until(lambda: emulators_in(tmp_path) == 0)


def emulators_in(folder: Path) -> int:
    """Processes whose working folder this is."""
    found = 0
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            found += link.readlink() == folder
    return found


def test_unmapped_memory_faults(toy, tmp_path: Path) -> None:
    body = "out[0] = *(volatile int8_t *)0x60000000 ; (void)in;"
    firmware = build_firmware(toy.with_model(body), load_target("cortex-m4"), tmp_path)
    with pytest.raises(SimulationError, match=r"cortex-m4: the core took exception 3 in toy_invoke\+0x"):
        run_firmware(firmware, toy.samples, 16, timeout_s=300)


def test_unaligned_words_fault_on_armv6m(toy, tmp_path: Path) -> None:
    body = """
        volatile uintptr_t odd = (uintptr_t)toy_arena + 1;
        out[0] = (int8_t)(*(volatile uint32_t *)odd + (uint8_t)in[0]);"""
    for name, faults in (("cortex-m0", True), ("cortex-m3", False)):
        firmware = build_firmware(toy.with_model(body), load_target(name), tmp_path / name)
        if faults:
            with pytest.raises(SimulationError, match="exception 3 in toy_invoke"):
                run_firmware(firmware, toy.samples, 16, timeout_s=300)
        else:
            run_firmware(firmware, toy.samples, 16, timeout_s=300)


@pytest.mark.parametrize("name", ["cortex-m4", "cortex-m0", "rv32imac", "atmega328p"])
def test_a_stack_that_runs_over(name: str, toy, tmp_path: Path) -> None:
    before = """
    static int8_t deep(const int8_t *in, uint16_t left);
    static int8_t deep(const int8_t *in, uint16_t left)
    {
        volatile int8_t pad[64];
        pad[left & 63] = in[left & 15];
        return (int8_t)(left ? deep(in, (uint16_t)(left - 1)) + pad[left & 63] : pad[0]);
    }"""
    depth = 26 if name == "atmega328p" else 1100
    firmware = build_firmware(toy.with_model(f"out[0] = deep(in, {depth});", before), load_target(name), tmp_path)
    with pytest.raises(SimulationError, match=r"stack|exception 7 in deep"):
        run_firmware(firmware, toy.samples, 16, timeout_s=300)


def test_wrong_number_of_output_bytes(core: str, toy, tmp_path: Path) -> None:
    firmware = build_firmware(toy.sources, load_target(core), tmp_path)
    with pytest.raises(SimulationError, match="output bytes"):
        run_firmware(firmware, toy.samples, 15, timeout_s=300)


def test_too_little_input(toy, tmp_path: Path) -> None:
    firmware = build_firmware(toy.sources, load_target("cortex-m4"), tmp_path)
    with pytest.raises(SimulationError, match="asked for more input"):
        run_firmware(firmware, toy.samples[:, :15], 16, timeout_s=300)


def test_inputs_of_another_type(toy, tmp_path: Path) -> None:
    firmware = build_firmware(toy.sources, load_target("host"), tmp_path)
    with pytest.raises(InputError, match="expected uint8"):
        run_firmware(firmware, toy.samples.astype(np.float32), 16)
    with pytest.raises(InputError, match="not empty"):
        run_firmware(firmware, toy.samples[:0], 16)


def test_a_skipped_step_is_an_error(toy, tmp_path: Path) -> None:
    body = "out[0] = in[0]; LAPEL_PROBE_STEP(0); if (in[1] < 127) { return; } LAPEL_PROBE_STEP(1); out[1] = 1;"
    firmware = build_firmware(toy.with_model(body), load_target("cortex-m4"), tmp_path)
    with pytest.raises(SimulationError, match="the next one is the end of step 1"):
        run_firmware(firmware, np.zeros((1, 16), np.uint8), 16, timeout_s=300)


def test_the_first_compiler_error_is_shown(core: str, toy, tmp_path: Path) -> None:
    with pytest.raises(CompileError, match=r"toy\.c:\d+:\d+: error: .*undeclared"):
        build_firmware(toy.with_model("out[0] = in[0] + nothing;"), load_target(core), tmp_path)


def test_warnings_are_errors(core: str, toy, tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="conversion"):
        build_firmware(toy.with_model("out[0] = in[0] + in[1] + 1;"), load_target(core), tmp_path)


def test_an_undefined_function(toy, tmp_path: Path) -> None:
    sources = {**toy.sources, "toy.c": '#include "toy.h"\nuint8_t toy_arena[64];\n'}
    with pytest.raises(CompileError, match="undefined reference to `toy_invoke'"):
        build_firmware(sources, load_target("cortex-m4"), tmp_path)


def test_no_adapter(toy, tmp_path: Path) -> None:
    with pytest.raises(CompileError, match=r"there is no adapter\.c"):
        build_firmware({"toy.c": ""}, load_target("host"), tmp_path)


@pytest.mark.parametrize("bytes_needed", [1950, 4000])
def test_ram_that_is_too_small(bytes_needed: int, toy, tmp_path: Path) -> None:
    sources = toy.with_model("big[3] = in[0]; out[0] = big[4];", f"static volatile int8_t big[{bytes_needed}];")
    with pytest.raises(DoesNotFit, match="ram of the emulated machine is too small by"):
        build_firmware(sources, load_target("atmega328p"), tmp_path)


def test_missing_tools(toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware = build_firmware(toy.sources, load_target("cortex-m4"), tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match="apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"):
        build_firmware(toy.sources, load_target("cortex-m4"), tmp_path)
    with pytest.raises(MissingTool, match="apt-get install qemu-system-arm"):
        run_firmware(firmware, toy.samples, 16)


def test_a_plugin_that_does_not_load(toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware = build_firmware(toy.sources, load_target("cortex-m4"), tmp_path)
    monkeypatch.setattr(machine, "build_counter", lambda *unused, **options: tmp_path / "toy.c")
    with pytest.raises(SimulationError, match="qemu-system-arm refuses the plugin that counts instructions"):
        run_firmware(firmware, toy.samples, 16)


def test_the_sanitizers_see_what_the_host_would_forgive(toy, tmp_path: Path) -> None:
    before = "static volatile uint8_t end = 64;"
    sources = toy.with_model("out[0] = (int8_t)toy_arena[end]; out[1] = in[0];", before)
    plain = build_firmware(sources, load_target("host"), tmp_path / "plain")
    run_firmware(plain, toy.samples, 16)
    checked = build_firmware(sources, load_target("host"), tmp_path / "checked", cflags_extra=SANITIZE)
    with pytest.raises(SimulationError, match=r"AddressSanitizer|runtime error"):
        run_firmware(checked, toy.samples, 16)
    clean = build_firmware(toy.sources, load_target("host"), tmp_path / "clean", cflags_extra=SANITIZE)
    assert np.array_equal(run_firmware(clean, toy.samples, 16).outputs, toy.wanted)


def test_simavrs_skip_defect_is_noticed(toy, tmp_path: Path) -> None:
    body = """
        uint16_t sum = (uint8_t)in[0];
        __asm__ volatile("sec\\n brcs 1f\\n 1: clr __tmp_reg__\\n sbrs __tmp_reg__, 0\\n rjmp 2f\\n nop\\n"
                         "2: sbrc __tmp_reg__, 0\\n adiw %0, 60\\n inc %A0\\n" : "+w"(sum));
        out[0] = (int8_t)sum;"""
    firmware = build_firmware(toy.with_model(body), load_target("atmega328p"), tmp_path)
    with pytest.raises(SimulationError, match="simavr and QEMU differ from output byte 1 on"):
        run_firmware(firmware, toy.samples, 16, timeout_s=300)
