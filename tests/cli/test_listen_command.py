"""`lapel listen`: a recording and a model in, tables, JSON and a picture out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

import lapel
from cores import needs
from hearing import listening_net, noise
from lapel.audio.detector import make_detector
from lapel.audio.listener import Listener
from lapel.cli import main
from lapel.records import Event, Listening

STEP = 160
OPTIONS = ["--word", "yes", "--word", "no", "--threshold", "0.55", "--smoothing", "3", "--warmup", "0.02"]


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("ears.tflite").write_bytes(lapel.write_tflite(listening_net(STEP, 2)))
    soundfile.write("a.wav", noise(STEP * 150), 16000)
    return "a.wav"


@needs("nucleo-l4r5zi")
def test_tables_and_a_picture(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["listen", recording, "--model", "ears.tflite", "-t", "nucleo-l4r5zi", "--target-seconds", "0.3"]
    assert main([*wanted, *OPTIONS, "--picture", "a.svg"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("ears on nucleo-l4r5zi: 1.50 s of a.wav, the first 0.30 s on the emulated core, every score")
    for words in (
        "ends at, s",
        "one step, 10 ms",
        "modelled cycles",
        "detector",
        "duty: ",
        " uW for computing",
        "a.svg",
    ):
        assert words in said
    assert Path("a.svg").read_bytes().startswith(b"<?xml")


def test_json_is_the_record(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", recording, "--model", "ears.tflite", "-t", "host", *OPTIONS, "--json"]) == 0
    text = capsys.readouterr().out
    found = Listening.from_json(json.loads(text))
    assert found.to_json() == json.loads(text) and found.detector.words == ("yes", "no")
    assert found.detector.warmup_steps == 2 and found.detector.refractory_steps == 100
    events = Listener(listening_net(STEP, 2), found.detector).listen(noise(STEP * 150))
    assert [(e.step, e.score) for e in found.events] == [(e.step, e.score) for e in events] != []


def test_where_it_ran_and_words_that_there_are_not(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["listen", recording, "--model", "ears.tflite", "-t", "host"]
    assert main([*wanted, *OPTIONS]) == 0
    assert "1.50 s of a.wav, all of it on this computer, every score as the reference" in capsys.readouterr().out
    assert main([*wanted, "--word", "a", "--word", "b", "--word", "c"]) == 2
    assert "3 words are named, ears has 2 scores: name so many" in capsys.readouterr().err


def test_nothing_heard_is_said(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write("b.wav", np.zeros((8000, 2), np.int16), 8000)
    assert main(["listen", "b.wav", "--model", "ears.tflite", "-t", "host", "--threshold", "1"]) == 0
    said = capsys.readouterr().out
    assert "nothing was heard: no mean of 5 scores reached its threshold" in said
    assert "one step, 10 ms: not counted on this computer" in said
    assert "warning: resampled from 8000 Hz to 16000 Hz" in said and "the recording is silent" in said


def forgetful(self: Listener, samples: np.ndarray) -> tuple[Event, ...]:
    """The reference without its events."""
    self.scores += [np.zeros(2, np.uint8)] * (len(samples) // STEP)
    return ()


def test_differences_are_an_exit_code(
    recording: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lapel.audio.listener.Listener.listen", forgetful)
    assert main(["listen", recording, "--model", "ears.tflite", "-t", "host"]) == 12
    assert " of 150 steps differ from the reference: report this defect" in capsys.readouterr().err


def test_mistakes_are_said_before_work(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("cascade.json").write_text('{"record": "cascadebuild", "schema": 1}')
    for arguments, code, words in (
        ([recording, "-t", "host"], 2, "no model was given: add --model FILE"),
        ([recording, "-m", "ears.tflite", "-t", "host", "-p", "a.png"], 2, "expected .svg or .html for a picture"),
        (["b.wav", "-m", "ears.tflite", "-t", "host"], 3, "b.wav does not exist: give a file of sound"),
        ([recording, "-m", "ears.tflite", "-t", "host", "-p", "a.svg/b.svg"], 9, "b.svg"),
        ([recording, "-m", "ears.tflite", "-t", "host", "--front", "radar"], 2, "mode 'radar' is unknown"),
        ([recording, "-m", "ears.tflite", "-t", "host", "--front", "micro,bands"], 2, "'bands' is no field and number"),
        ([recording, "-m", "ears.tflite", "-t", "host", "--front", "micro,hop_ms=20"], 3, "ears: takes"),
        ([recording, "-m", "cascade.json", "-t", "host", "--word", "a"], 2, "is a cascade, which has its words"),
        ([recording, "-m", "cascade.json", "-t", "host"], 4, "cascadebuild"),
        ([recording, "-m", "ears.tflite", "-t", "host", "--word", "a", "--word", "b", "--word", "c"], 2, "2 scores"),
    ):
        assert main(["listen", *arguments]) == code
        assert words in capsys.readouterr().err


def test_a_build_that_listens(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "ears.tflite", "-t", "host", "-o", "out", "--listen", *OPTIONS]) == 0
    said = capsys.readouterr().out
    assert "ears_listen.h" in said and "ears_listen.c" in said
    assert "painted run of ears_listen" in Path("out/ears.h").read_text()
    header = Path("out/ears_listen.h").read_text()
    assert '"yes", \\\n    "no" }' in header and "#define EARS_LISTEN_WARMUP_STEPS 2" in header
    assert main(["build", "ears.tflite", "-t", "host", "-o", "out", "--listen", *OPTIONS]) == 0
    Path("use.c").write_text(USE)
    subprocess.run(["gcc", "-Iout", "use.c", "out/ears.c", "out/ears_listen.c", "-o", "use"], check=True)
    heard = subprocess.run(["./use"], input=noise(STEP * 150).tobytes(), capture_output=True, check=True)
    detector = make_detector(("yes", "no"), 0.01, threshold=0.55, smoothing=3, warmup_s=0.02)
    events = Listener(listening_net(STEP, 2), detector).listen(noise(STEP * 150))
    assert heard.stdout.decode() == "".join(f"{e.step} {detector.words[e.word]} {e.score}\n" for e in events) != ""
    assert main(["export", "out", "--to", "makefile", "-o", "project"]) == 0
    assert "ears_listen(samples, count, &event)" in Path("project/README.md").read_text()
    flags = ["-Iproject/src", "-Iproject/example/port"]
    sources = ["project/example/main.c", "project/example/port/start.c", *map(str, Path("project/src").glob("*.c"))]
    subprocess.run(["gcc", *flags, *sources, "-o", "sample"], check=True)
    said = subprocess.run(["./sample"], capture_output=True, check=True, text=True).stdout
    assert "outputs: equal to the reference, bit for bit\n" in said


USE = """
#include <stdio.h>

#include "ears_listen.h"

int main(void)
{
    static const char *const names[] = EARS_LISTEN_WORDS;
    int16_t buffer[99];
    size_t count;

    while ((count = fread(buffer, 2, 99, stdin)) > 0) {
        const int16_t *samples = buffer;
        ears_event event;

        while (ears_listen(samples, count, &event)) {
            printf("%u %s %d\\n", (unsigned)event.step, names[event.word], event.score);
            samples += event.taken;
            count -= event.taken;
        }
    }
    return 0;
}
"""


def test_builds_that_cannot_listen(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in (
        (["ears.tflite", "--threshold", "0.5"], "what to listen for was given without --listen: add it"),
        (["ears.tflite", "ears.tflite", "--listen"], "--listen is for one model: build it alone"),
    ):
        assert main(["build", *arguments, "-t", "host"]) == 2
        assert words in capsys.readouterr().err
