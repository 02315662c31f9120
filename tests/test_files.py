"""Files of users: what is replaced and what never, killed writers, writers at the same time, all kinds of folders."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lapel import files
from lapel.errors import OutputError
from lapel.files import check_folder, replacing, write_file, write_folder

FORK = multiprocessing.get_context("fork")
NAMES = ("m.c", "m.h")
MANIFEST = "m.json"


def contents(version: int, names: tuple[str, ...] = NAMES) -> dict[str, bytes]:
    return {name: f"{name} {version}\n".encode() * 100 for name in names}


def write(folder: Path, version: int, names: tuple[str, ...] = NAMES) -> None:
    write_folder(folder, contents(version, names), MANIFEST, {"version": version, "share": 0.1})


def version(folder: Path) -> int:
    """The version of a folder, in which each file is of the same one."""
    found = json.loads((folder / MANIFEST).read_text())["version"]
    assert {name: (folder / name).read_bytes() for name in NAMES} == contents(found)
    return int(found)


def listing(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that was written once, and has a file of the user's."""
    write(tmp_path / "f", 1)
    (tmp_path / "f" / "main.c").write_text("mine")
    return tmp_path / "f"


def test_others_stay_and_ours_are_replaced(folder: Path) -> None:
    before = os.stat(folder)
    write(folder, 2)
    assert version(folder) == 2 and listing(folder) == ["m.c", "m.h", "m.json", "main.c"]
    assert (folder / "main.c").read_text() == "mine"
    assert os.stat(folder).st_ino == before.st_ino


def test_what_does_not_change_keeps_its_time(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    write(folder, 1)
    assert {p.name: p.stat().st_mtime for p in folder.iterdir()} == dict.fromkeys(listing(folder), 1)
    write_folder(folder, {**contents(1), "m.c": b"new"}, MANIFEST, {"version": 1})
    changed = {p.name for p in folder.iterdir() if p.stat().st_mtime != 1}
    assert changed == {"m.c", "m.json"}
    write_file(folder / "m.h", contents(1)["m.h"])
    assert (folder / "m.h").stat().st_mtime == 1


def test_permissions_are_kept_and_new_files_have_the_users(folder: Path) -> None:
    (folder / "m.c").chmod(0o640)
    write(folder, 2)
    assert stat.S_IMODE((folder / "m.c").stat().st_mode) == 0o640
    before = os.umask(0o027)
    try:
        write(folder / "new", 1)
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "new" / "m.c").stat().st_mode) == 0o640


def change(folder: Path) -> None:
    with (folder / "m.h").open("a") as file:
        file.write("// mine")


def change_manifest(folder: Path) -> None:
    record = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**record, "note": "mine"}))


def lose_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def link(folder: Path) -> None:
    (folder / "m.h").rename(folder / "elsewhere.h")
    (folder / "m.h").symlink_to("elsewhere.h")


def make_folder(folder: Path) -> None:
    (folder / "m.h").unlink()
    (folder / "m.h").mkdir()


