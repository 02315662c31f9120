"""The C of a cascade: on this computer and on emulated cores, in chunks of any size, the events that Python has."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stagings import ASKED, STEP, VALUES, staged, talk

from cores import needs
from hearing import chunks
from lapel.cascades import firmware as cascade_firmware
from lapel.cascades.gate import listened, refreshes, spans, sustained
from lapel.cascades.listener import CascadeListener
from lapel.cascades.stages import Stages
from lapel.codegen.cascade import CascadeCode, cascade_code
from lapel.codegen.program import generate_program
from lapel.errors import InputError
from lapel.ops import evaluate
from lapel.planning import make_plan
from lapel.planning.programs import make_program
from lapel.records import Event
from lapel.simulate.firmware import MODEL_WARNINGS, SANITIZE, build_firmware
from lapel.simulate.run import run_firmware
from lapel.targets import load_target
from lapel.wish import Wish

MOST_CHUNK, MOST_EVENTS = 400, 12
SIZES = (0, 1, 7, STEP - 1, STEP, STEP + 1, MOST_CHUNK)
LISTEN, GAP, RESET, ENROL = range(4)
COUNTS = 3
GOLDEN = Path(__file__).parents[1] / "golden"

ADAPTER = f"""#include "harness.h"
#include "ears.h"
#include "ears_listen.h"

/* A sample of the harness: what to do, how often, samples. Its output: counts, how many events, and these. */
static uint8_t command, output[1 + {MOST_EVENTS} * 6];
static uint32_t count;
static int16_t samples[{MOST_CHUNK}];
static ears_counts counts;
static int8_t embedding[{VALUES}];

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
    }} else if (command == 3) {{
#ifdef EARS_LISTEN_TEMPLATE_BYTES
        ears_listen_template((const int8_t *)samples);
#endif
    }} else {{
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
    ears_listen_counts(&counts);
#ifdef EARS_LISTEN_TEMPLATE_BYTES
    ears_listen_embedding(embedding);
#endif
}}

