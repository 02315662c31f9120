"""Folders of recordings: what is taken, what is left out and said, and that no speaker is on two sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sounds

from lapel.errors import InputError, UsageError
from lapel.wakewords.clips import read_clips, share


def test_bad_recordings_are_left_out_and_said(tmp_path: Path) -> None:
    folder = sounds.write(tmp_path / "word", [sounds.word(k) for k in range(7)])
    sounds.write(folder / "bad", [np.zeros(16000, np.int16), sounds.word(0)[:900]])
    (folder / "torn.wav").write_bytes((folder / "000.wav").read_bytes()[:30])
    (folder / "half.wav").write_bytes((folder / "001.wav").read_bytes()[:20000])
    loud = np.clip(sounds.word(9).astype(np.int32) * 40, -32768, 32767).astype(np.int16)
    sounds.write(folder / "loud", [loud])
    sounds.write(folder / "slow", [sounds.word(8)[::2]], 8000)
    found = read_clips(folder)
    assert len(found) == 10
    said = "\n".join(found.notices)
    assert "3 recordings were left out" in said and "silent" in said and "torn.wav" in said and "0.06 s long" in said
    for part in ("truncated", "clipped", "resampled from 8000 Hz to 16000 Hz"):
        assert part in said, said


def test_a_rate_is_changed_and_the_word_stays(tmp_path: Path) -> None:
    folder = sounds.write(tmp_path / "word", [sounds.word(k)[::2] for k in range(6)], 8000)
    clip = read_clips(folder).clips[0]
    assert abs(len(clip.wave) - len(sounds.word(0))) <= 2
    first, last = clip.loud
    assert 3000 <= first <= 5500 and 10500 <= last <= 13000
    assert len(clip.trimmed()) < len(clip.wave)


@pytest.mark.parametrize(
    ("waves", "message"),
    [
        ([sounds.word(0)], "holds 1 recording; expected 6 or more"),
        ([np.zeros(16000, np.int16)] * 6, "of which 000.wav (silent)"),
        ([], "holds 0 recordings"),
    ],
)
def test_too_few_recordings(tmp_path: Path, waves: list[np.ndarray], message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(", r"\(").replace(")", r"\)")):
        read_clips(sounds.write(tmp_path / "word", waves))


def test_no_folder_and_no_pattern(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder, expected one of recordings"):
        read_clips(tmp_path / "none")
    folder = sounds.write(tmp_path / "word", [sounds.word(k) for k in range(6)])
    with pytest.raises(UsageError, match="is no regular expression"):
        read_clips(folder, "(")
    with pytest.raises(InputError, match=r"finds nothing in '000.wav': has it a \(group\)"):
        read_clips(folder, "_(x)_")


def test_speakers_are_on_one_side(tmp_path: Path) -> None:
    for speaker in "abcde":
        sounds.write(tmp_path / "word" / speaker, [sounds.word(k) for k in range(4)])
    clips = read_clips(tmp_path / "word")
    sides = share(clips, (0.6, 0.2, 0.2))
    groups = [{c.group for c in part.clips} for part in sides.values()]
    assert sum(map(len, sides.values())) == 20 and sum(map(len, groups)) == 5 and len(set.union(*groups)) == 5
    assert share(clips, (0.6, 0.2, 0.2))["test"].clips == sides["test"].clips
    by_name = share(read_clips(tmp_path / "word", r"(\d+)\.wav"), (0.6, 0.2, 0.2))
    assert {c.group for c in by_name["train"].clips} & {c.group for c in by_name["test"].clips} == set()
    with pytest.raises(InputError, match="2 speakers or clips, none is left for test: expected 3 or more"):
        share(clips.take(range(8)))
