"""`<name>_listen`: on this computer and on emulated cores, in chunks of any size, the events that Python has."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cores import needs
from hearing import chunks, listening_net, noise, two_words
from lapel import codegen
from lapel.audio.listener import MOST_GAP, Listener, gap_samples, step_samples
from lapel.codegen.listen import HEARD_BYTES, Hearing
from lapel.errors import InputError, UsageError
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.records.detector import Detector, Event
from lapel.simulate.firmware import MODEL_WARNINGS, SANITIZE, build_firmware
from lapel.simulate.run import run_firmware
from lapel.targets import load_target
from statenets import ring

GOLDEN = Path(__file__).parents[1] / "golden"
STEP = 40
MOST_CHUNK = 200
MOST_EVENTS = 4
SIZES = (0, 1, 7, 39, 40, 41, MOST_CHUNK)

ADAPTER = f"""#include "harness.h"
#include "ears.h"
#include "ears_listen.h"

/* A sample of the harness: what to do, how often, samples. Its output: how many events, and these. */
static uint8_t command, output[1 + {MOST_EVENTS} * 6];
static uint32_t count;
static int16_t samples[{MOST_CHUNK}];

void adapter_reset(void)
{{
}}

void adapter_read_inputs(void)
{{
    harness_read(&command, 1);
    harness_read(&count, 4);
    harness_read(samples, sizeof samples);
}}

static int turn(const int16_t *from, ears_event *event)
{{
    return command == 0 ? ears_listen(from, (size_t)count, event) : ears_listen_gap(count, event);
}}

void adapter_invoke(void)
{{
    ears_event event;
    const int16_t *from = samples;

    output[0] = 0;
    if (command == 2) {{
        ears_listen_reset();
        return;
    }}
    while (turn(from, &event)) {{
        uint8_t *to = output + 1 + 6 * output[0]++;
        to[0] = event.word;
        to[1] = event.score;
        for (uint8_t k = 0; k < 4; k++) {{
            to[2 + k] = (uint8_t)(event.step >> 8 * k);
        }}
        from += event.taken;
        count -= event.taken;
    }}
}}

void adapter_write_outputs(void)
{{
    harness_write(output, sizeof output);
}}

uint8_t *adapter_arena(void)
{{
    return ears_arena;
}}

