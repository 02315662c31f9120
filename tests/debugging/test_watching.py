"""One tensor on an emulated core: ranges, saturation, where a replayed recording stops; GDB on the paused core."""

from __future__ import annotations

import json
import re
import socket
import threading
import wave
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from plants import TARGET, Built, rescaled, with_field

import lapel
from gdbclient import Client
from lapel.cli.entry import main
from lapel.debugging import attach as attaching
from lapel.debugging.streams import recorded
from lapel.debugging.tensorpicture import MOST_CELLS, tensor_svg
from lapel.errors import Mismatch, SimulationError, UsageError
from lapel.ops import evaluate
from lapel.proving.inputs import take
from lapel.records import Watched
from lapel.simulate.elf import read_image
from lapel.wish import ANY
from statenets import ring


def port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        found: int = s.getsockname()[1]
        return found


def test_ranges_are_those_of_the_reference(built: Built) -> None:
    found = lapel.watch(built.graph, TARGET, "second", built.x, stop="never")
    given = take(built.graph, built.x).samples["image"]
    wanted = [evaluate(built.graph, {"image": q})["second"] for q in given]
    assert [(c.least, c.most) for c in found.calls] == [(w.min(), w.max()) for w in wanted]
    assert (found.values == wanted[-1]).all() and not found.stopped
    assert found.why == f"all 4 calls were replayed: {sum(c.saturated for c in found.calls)} values saturated, 0 wrong"
    assert Watched.from_json(json.loads(json.dumps(found.to_json()))).calls == found.calls


def test_it_stops_at_the_first_saturated_value(built: Built) -> None:
    """A loud call behind quiet ones, in the second block of calls, of a layer whose range is too narrow."""
    graph = rescaled(built.graph, "second", 0.5)
    x = np.tile(built.x[:1], (24, 1, 1, 1)) * np.where(np.arange(24) == 19, 1.0, 0.02)[:, None, None, None]
    found = lapel.watch(graph, TARGET, "second", x.astype(np.float32))
    assert found.stopped and found.calls[-1].call == 19 and len(found.calls) == 20
    assert found.calls[-1].saturated > 0 and not any(c.saturated or c.wrong for c in found.calls[:-1])
    assert found.why == f"stopped after call 19: {found.calls[-1].saturated} saturated values"


def test_a_wrong_value_stops_a_replay(built: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = built.changed(tmp_path / "b", lambda c: with_field(c, built.step("second"), "y_zero", lambda v: v + 4))
    (tmp_path / "planted.tflite").write_bytes(lapel.write_tflite(built.graph))
    np.save(tmp_path / "x.npy", built.x)
    given = [str(tmp_path / "planted.tflite"), "--build", str(folder), "-i", str(tmp_path / "x.npy"), "--stop", "wrong"]
    assert main(["watch", *given, "--tensor", "first"]) == 0
    assert "all 4 calls were replayed" in capsys.readouterr().out
    svg = tmp_path / "second.svg"
    assert main(["watch", *given, "--tensor", "second", "--values", "--svg", str(svg)]) == Mismatch.exit_code
    out = capsys.readouterr().out
    assert re.search(
        r"stopped after call 0: 2\d\d wrong values, the first at \[0, 0, 0, 0\]: -?\d+, the reference", out
    ), out
    assert len(re.findall(r"^ *-?\d+ +-?\d+ +-?\d+ +-?\d+$", out, re.M)) == 64, "64 pixels of 4 channels"
    title = ElementTree.parse(svg).find("{http://www.w3.org/2000/svg}title")
    assert title is not None and str(title.text).startswith("second of planted after call 0: ")


def test_a_model_with_state_is_replayed_as_one_sequence() -> None:
    graph = ring(np.random.default_rng(2))
    x = np.random.default_rng(0).integers(-128, 128, (20, *graph.tensors[graph.arguments[0]].type.shape), np.int8)
    found = lapel.watch(graph, "host", graph.nodes[-1].outputs[0], x, stop="wrong")
    assert len(found.calls) == 20 and not found.stopped


def test_what_is_not_there(built: Built) -> None:
    with pytest.raises(UsageError, match="no layer 'secnd', did you mean 'second'"):
        lapel.watch(built.graph, TARGET, "secnd", built.x)
    with pytest.raises(UsageError, match="stop is 'now', expected either, saturated, wrong or never"):
        lapel.watch(built.graph, TARGET, "second", built.x, stop="now")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="is no emulator that GDB could attach to"):
        attaching.attach(built.graph, "host", "second", built.x, 1, None, ANY, 9.0, print)


@pytest.mark.parametrize("target", [TARGET, "atmega2560"])
def test_gdb_reads_a_tensor_from_the_paused_core(built: Built, target: str) -> None:
    """The bytes of `second` where step `second` has ended, by the line that the command says."""
    said, ended, at = list[str](), list[object](), port()

    def session() -> None:
        try:
            ended.append(
                attaching.attach(built.graph, target, "second", built.x[:1], at, None, ANY, 100.0, said.append)
            )
        except SimulationError as e:
            ended.append(e)

    thread = threading.Thread(target=session)
    thread.start()
    with Client(at) as gdb:
        elf = re.search(r"(\S+firmware\.elf)", said[1])
        step = re.search(r"break \*&(lapel_step_\d+)", said[1])
        place = re.search(r"x/256db \(char \*\)&planted_arena \+ (\d+)", said[3])
        assert elf and step and place, said
        symbols = read_image(Path(elf[1])).symbols
        gdb.run_to(symbols[step[1]] & ~1)
        found = gdb.memory(symbols["planted_arena"] + int(place[1]), 256)
        gdb.ask("k", answered=False)
    thread.join(120)
    assert not thread.is_alive() and ended
    q = take(built.graph, built.x[:1]).samples["image"][0]
    assert found == evaluate(built.graph, {"image": q})["second"].tobytes()


def test_recorded_sound_becomes_calls(tmp_path: Path, shared: Path) -> None:
    sound = (3000 * np.sin(np.arange(16000) / 9)).astype("<i2")
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(sound.tobytes())
    graph = lapel.load(shared / "models/public/audio_preprocessor_int8.tflite")
    made, x = recorded(graph, tmp_path / "a.wav", None)
    assert made is not None and x.shape == (33, 1, 480) and (x.reshape(-1) == sound[: 33 * 480]).all()


def test_pictures_of_tensors() -> None:
    for shape in ((1, 6), (1, 4, 5, 3), (7,), (), (1, 40, 40, 30)):
        values = np.arange(int(np.prod(shape)), dtype=np.int32).reshape(shape)
        picture = ElementTree.fromstring(tensor_svg(values, "a<b"))
        boxes = [e for e in picture.iter("{http://www.w3.org/2000/svg}rect")]
        cells = sum(int(b.attrib["width"]) // 8 for b in boxes)
        assert cells == min(values.size, MOST_CELLS // 1600 * 1600 if values.size > MOST_CELLS else values.size)