void adapter_write_outputs(void)
{{
    harness_write(&counts, sizeof counts);
    harness_write(output, sizeof output);
    harness_write(embedding, sizeof embedding);
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


def code_of(stages: Stages, target: str) -> CascadeCode:
    chosen = load_target(target)
    program = make_program("ears", [make_plan(g, chosen) for g in stages.graphs])
    return cascade_code(generate_program(program), stages.gating)


Command = tuple[int, int, np.ndarray]
Answer = tuple[tuple[int, ...], tuple[Event, ...], tuple[int, ...]]
"""Counts, events, and the last embedding."""


def session() -> list[Command]:
    """Samples in chunks of any size, short and long gaps, a reset."""
    rng = np.random.default_rng(5)
    found: list[Command] = []
    for k, chunk in enumerate(chunks(talk(300), SIZES)):
        found.append((LISTEN, len(chunk), chunk))
        if k % 30 == 11:
            found.append((GAP, int(rng.choice([1, STEP - 1, STEP, STEP + 1, 3 * STEP, 70001])), chunk[:0]))
    half = len(found) // 2
    return [*found[:half], (RESET, 0, np.zeros(0, np.int16)), *found[half:]]


def in_python(stages: Stages, commands: list[Command]) -> list[Answer]:
    listener, found = CascadeListener(stages), list[Answer]()
    for command, count, samples in commands:
        events: tuple[Event, ...] = ()
        if command == RESET:
            listener.reset()
        elif command == ENROL:
            listener.template = samples.view(np.int8)[:VALUES].copy()
        elif command == LISTEN:
            events = listener.listen(samples)
        else:
            events = listener.gap(count)
        said = [0] * VALUES if listener.embedding is None else listener.embedding.tolist()
        found.append(((listener.steps, listener.heard, listener.checks), events, tuple(said)))
    return found


def on_target(stages: Stages, target: str, folder: Path, commands: list[Command]) -> list[Answer]:
    sources = {**code_of(stages, target).files(), "adapter.c": ADAPTER}
    extra = SANITIZE if target == "host" else ()
    firmware = build_firmware(sources, load_target(target), folder, mode="plain", cflags_extra=extra)
    rows = [
        struct.pack("<BI", command, count) + np.pad(samples, (0, MOST_CHUNK - len(samples))).tobytes()
        for command, count, samples in commands
    ]
    inputs = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
    found = list[Answer]()
    for row in run_firmware(firmware, inputs, 4 * COUNTS + 1 + MOST_EVENTS * 6 + VALUES).outputs:
        counts, events = struct.unpack_from("<III", row.tobytes()), row[4 * COUNTS :].tobytes()
        each = [struct.unpack_from("<BBI", events, 1 + 6 * k) for k in range(events[0])]
        said = tuple(row[-VALUES:].view(np.int8).tolist())
        found.append((counts, tuple(Event(word, step, score) for word, score, step in each), said))
    return found


@pytest.mark.parametrize("target", ["host", *(pytest.param(t, marks=needs(t)) for t in ("cortex-m4", "cortex-m33"))])
@pytest.mark.parametrize("checked", [False, True])
def test_events_and_counts_are_those_of_python(target: str, checked: bool, tmp_path: Path) -> None:
    asked = replace(ASKED, onset_steps=2, refresh_steps=3) if checked else ASKED
    stages, commands = staged(asked, checked=checked, refractory_steps=4), session()
    expected = in_python(stages, commands)
    assert sum(len(events) for _, events, _ in expected) >= 6 and 20 < expected[-1][0][1] < expected[-1][0][0]
    assert not checked or expected[-1][0][2] > 2
    assert on_target(stages, target, tmp_path, commands) == expected


@pytest.mark.parametrize("target", ["host", pytest.param("cortex-m4", marks=needs("cortex-m4"))])
def test_a_speaker_is_enrolled_and_told_from_others(target: str, tmp_path: Path) -> None:
    """Without a template every detection passes; three embeddings make one, by a model of the program."""
    stages, commands = staged(speaker=True), session()
    assert stages.enrol is not None
    half = len(commands) // 2
    before = in_python(stages, commands[:half])
    said = list(dict.fromkeys(answer[2] for answer in before if any(answer[2])))[:3]
    made = evaluate(stages.enrol, {stages.enrol.arguments[0]: np.array(said, np.int8)})
    template = np.pad(made[stages.enrol.results[0]].reshape(-1), (0, 1)).view(np.int16)
    commands = [*commands[:half], (ENROL, 0, template), *commands[half:]]
    expected = in_python(stages, commands)
    events, checks = sum(len(a[1]) for a in expected[half:]), expected[-1][0][2]
    assert len(said) == 3 and 0 < events < checks
    assert on_target(stages, target, tmp_path, commands) == expected


@needs("cortex-m0")
def test_the_smallest_core_agrees(tmp_path: Path) -> None:
    asked = replace(ASKED, preroll_steps=0, hangover_steps=0, refresh_steps=2)
    stages, commands = staged(asked, dtype="uint8"), session()[:40]
    assert on_target(stages, "cortex-m0", tmp_path, commands) == in_python(stages, commands)


@pytest.mark.parametrize("refresh", [0, 1, 4])
def test_what_is_heard_are_the_spans(refresh: int) -> None:
    asked = replace(ASKED, onset_steps=3, refresh_steps=refresh)
    stages, samples = staged(asked), talk(400)
    listener = CascadeListener(stages)
    listener.listen(samples)
    expected = spans(sustained(np.array(listener.active), 3), asked.hangover_steps, asked.preroll_steps)
    between = refreshes(expected, 400, asked)
    assert len(expected) > 3 and any(map(len, between)) == bool(refresh)
    assert listener.heard == sum(listener.heard_in) == listened(expected, 400, asked)
    heard = sorted(k for part in (*between, *(range(*run) for run in expected)) for k in part)
    assert heard == sorted(set(heard)) and (refresh != 1 or heard == list(range(400 - asked.preroll_steps)))
    given = [call.arrays[0].reshape(-1) for call in listener.calls()[1]]
    assert np.array_equal(np.stack(given), samples.reshape(-1, STEP)[heard])


def test_a_refractory_time_goes_on_while_nothing_is_heard() -> None:
    """No two detections are within it, in steps that were heard; with a detector that begins anew some would be."""
    asked, refractory = replace(ASKED, hangover_steps=1), 7
    stages, samples = staged(asked, refractory_steps=refractory), talk(400)
    listener = CascadeListener(stages)
    at = []  # of each detection, how many steps had been heard
    for step in samples.reshape(-1, STEP):
        if listener.listen(step):
            at.append(listener.heard)
    runs = spans(np.array(listener.active), asked.hangover_steps, asked.preroll_steps)
    assert len(at) > 4 and len(runs) > 5 and min(end - first for first, end in runs) < refractory
    assert min(np.diff(at)) > refractory - asked.preroll_steps - 1


def test_chunks_do_not_matter() -> None:
    stages, samples = staged(checked=True), talk(200)
    whole = CascadeListener(stages)
    expected = whole.listen(samples)
    for sizes in ((1, 7), (1000,)):
        listener = CascadeListener(stages)
        assert tuple(e for part in chunks(samples, sizes) for e in listener.listen(part)) == expected
        assert (listener.heard, listener.checks) == (whole.heard, whole.checks)


def test_a_gap_keeps_the_count_of_steps_and_the_noise_floor() -> None:
    listener, burst = CascadeListener(staged()), talk(40)[: 2 * STEP] * 0 + 4000
    burst[::2] = -4000
    listener.listen(talk(60)[: 60 * STEP - 3])
    assert listener.gap(70000) == () and listener.steps == (60 * STEP - 3 + 70000) // STEP
    heard = listener.heard
    listener.listen(burst)  # which a gate that began anew would take for its floor
    assert listener.active[-1] and listener.heard > heard


@pytest.mark.parametrize("compiler", ["gcc", "clang", "g++"])
def test_compilers_have_nothing_to_say_of_cascades(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"not installed: {compiler}")
    stages = staged(replace(ASKED, preroll_steps=0), checked=True, warmup_steps=0)
    for name, text in code_of(stages, "host").files().items():
        (tmp_path / name).write_text(text)
    dialect = ["-x", "c++", "-std=c++11"] if compiler == "g++" else ["-std=c99", "-pedantic"]
    command = [compiler, *MODEL_WARNINGS, *dialect, "-O2", "-c", "ears_listen.c", "-o", "ears_listen.o"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


@needs("cortex-m4")
def test_stages_are_counted_in_the_whole() -> None:
    """What a step takes is what its stages take alone, and what goes between them."""
    made = cascade_firmware.make(staged(checked=True), "ears", load_target("cortex-m4"), Wish(), 600)
    counted = cascade_firmware.count(made, talk(120).reshape(-1, STEP), 600)
    assert counted.mismatches == 0 and counted.events and counted.checks > 0
    gate, words, check = counted.stages
    assert gate.runs == 120 and words.runs == counted.heard_in.sum() and check.runs == counted.checks
    quiet, once = (counted.mean(counted.heard_in == n) for n in (0, 1))
    assert quiet is not None and once is not None and gate.instructions is not None and words.instructions is not None
    assert gate.instructions < quiet < gate.instructions + 700
    assert words.instructions < once - quiet < words.instructions + 500
    assert 0 < (counted.listening or 0) < 900
    assert counted.quiet is not None and counted.once is not None and words.modelled is not None
    assert words.modelled.cycles < counted.once.value - counted.quiet.value < words.modelled.cycles + 900
    assert gate.modelled is not None and gate.modelled.low <= gate.modelled.cycles <= gate.modelled.high
    assert counted.memory.arena_bytes < sum(s.arena_bytes for s in counted.stages)
    assert "EARS_STACK_BYTES" in made.written(counted.memory)["ears.h"]


def test_samples_of_another_kind_are_refused() -> None:
    with pytest.raises(InputError, match=r"samples are float64 \[3\], expected int16 \[count\]"):
        CascadeListener(staged()).listen(np.zeros(3))


def test_golden_cascade(request: pytest.FixtureRequest) -> None:
    for file, text in code_of(staged(checked=True), "cortex-m4").pair.items():
        path = GOLDEN / f"cascade_{file}"
        if request.config.getoption("--update-golden"):
            path.write_text(text)
        assert text == path.read_text(), f"{file} changed: pytest --update-golden, and read the difference"