uint32_t adapter_arena_bytes(void)
{{
    return EARS_ARENA_BYTES;
}}
"""
LISTEN, GAP, RESET = range(3)


def code_for(graph: Graph, detector: Detector, target: str) -> codegen.Firmware:
    return codegen.generate(make_plan(graph, load_target(target)), hearing=Hearing(detector, 16000))


def session() -> list[tuple[int, int, np.ndarray]]:
    """Samples in chunks of any size, short and long gaps, a reset."""
    rng = np.random.default_rng(5)
    found: list[tuple[int, int, np.ndarray]] = []
    for k, chunk in enumerate(chunks(noise(STEP * 150), SIZES)):
        found.append((LISTEN, len(chunk), chunk))
        if k % 20 == 11:
            lost = int(rng.choice([1, 79, 80, 81, 119, 120, 121, 160, 70001]))
            found.append((GAP, lost, chunk[:0]))
    half = len(found) // 2
    return [*found[:half], (RESET, 0, np.zeros(0, np.int16)), *found[half:]]


def in_python(graph: Graph, detector: Detector, commands: list[tuple[int, int, np.ndarray]]) -> list[tuple[Event, ...]]:
    listener, found = Listener(graph, detector), []
    for command, count, samples in commands:
        if command == RESET:
            listener.reset()
        found.append(listener.listen(samples) if command == LISTEN else listener.gap(count) if command == GAP else ())
    return found


def on_target(
    graph: Graph, detector: Detector, target: str, folder: Path, commands: list[tuple[int, int, np.ndarray]]
) -> list[tuple[Event, ...]]:
    sources = {**code_for(graph, detector, target).files(), "adapter.c": ADAPTER}
    extra = SANITIZE if target == "host" else ()
    firmware = build_firmware(sources, load_target(target), folder, mode="plain", cflags_extra=extra)
    rows = [
        struct.pack("<BI", command, count) + np.pad(samples, (0, MOST_CHUNK - len(samples))).tobytes()
        for command, count, samples in commands
    ]
    inputs = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
    outputs = run_firmware(firmware, inputs, 1 + MOST_EVENTS * 6).outputs
    found = []
    for row in outputs:
        events = [struct.unpack_from("<BBI", row.tobytes(), 1 + 6 * k) for k in range(row[0])]
        found.append(tuple(Event(word, step, score) for word, score, step in events))
    return found


@pytest.mark.parametrize(
    "target", ["host", *(pytest.param(t, marks=needs(t)) for t in ("cortex-m4", "cortex-m0", "rv32imac", "atmega328p"))]
)
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_events_are_those_of_python(target: str, dtype: str, tmp_path: Path) -> None:
    graph, detector = listening_net(STEP, 2, dtype), two_words(refractory_steps=0)
    commands = session()
    expected = in_python(graph, detector, commands)
    words = [e.word for found in expected for e in found]
    assert min(words.count(0), words.count(1)) >= 3 and max(map(len, expected)) > 1
    assert on_target(graph, detector, target, tmp_path, commands) == expected


def test_chunks_do_not_matter() -> None:
    graph, detector, samples = listening_net(STEP, 2), two_words(), noise(STEP * 100 + 11)
    whole = Listener(graph, detector)
    expected = whole.listen(samples)
    for sizes in ((1,), (7, 160), (1000,)):
        listener = Listener(graph, detector)
        assert tuple(e for part in chunks(samples, sizes) for e in listener.listen(part)) == expected
        assert np.array_equal(listener.scores, whole.scores)


def test_gap_keeps_the_count_of_steps() -> None:
    graph, detector = listening_net(STEP, 2), two_words()
    listener, whole = Listener(graph, detector), noise(STEP * 60)
    listener.listen(whole[: STEP * 20 + 5])
    assert listener.gap(STEP * 10 + 1) == ()
    events = listener.listen(whole[STEP * 30 + 6 :])
    fresh = Listener(graph, detector)
    late = fresh.listen(np.concatenate([np.zeros(6, np.int16), whole[STEP * 30 + 6 :]]))
    assert events and events == tuple(Event(e.word, e.step + 30, e.score) for e in late)


def test_short_gap_is_silence() -> None:
    graph, detector, samples = listening_net(STEP, 2), two_words(), noise(STEP * 30)
    listener, other = Listener(graph, detector), Listener(graph, detector)
    assert gap_samples(detector, STEP) == 2 * STEP
    found = (*listener.listen(samples), *listener.gap(2 * STEP - 1), *listener.listen(samples))
    assert found == other.listen(np.concatenate([samples, np.zeros(2 * STEP - 1, np.int16), samples]))
    assert gap_samples(two_words(warmup_steps=0), STEP) == STEP
    assert gap_samples(two_words(warmup_steps=65535), STEP) == MOST_GAP


def test_adapter_of_a_counted_run_hands_over_events_and_scores(tmp_path: Path) -> None:
    graph, detector, samples = listening_net(STEP, 2), two_words(), noise(STEP * 40)
    firmware = build_firmware(code_for(graph, detector, "host").files(), load_target("host"), tmp_path)
    outputs = run_firmware(firmware, samples.view(np.uint8).reshape(40, -1), HEARD_BYTES + 2).outputs
    listener = Listener(graph, detector)
    expected = listener.listen(samples)
    found = [struct.unpack("<BBBxI", row[:HEARD_BYTES].tobytes()) for row in outputs]
    assert expected == tuple(Event(word, step, score) for heard, word, score, step in found if heard)
    assert np.array_equal(outputs[:, HEARD_BYTES:] ^ 128, np.array(listener.scores))


@pytest.mark.parametrize("compiler", ["gcc", "clang", "g++"])
def test_compilers_have_nothing_to_say(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"not installed: {compiler}")
    code = code_for(listening_net(STEP, 2), two_words(warmup_steps=0, refractory_steps=0, smoothing=2), "host")
    for name, text in code.files().items():
        (tmp_path / name).write_text(text)
    dialect = ["-x", "c++", "-std=c++11"] if compiler == "g++" else ["-std=c99", "-pedantic"]
    command = [compiler, *MODEL_WARNINGS, *dialect, "-O2", "-c", "ears_listen.c", "-o", "ears_listen.o"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


def test_models_that_cannot_listen_are_refused() -> None:
    graph, detector = listening_net(STEP, 2), two_words()
    assert step_samples(graph, detector) == STEP
    with pytest.raises(UsageError, match="the detector reads output 7 of ears, which has 2: is it this model's"):
        step_samples(graph, Detector(("a",), (7,), 1, (1,), 0, 0))
    with pytest.raises(UsageError, match=r"ring takes int8.*expected samples as int16 to listen: put a front end"):
        step_samples(ring(np.random.default_rng(0)), detector)
    with pytest.raises(InputError, match=r"samples are float64 \[3\], expected int16 \[count\]"):
        Listener(graph, detector).listen(np.zeros(3))


def test_golden(request: pytest.FixtureRequest) -> None:
    for file, text in code_for(listening_net(STEP, 2), two_words(), "cortex-m4").beside.items():
        if request.config.getoption("--update-golden"):
            (GOLDEN / file).write_text(text)
        assert text == (GOLDEN / file).read_text(), f"{file} changed: pytest --update-golden, and read the difference"
