"""Data: what is read, how it is split, changed and measured, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image
from sklearn import metrics as sk

from lapel.data import Dataset, Splits, make_dataset, measure, read, split
from lapel.data.augmentations import augment, augmentations, check
from lapel.data.logmel import logmel
from lapel.errors import InputError, UsageError


def rows(count: int = 60, classes: int = 3) -> Dataset:
    rng = np.random.default_rng(0)
    return make_dataset(rng.normal(size=(count, 4)), np.arange(count) % classes)


def test_tasks_and_classes_are_those_of_the_labels() -> None:
    x = np.zeros((4, 3))
    assert make_dataset(x, ["b", "a", "b", "c"]).classes == ("a", "b", "c")
    assert make_dataset(x, [1.0, 2.0, 1.0, 5.0]).classes == (1, 2, 5)
    assert make_dataset(x, [1.0, 2.5, 1.0, 5.0]).task == "regression"
    assert make_dataset(x, np.eye(4, 2, dtype=int)).task == "multilabel"
    assert make_dataset(x, [3, 3, 4, 4], task="regression").y.tolist() == [[3], [3], [4], [4]]
    assert make_dataset(x, ["b", "a", "b", "b"], classes=("b", "a", "z")).y.tolist() == [0, 1, 0, 0]


def test_bytes_of_images_are_pixels() -> None:
    image = make_dataset(np.full((2, 3, 3), 255, np.uint8), [0, 1])
    assert image.x.dtype == np.uint8 and (image.numbers() == 1).all()
    row = make_dataset(np.full((2, 3), 255, np.uint8), [0, 1])
    assert (row.numbers() == 255).all()


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((0, 3)), [], r"samples are \[0, 3\], expected \[samples, values, …\], one or more"),
        (np.zeros((3, 2)), [1, 2], r"3 samples and labels \[2\], expected a label for each"),
        (
            [[1, 2], [np.nan, 1]],
            [0, 1],
            r"1 of 2 samples hold NaN, infinity or .*, first that of sample 1",
        ),
        (
            np.zeros((2, 2)),
            [0.5, np.inf],
            r"1 of 2 labels hold NaN, infinity or .*, first that of sample 1",
        ),
        ([[1, 2], [3, 1e300]], [0, 1], "1 of 2 samples hold NaN, infinity or what is beyond float32"),
        (np.array([["a"], ["b"]]), [0, 1], "expected an array of numbers"),
        ([[1, 2], [3]], [0, 1], "samples are of several shapes, expected one"),
        (np.zeros((2, 2)), [[0], [1, 2]], "labels are of several shapes, expected one"),
    ],
)
def test_arrays_that_are_no_data(x: Any, y: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make_dataset(x, y)


def test_labels_that_are_none_of_the_classes() -> None:
    with pytest.raises(InputError, match="labels c are none of the classes, expected a, b"):
        make_dataset(np.zeros((2, 2)), ["a", "c"], classes=("a", "b"))


def test_each_class_is_shared_alike() -> None:
    data = make_dataset(np.arange(200).reshape(100, 2), np.r_[np.zeros(80, int), np.ones(20, int)])
    parts = split(data, (0.5, 0.25, 0.25))
    assert parts.val is not None and parts.test is not None
    for part, share in ((parts.train, 0.5), (parts.val, 0.25), (parts.test, 0.25)):
        assert np.bincount(part.y).tolist() == [80 * share, 20 * share]
    whole = np.concatenate([p.x[:, 0] for p in (parts.train, parts.val, parts.test)])
    assert sorted(whole.tolist()) == data.x[:, 0].tolist()
    again = split(data, (0.5, 0.25, 0.25))
    assert (again.train.x == parts.train.x).all()
    assert not np.array_equal(split(data, (0.5, 0.25, 0.25), seed=1).train.x, parts.train.x)


def test_groups_are_never_parted() -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 12, 300)
    data = make_dataset(rng.normal(size=(300, 2)), np.arange(300) % 2, groups=groups)
    for seed in range(5):
        parts = split(data, seed=seed)
        assert parts.val is not None and parts.test is not None
        sides = [set(p.groups) for p in (parts.train, parts.val, parts.test) if p.groups is not None]
        assert len(set.union(*sides)) == sum(map(len, sides)) == 12
        assert abs(len(parts.train) - 210) < 60
    named = split(data, test_groups=["3"], val_groups=["4", "5"])
    assert named.test is not None and named.test.groups is not None and set(named.test.groups) == {"3"}
    assert named.val is not None and named.val.groups is not None and set(named.val.groups) == {"4", "5"}
    with pytest.raises(InputError, match="groups 99, expected different ones of"):
        split(data, test_groups=["99"])


def test_splits_that_cannot_be() -> None:
    with pytest.raises(InputError, match="class 1 has fewer than 2 samples"):
        split(make_dataset(np.zeros((3, 2)), [0, 0, 1]))
    with pytest.raises(InputError, match="classes 0, 1 have fewer than 2 samples"):
        split(make_dataset(np.zeros((2, 2)), [0, 1]))
    with pytest.raises(InputError, match="all samples are of class 0"):
        split(make_dataset(np.zeros((3, 2)), [0, 0, 0]))
    with pytest.raises(UsageError, match="shares are"):
        split(rows(), (0.5, 0.1, 0.1))
    with pytest.raises(InputError, match="has no groups"):
        split(rows(), test_groups=["a"])
    one = make_dataset(np.zeros((4, 2)), [0, 0, 1, 1], groups=["a", "a", "b", "b"])
    with pytest.raises(InputError, match="classes 1 are in groups that are held out alone"):
        split(one, test_groups=["b"])
    with pytest.raises(InputError, match=r"samples for test are \(3,\), expected \(4,\)"):
        Splits(rows(), None, make_dataset(np.zeros((2, 3)), [0, 1]))


def test_labels_that_mean_something_else() -> None:
    """A test set with other classes would be judged by indexes that stand for other labels."""
    with pytest.raises(InputError, match=r"classes for test are \(1, 2\), expected \(0, 1, 2\) as those to train with"):
        Splits(rows(), None, make_dataset(np.zeros((4, 4)), [1, 2, 1, 2]))
    with pytest.raises(InputError, match=r"labels for val are \('regression', \(1,\)\), expected"):
        Splits(rows(), make_dataset(np.zeros((4, 4)), [0.5, 1, 2, 3]))
    with pytest.raises(InputError, match=r"labels are 0\.0, 3\.0, expected flags, 0 or 1, for multilabel"):
        make_dataset(np.zeros((2, 2)), [[0, 3], [3, 0]], task="multilabel")
    with pytest.raises(InputError, match="1 classes and 2 numbers for each sample, expected as many"):
        make_dataset(np.zeros((2, 2)), [[0, 1], [1, 0]], classes=["a"])
    with pytest.raises(UsageError, match="classes are 0, 1, 1, expected each of them once"):
        make_dataset(np.zeros((2, 2)), [0, 1], classes=[0, 1, 1])
    with pytest.raises(InputError, match="or say that the task is a regression"):
        split(make_dataset(np.zeros((3, 2)), [100, 200, 300]))


def test_a_side_that_was_asked_for_is_not_empty() -> None:
    alike = make_dataset(np.zeros((60, 2)), np.arange(60) % 3, groups=["a"] * 60)
    with pytest.raises(InputError, match=r"no samples are left for validation, its share is 0\.15: give more"):
        split(alike)
    assert split(alike, (1, 0, 0)).val is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shares": "abc"}, "shares are abc, expected three"),
        ({"shares": [1, float("nan"), 0]}, "expected three of train, validation and test that sum to 1"),
        ({"seed": "x"}, "seed is 'x', expected a whole number from 0 on"),
        ({"test_groups": "ann"}, "test_groups is 'ann', expected a list of texts"),
    ],
)
def test_wishes_for_a_split_of_another_type(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        split(rows(), **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": 3}, "size is 3, expected a list of whole numbers from 1 on"),
        ({"seconds": 0}, "seconds is 0, expected a number above 0"),
        ({"frames": -1, "bands": 4}, "frames is -1, expected a whole number from 1 on"),
        ({"label": 3}, "label is 3, expected text"),
        ({"level": 1}, "level is 1, expected true or false"),
    ],
)
def test_options_of_another_type(options: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        read(tmp_path, **options)


def test_arrays_by_name_and_official_splits(tmp_path: Path) -> None:
    x, y = np.zeros((6, 2), np.float32), np.array([5, 7, 5, 7, 5, 7])
    np.savez(tmp_path / "a.npz", x=x, y=y, who=np.arange(6))
    found = read(tmp_path / "a.npz", groups="who")
    assert isinstance(found, Dataset) and found.classes == (5, 7) and found.groups is not None
    np.savez(tmp_path / "b.npz", f_train=x, l_train=y, f_test=x[:1], l_test=y[1:2])
    parts = read(tmp_path / "b.npz", x="f", y="l")
    assert isinstance(parts, Splits) and parts.test is not None and parts.test.y.tolist() == [1] and parts.val is None
    with pytest.raises(InputError, match="has arrays x, y, who, expected z also"):
        read(tmp_path / "a.npz", x="z")
    with pytest.raises(UsageError, match="task is 'regresion', expected one of unknown, classification"):
        read(tmp_path / "a.npz", task="regresion")
    assert read(tmp_path / "a.npz", classes=[5, 7, 0]).classes == (5, 7, 0)  # type: ignore[union-attr]
    with pytest.raises(UsageError, match="classes is 3, expected a list of texts or numbers"):
        read(tmp_path / "a.npz", classes=3)
    with (tmp_path / "one.npz").open("wb") as file:
        np.save(file, x)
    with pytest.raises(InputError, match="holds one array without a name, expected x and y"):
        read(tmp_path / "one.npz")
    with pytest.raises(UsageError, match="option 'label' is unknown: "):
        read(tmp_path / "a.npz", label="who")
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "c.npz")
    (tmp_path / "d.txt").touch()
    with pytest.raises(InputError, match=r"ends in '.txt', expected a folder or a file of one of"):
        read(tmp_path / "d.txt")


def test_tables(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("who,width,kind,height\nann,1,cat,2\nbob,3,dog,4\nann,5,cat,6\n")
    found = read(tmp_path / "t.csv", label="kind", group="who")
    assert isinstance(found, Dataset) and found.x.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert found.classes == ("cat", "dog") and found.groups is not None
    assert found.groups.tolist() == ["ann", "bob", "ann"]
    by_number = read(tmp_path / "t.csv", label=2, group=0)
    assert isinstance(by_number, Dataset) and by_number.x.tolist() == found.x.tolist()
    assert by_number.classes == found.classes and by_number.groups is not None
    (tmp_path / "v.csv").write_text("kind\ncat\ndog\n")
    with pytest.raises(InputError, match="has no column that is left, expected samples"):
        read(tmp_path / "v.csv")
    (tmp_path / "u.csv").write_text("1,2,0.5\n3,4,0.25\n")
    last = read(tmp_path / "u.csv")
    assert isinstance(last, Dataset) and last.task == "regression" and last.x.shape == (2, 2)


def test_metrics_are_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    data = make_dataset(np.zeros((200, 2)), rng.integers(0, 2, 200))
    scores = np.round(rng.normal(size=(200, 2)) + 0.7 * np.eye(2)[data.y], 1)
    found, taken = measure(scores, data), scores.argmax(axis=1)
    assert found.accuracy == sk.accuracy_score(data.y, taken)
    assert found.auc == pytest.approx(sk.roc_auc_score(data.y, scores[:, 1] - scores[:, 0]))
    assert found.f1 == pytest.approx(sk.f1_score(data.y, taken))
    assert found.confusion == tuple(map(tuple, sk.confusion_matrix(data.y, taken).tolist()))
    assert found.per_class == pytest.approx(tuple(sk.recall_score(data.y, taken, average=None)))
    numbers = make_dataset(np.zeros((200, 2)), rng.normal(size=(200, 3)))
    guesses = numbers.y + rng.normal(size=(200, 3))
    measured = measure(guesses, numbers)
    assert measured.r2 == pytest.approx(sk.r2_score(numbers.y, guesses))
    assert measured.mae == pytest.approx(sk.mean_absolute_error(numbers.y, guesses))
    one_sided = measure(scores, make_dataset(np.zeros((200, 2)), np.zeros(200, int), classes=(0, 1)))
    assert one_sided.auc is None and one_sided.per_class[1] is None


CHANGES: dict[str, Any] = {"shift": [2, 1], "flip": "horizontal", "noise": 0.5, "gain": 0.3, "mask": [3, 2]}
CHANGES |= {"warp": [2.0, 1.5]}


def test_augmentations_keep_shapes_and_are_of_their_seed() -> None:
    assert set(CHANGES) == set(augmentations())
    x = np.random.default_rng(0).normal(size=(16, 9, 8, 2)).astype(np.float32)
    for name, value in CHANGES.items():
        made = augment(np.random.default_rng(1), x, {name: value})
        assert made.shape == x.shape and made.dtype == np.float32 and not np.array_equal(made, x)
        assert np.array_equal(made, augment(np.random.default_rng(1), x, {name: value}))


def test_a_shift_moves_whole_images() -> None:
    x = np.zeros((50, 7, 6, 1), np.float32)
    x[:, 3, 2] = 1
    made = augment(np.random.default_rng(0), x, {"shift": [2, 1]})
    assert (made.sum(axis=(1, 2, 3)) == 1).all()
    _, rows_, columns, _ = np.nonzero(made)
    assert set(rows_) == {1, 2, 3, 4, 5} and set(columns) == {1, 2, 3}
    signal = augment(np.random.default_rng(0), np.eye(9, dtype=np.float32)[[4] * 40], {"shift": 2})
    assert set(signal.argmax(axis=1)) == {2, 3, 4, 5, 6}


def test_a_warp_moves_pixels_smoothly_and_not_too_far() -> None:
    rows, columns = np.meshgrid(np.arange(30, dtype=np.float32), np.arange(20, dtype=np.float32), indexing="ij")
    x = np.repeat(np.stack([rows, columns], axis=-1)[None], 40, axis=0)
    assert np.array_equal(augment(np.random.default_rng(0), x, {"warp": 0}), x)
    made = augment(np.random.default_rng(0), x, {"warp": [3, 1.5]})
    inner = (slice(None), slice(3, -3), slice(2, -2))
    for axis, most in enumerate((3, 1.5)):
        moved = made[(*inner, axis)] - x[(*inner, axis)]
        assert 0.8 * most < abs(moved).max() <= most + 1e-5
        assert abs(np.diff(moved, axis=1)).max() <= 2 * most * 3 / 29 + 1e-5
    assert np.array_equal(augment(np.random.default_rng(0), x[..., 0], {"warp": [3, 1.5]}), made[..., 0])


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"flip": "up"}, "flip is 'up', expected images and horizontal or vertical"),
        ({"gain": 2}, "gain is 2, expected 0..1"),
        ({"noise": -1}, "noise is -1, expected a standard deviation"),
        ({"shift": 1.5}, "shift is 1.5, expected steps 0 or more"),
        ({"mask": 2.5}, "mask is 2.5, expected images and widths"),
        ({"mask": 12}, "mask is 12, expected images and widths"),
        ({"warp": -1}, "warp is -1, expected images and pixels from 0 on"),
        ({"warp": [2, 9]}, r"warp is \[2, 9\], expected images and pixels"),
        ({"nois": 1}, "'nois' is unknown: did you mean 'noise'"),
    ],
)
def test_augmentations_that_do_not_fit(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check(wanted, (8, 8, 1))


def test_folders_of_images(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for k, name in enumerate(["cat", "dog"] * 3):
        (tmp_path / "pets" / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (6, 5, 3), np.uint8)).save(tmp_path / "pets" / name / f"{k // 2}_x.png")
    found = read(tmp_path / "pets", group=r"(\d)_x")
    assert isinstance(found, Dataset) and found.x.shape == (6, 6, 5, 3) and found.x.dtype == np.uint8
    assert found.classes == ("cat", "dog") and found.y.tolist() == [0, 0, 0, 1, 1, 1] and found.groups is not None
    assert found.groups.tolist() == ["0", "1", "2"] * 2
    grey = read(tmp_path / "pets", size=[4, 3], channels=1)
    assert isinstance(grey, Dataset) and grey.x.shape == (6, 4, 3, 1)
    Image.fromarray(np.zeros((7, 5, 3), np.uint8)).save(tmp_path / "pets/dog/9_x.png")
    with pytest.raises(InputError, match=r"9_x.png is \[7, 5, 3\], .*0_x.png is \[6, 5, 3\]: expected one shape"):
        read(tmp_path / "pets")
    (tmp_path / "pets/dog/9_x.png").write_bytes(b"not an image")
    with pytest.raises(InputError, match=r"1 of 7 files cannot be read: .*9_x.png \(UnidentifiedImageError\)"):
        read(tmp_path / "pets")
    (tmp_path / "deep" / "a").mkdir(parents=True)
    Image.fromarray(np.full((2, 2), 4000, np.uint16)).save(tmp_path / "deep/a/0.png")
    with pytest.raises(InputError, match=r"0\.png has pixels of mode I;16, expected 8 bits a channel"):
        read(tmp_path / "deep")
    with pytest.raises(UsageError, match="seconds is given, and its files are images"):
        read(tmp_path / "pets", seconds=1.0)
    with pytest.raises(UsageError, match="level is given, and its files are images"):
        read(tmp_path / "pets", level=True)
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no images and no sounds"):
        read(tmp_path / "none")


def test_folders_of_sounds(tmp_path: Path) -> None:
    for digit in range(2):
        for who in ("ann", "bob"):
            tone = np.sin(np.arange(4000 + 100 * digit) * (0.2 + digit)) / 2
            soundfile.write(tmp_path / f"{digit}_{who}_0.wav", tone, 8000)
    options: dict[str, Any] = {"label": r"^(\d)_", "group": r"_(\w+)_\d", "seconds": 0.5}
    waves = read(tmp_path, **options)
    assert isinstance(waves, Dataset) and waves.x.shape == (4, 4000, 1) and waves.groups is not None
    assert waves.classes == ("0", "1") and waves.groups.tolist() == ["ann", "bob"] * 2
    features = read(tmp_path, **options, frames=20, bands=16)
    assert isinstance(features, Dataset) and features.x.shape == (4, 20, 16, 1)
    level = read(tmp_path, **options, frames=20, bands=16, level=True)
    assert isinstance(level, Dataset) and np.abs(level.x.mean(axis=(1, 2, 3))).max() < 1e-4
    loudest = features.x[..., 0].mean(axis=1).argmax(axis=1)
    assert loudest[0] == loudest[1] < loudest[2] == loudest[3]
    with pytest.raises(InputError, match="has too few for 20 frames of 400 bands"):
        read(tmp_path, **options, frames=20, bands=400)
    with pytest.raises(InputError, match="expected one shape: give size"):
        read(tmp_path, label=r"^(\d)_")
    with pytest.raises(InputError, match="in no folder of a class"):
        read(tmp_path, seconds=0.5)
    with pytest.raises(InputError, match="label 'x' finds nothing in"):
        read(tmp_path, label="x")
    with pytest.raises(UsageError, match="of frames and bands one is given"):
        read(tmp_path, **options, bands=3)
    soundfile.write(tmp_path / "1_eve_0.wav", np.zeros(4000), 16000)
    with pytest.raises(InputError, match=r"1_eve_0\.wav has 16000 Hz, expected 8000"):
        read(tmp_path, **options)


def test_bands_are_where_the_tone_is() -> None:
    """A tone of 1 kHz is in the band around 1000 mel, which is what the scale was made for."""
    wave = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    energies = logmel(wave, 8000, 10, 30)
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (60, 4000))
    middles = np.linspace(low, high, 32)[1:-1]
    assert np.abs(middles - 1000).argmin() == energies.mean(axis=0).argmax()