def foreign_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("[1]")


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (change, r"m\.h was changed since lapel wrote it, and would be lost: move it away, or"),
        (change_manifest, r"m\.json was changed since lapel wrote it"),
        (lose_manifest, r"m\.c is there, and nothing says that lapel wrote it: move it away, or choose another output"),
        (foreign_manifest, r"m\.c is there, and nothing says that lapel wrote it"),
        (link, r"m\.h is a link, folder or device, which lapel did not write"),
        (make_folder, r"m\.h is a link, folder or device, which lapel did not write"),
    ],
)
def test_nothing_of_the_users_is_replaced(prepare: Callable[[Path], None], said: str, folder: Path) -> None:
    prepare(folder)
    before = {p.name: p.is_dir() or p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(OutputError, match=said):
        check_folder(folder, NAMES, MANIFEST)
    with pytest.raises(OutputError, match=said):
        write(folder, 2)
    assert {p.name: p.is_dir() or p.read_bytes() for p in folder.iterdir()} == before


def test_a_manifest_that_was_formatted_anew_is_ours(folder: Path) -> None:
    (folder / MANIFEST).write_text(json.dumps(json.loads((folder / MANIFEST).read_text()), sort_keys=True))
    write(folder, 2)
    assert version(folder) == 2


def test_two_sets_in_one_folder_know_their_files(folder: Path) -> None:
    write(folder, 5, ("n.c", "n.h"))
    write(folder, 2)
    write(folder, 6, ("n.c", "n.h"))
    assert (folder / "n.c").read_bytes() == contents(6, ("n.c",))["n.c"]
    (folder / "m.c").write_text("mine")
    write(folder, 7, ("n.c", "n.h"))
    with pytest.raises(OutputError, match=r"m\.c is there, and nothing says that lapel wrote it"):
        write(folder, 3)


def test_names_in_a_manifest_lead_nowhere_else(folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"x")
    record = json.loads((folder / MANIFEST).read_text())
    record[files.LEDGER]["../secret"] = files._digest(b"x")
    (folder / MANIFEST).write_text(json.dumps(record))
    write(folder, 2)
    assert "../secret" not in (folder / MANIFEST).read_text()


@pytest.mark.parametrize("above", ["", "new", "new/deep"])
def test_folders_are_made(above: str, tmp_path: Path) -> None:
    out = tmp_path / above / "out"
    check_folder(out, NAMES, MANIFEST)
    assert not (tmp_path / "new").exists()
    write(out, 1)
    assert version(out) == 1


def test_a_link_to_a_folder_and_one_to_nothing(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    check_folder(tmp_path / "link", NAMES, MANIFEST)
    write(tmp_path / "link", 2)
    assert version(folder) == 2 and (tmp_path / "link").is_symlink()
    (tmp_path / "loose").symlink_to("nothing")
    for act in (lambda p: check_folder(p, NAMES, MANIFEST), lambda p: write(p, 1)):
        with pytest.raises(OutputError, match="loose cannot be made"):
            act(tmp_path / "loose")


def as_nobody(act: Callable[[], None]) -> str:
    """What an act says whose permissions count: in a process of another user, if this one is root."""

    def run(to: int) -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        said = "done"
        try:
            act()
        except OutputError as e:
            said = e.message
        os.write(to, said.encode())

    heard, to = os.pipe()
    child = FORK.Process(target=run, args=(to,))
    child.start()
    os.close(to)
    with os.fdopen(heard, "rb") as pipe:
        said = pipe.read().decode()
    child.join()
    assert child.exitcode == 0
    return said


@pytest.fixture
def nobodys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that any user can reach and write."""
    base = tmp_path_factory.mktemp("nobody")
    for above in (base, *base.parents):  # pytest makes them for its own user; one more where it has workers
        if stat.S_IMODE(above.stat().st_mode) & 0o711 == 0o711:
            break
        above.chmod(above.stat().st_mode | 0o711)
    base.chmod(0o777)
    yield base
    for path in base.iterdir():
        path.chmod(0o777)


def test_only_the_folder_itself_has_to_be_writable(nobodys: Path) -> None:
    (nobodys / "above" / "out").mkdir(parents=True)
    (nobodys / "above" / "out").chmod(0o777)
    (nobodys / "above").chmod(0o555)
    for number in (1, 2):
        assert as_nobody(lambda n=number: write(nobodys / "above" / "out", n)) == "done"  # type: ignore[misc]
    assert version(nobodys / "above" / "out") == 2
    for act in (lambda p: check_folder(p, NAMES, MANIFEST), lambda p: write(p, 1)):
        said = as_nobody(lambda a=act: a(nobodys / "above" / "new"))  # type: ignore[misc]
        assert "above/new cannot be made: " in said


def test_a_folder_that_cannot_be_written_or_listed(nobodys: Path) -> None:
    (nobodys / "shut").mkdir()
    (nobodys / "shut").chmod(0o555)
    said = as_nobody(lambda: check_folder(nobodys / "shut", NAMES, MANIFEST))
    assert "shut cannot be written: " in said and "is read-only for this user: choose another folder" in said
    assert "shut cannot be written: Permission denied" in as_nobody(lambda: write(nobodys / "shut", 1))
    (nobodys / "shut").chmod(0o333)
    for number in (1, 2):
        assert as_nobody(lambda n=number: write(nobodys / "shut", n)) == "done"  # type: ignore[misc]
    (nobodys / "shut").chmod(0o777)
    assert version(nobodys / "shut") == 2 and listing(nobodys / "shut") == ["m.c", "m.h", "m.json"]


def test_a_mount_point(tmp_path: Path) -> None:
    place = tmp_path / "mounted"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        write(place, 1)
        write(place, 2)
        with pytest.raises(OutputError, match="mounted cannot be written: No space left on device"):
            write_folder(place, {"m.c": bytes(2 << 20)}, MANIFEST, {})
        assert version(place) == 2 and listing(place) == ["m.c", "m.h", "m.json"]
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("fails", [1, 2, 3])
def test_if_one_cannot_be_replaced_all_stay(fails: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "m.h").unlink()
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    before = {p.name: (p.read_bytes(), p.stat().st_mtime) for p in folder.iterdir()}
    count, real = 0, os.replace

    def replace(a: Path, b: Path) -> None:
        nonlocal count
        count += 1
        if count == fails:
            raise OSError(16, "Device or resource busy")
        real(a, b)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OutputError, match="f cannot be written: Device or resource busy: choose another folder"):
        write(folder, 2)
    assert {p.name: (p.read_bytes(), p.stat().st_mtime) for p in folder.iterdir()} == before


def test_an_error_after_the_last_step_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New content is in place: then nothing says that it could not be written."""

    def fail(*given: object, **options: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "rmdir", fail)
    monkeypatch.setattr(os, "listdir", fail)
    write(folder, 2)
    assert version(folder) == 2


def killed_at(call: str, count: int, act: Callable[[], None]) -> bool:
    """Run an act in a process that is killed at its count-th call of an `os` function; whether it came so far."""

    def run() -> None:
        real, left = getattr(os, call), count

        def counted(*given: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **options)

        setattr(os, call, counted)
        act()

    child = FORK.Process(target=run)
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


@pytest.mark.parametrize("call", ["replace", "fsync", "mkdir"])
def test_after_a_kill_each_file_is_old_or_new_and_the_next_write_succeeds(call: str, folder: Path) -> None:
    expected = {name: {contents(1)[name], contents(2)[name]} for name in NAMES}
    count = 1
    while killed_at(call, count, lambda: write(folder, 2)):
        assert all((folder / name).read_bytes() in expected[name] for name in NAMES)
        # What the killed process renamed is known, whatever else is written there meanwhile.
        write_file(folder / "y.npy", b"y")
        write_folder(folder, {"other": b"1"}, "other.json", {})
        check_folder(folder, NAMES, MANIFEST)
        write(folder, 3)
        assert version(folder) == 3 and all(not name.startswith(".") for name in listing(folder))
        write(folder, 1)
        count += 1
    assert count > (3 if call != "mkdir" else 0) and version(folder) == 2


def test_a_single_file_is_old_or_new(tmp_path: Path) -> None:
    path = tmp_path / "y.npy"
    path.write_bytes(b"old")
    assert killed_at("replace", 1, lambda: write_file(path, b"new"))
    assert path.read_bytes() == b"old"
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old" and listing(tmp_path)[-1] == "y.npy"
    write_file(path, b"new")
    assert path.read_bytes() == b"new" and listing(tmp_path) == ["y.npy"]


def test_hidden_folders_of_others_are_left_alone(folder: Path) -> None:
    (folder / ".lapel-notes").mkdir()
    (folder / f".lapel-{'0' * 16}").mkdir()
    (folder / f".lapel-{'0' * 16}" / "thesis.tex").write_text("mine")
    (folder / f".lapel-{'1' * 16}").write_text("mine")
    before = listing(folder)
    write(folder, 2)
    assert listing(folder) == before


def test_a_hidden_folder_whose_process_lives_is_left_alone(folder: Path) -> None:
    with replacing(folder / "y.npy") as file:
        write(folder, 2)
        file.write(b"y")
    assert version(folder) == 2 and (folder / "y.npy").read_bytes() == b"y"
    assert listing(folder) == ["m.c", "m.h", "m.json", "main.c", "y.npy"]


def test_writers_wait_for_each_other(folder: Path) -> None:
    """The second one starts while the first one is between two of its files."""
    between, go, second = FORK.Event(), FORK.Event(), FORK.Event()

    def slow() -> None:
        real, count = os.replace, 0

        def replace(a: Path, b: Path) -> None:
            nonlocal count
            count += 1
            if count == 2:
                between.set()
                go.wait()
            real(a, b)

        os.replace = replace  # type: ignore[assignment]
        write(folder, 2)

    def other() -> None:
        real = files._try_lock

        def tried(handle: int) -> bool | None:
            got = real(handle)
            if got is False:
                second.set()
            return got

        files._try_lock = tried
        write(folder, 3)

    processes = [FORK.Process(target=slow), FORK.Process(target=other)]
    processes[0].start()
    assert between.wait(60)
    processes[1].start()
    assert second.wait(60), "the second writer has not seen that the folder is locked"
    assert (folder / "m.c").read_bytes() in contents(1).values()  # the first one has changed m.h alone
    go.set()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert version(folder) == 3 and listing(folder) == ["m.c", "m.h", "m.json", "main.c"]


def test_a_lock_that_is_never_given_back_is_one_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOCK_WAIT_S", 0.0)
    handle = os.open(folder, os.O_RDONLY)
    assert files._try_lock(handle)
    try:
        with pytest.raises(OutputError, match="f is in use by another lapel for 0 s: end it, or choose another folder"):
            write(folder, 2)
    finally:
        os.close(handle)
    write(folder, 2)


def test_without_locks_a_mixture_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_try_lock", lambda handle: None)
    write(folder, 2)
    assert version(folder) == 2
    real = os.replace

    def replace(a: Path, b: Path) -> None:
        real(a, b)
        if b.name == MANIFEST:
            (folder / "m.c").write_bytes(b"of another process")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OutputError, match=r"m\.c was written by another process at the same time: build again, alone"):
        write(folder, 3)


def test_a_folder_that_is_replaced_before_it_is_locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, moved = files._try_lock, []

    def late(handle: int) -> bool | None:
        if not moved:
            moved.append(folder.rename(folder.with_name("moved")))
            shutil.copytree(moved[0], folder)
        return real(handle)

    monkeypatch.setattr(files, "_try_lock", late)
    write(folder, 2)
    assert version(folder) == 2 and version(moved[0]) == 1


def race(folder: Path, writers: int, rounds: int) -> None:
    """Writers, each with versions of its own, and beside them one who writes single files and one who looks."""

    def writes(k: int) -> None:
        for n in range(rounds):
            write(folder, 10_000 * (k + 1) + n)

    def single() -> None:
        for n in range(rounds):
            write_file(folder / "y.npy", b"%d" % n)

    def looks() -> None:
        for _ in range(rounds):
            check_folder(folder, NAMES, MANIFEST)
            for name in NAMES:
                first = (folder / name).read_bytes().splitlines()[0]
                assert (folder / name).stat().st_size and first.startswith(name.encode())

    acts = [lambda k=k: writes(k) for k in range(writers)] + [single, looks]  # type: ignore[misc]
    processes = [FORK.Process(target=act) for act in acts]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [p.exitcode for p in processes] == [0] * len(processes)
    assert version(folder) % 10_000 == rounds - 1
    assert (folder / "y.npy").read_bytes() == b"%d" % (rounds - 1)
    assert listing(folder) == ["m.c", "m.h", "m.json", "main.c", "y.npy"]


def test_a_race(folder: Path) -> None:
    race(folder, 3, 10)


@pytest.mark.long
def test_a_long_race(folder: Path) -> None:
    race(folder, 6, 100)


@pytest.mark.long
def test_kills_at_any_moment(folder: Path) -> None:
    """Writers that are killed wherever they are, 150 times."""
    expected = {name: {contents(n)[name] for n in range(1, 400)} for name in NAMES}
    for n in range(150):
        started = FORK.Event()

        def endless(started=started, n=n) -> None:
            started.set()
            while True:
                for k in (n, n + 1):
                    write(folder, k + 1)

        child = FORK.Process(target=endless)
        child.start()
        started.wait()
        child.kill()
        child.join()
        assert all((folder / name).read_bytes() in expected[name] for name in NAMES)
    write(folder, 7)
    assert version(folder) == 7 and listing(folder) == ["m.c", "m.h", "m.json", "main.c"]
