"""Records as plain data and back: one way for all of them.

A record is a frozen dataclass. Each field is a key:

| annotation | JSON |
|---|---|
| int, str, bool, None | the same |
| float | a number; what JSON has no number for is "NaN", "Infinity" or "-Infinity", as in Protocol Buffers' mapping |
| Literal, Enum | the value |
| tuple | an array |
| Mapping, dict, with str keys | an object |
| a record | an object |
| X or Y | what it is; read as the first of them that it may be |

An annotation may be marked with `Named`, `Flat`, `Beside` or `Absent`, and `ALSO` of a record names properties that are
written with its fields. These are checked when they are read: a file whose sums are wrong was not written so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from lapel.errors import FormatError, shown, some

SCHEMA = 1
"""Version of what all documents look like: one more with every release in which any record has other fields."""

LARGEST = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""Values of a float that JSON has no number for."""

T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """`Annotated[X, Named(key)]`: a field whose key is not its name."""

    key: str


@dataclass(frozen=True)
class Flat:
    """`Annotated[X, Flat(prefix)]`: the keys of the record in this field stand, with that prefix, among the others.

    Where there is None instead of the record, all of them are null. A key that both records have is one: they hold the
    same value.
    """

    prefix: str = ""


@dataclass(frozen=True)
class Beside:
    """`Annotated[X, Beside(prefix)]`: a field that stands, with that prefix, beside the record that has it.

    So the record must be the field of another one. If X is a record, its keys stand there.
    """

    prefix: str


@dataclass(frozen=True)
class Absent:
    """`Annotated[X, Absent(make)]`: a field that is not written, and is `make()` in a record that was read."""

    make: Callable[[], Any]


@dataclass(frozen=True)
class _Slot:
    """A field with its annotation; inner: the class of the record that it holds, and whether it may be None."""

    name: str
    key: str
    hint: Any
    mark: Named | Flat | Beside | Absent | None
    required: bool
    inner: Any
    optional: bool


@cache
def _slots(kind: Any) -> tuple[_Slot, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_slot(kind, f, hints[f.name]) for f in fields(kind))


def _slot(kind: type, f: Field[Any], hint: Any) -> _Slot:
    mark = None
    if get_origin(hint) is Annotated:
        hint, mark = get_args(hint)
    choices = get_args(hint) or (hint,)
    inner = next((a for a in choices if isinstance(a, type) and is_dataclass(a)), None)
    assert inner or not isinstance(mark, Flat), f"{kind.__name__}.{f.name} is flat and no record"
    key = mark.key if isinstance(mark, Named) else f.name
    required = f.default is MISSING and f.default_factory is MISSING
    return _Slot(f.name, key, hint, mark, required, inner, NoneType in choices)


@cache
def _all_keys(kind: Any) -> tuple[str, ...]:
    """All keys that a record of this class has."""
    found = list[str]()
    for slot in _slots(kind):
        beside = [outer for below in _beside(slot) for outer in _outer(below).values()]
        if isinstance(slot.mark, Flat):
            found += [slot.mark.prefix + key for key in _all_keys(slot.inner)]
        elif not isinstance(slot.mark, Absent | Beside):
            found += [slot.key, *beside]
    return (*found, *_also(kind))


def _beside(slot: _Slot) -> tuple[_Slot, ...]:
    """The fields of the record in this one that stand beside it."""
    found = tuple(b for b in (() if slot.inner is None else _slots(slot.inner)) if isinstance(b.mark, Beside))
    single = not isinstance(slot.mark, Flat | Beside) and get_origin(slot.hint) is not tuple
    assert single or not found, f"{slot.inner.__name__} has fields that stand beside it, and is no field of its own"
    return found


def _outer(below: _Slot) -> dict[str, str]:
    """Of each key of a field that stands beside its record, the key there."""
    assert isinstance(below.mark, Beside)
    keys = (below.key,) if below.inner is None else _all_keys(below.inner)
    return {key: below.mark.prefix + key for key in keys}


def _also(kind: type) -> tuple[str, ...]:
    return getattr(kind, "ALSO", ())


def to_plain(value: Any) -> Any:
    """Plain data of a record, or of anything that a record may hold. Raises TypeError for another thing."""
    if value is None or isinstance(value, (bool, int, str)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else _largest(value)
    if isinstance(value, Enum):
        return to_plain(value.value)
    if isinstance(value, tuple):
        return [to_plain(v) for v in value]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"keys of a record's mapping are {brief(list(value))}, expected str")
        return {key: to_plain(v) for key, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _keys(value)
    raise TypeError(f"a record holds a {type(value).__name__}, expected plain data, a tuple, a mapping or a record")


def _largest(value: float) -> str:
    return "NaN" if math.isnan(value) else next(name for name, v in LARGEST.items() if v == value)


def _keys(record: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    kind: Any = type(record)
    for slot in _slots(kind):
        value = getattr(record, slot.name)
        if isinstance(slot.mark, Flat):
            for key, plain in _flat_keys(record, slot, value).items():
                _put(found, slot.mark.prefix + key, plain, record)
        elif not isinstance(slot.mark, Absent | Beside):
            _put(found, slot.key, None if value is None else to_plain(value), record)
            for below in _beside(slot):
                plain = None if value is None else to_plain(getattr(value, below.name))
                for key, outer in _outer(below).items():
                    _put(found, outer, plain if below.inner is None or plain is None else plain[key], record)
    for name in _also(kind):
        _put(found, name, to_plain(getattr(record, name)), record)
    return found


def _flat_keys(record: Any, slot: _Slot, value: Any) -> dict[str, Any]:
    if value is None:
        return dict.fromkeys(_all_keys(slot.inner))
    keys = _keys(value)
    if slot.optional and all(plain is None for plain in keys.values()):
        raise TypeError(f"{type(record).__name__}.{slot.name} is a record of nothing, expected None")
    return keys


def _put(found: dict[str, Any], key: str, plain: Any, record: Any) -> None:
    if key in found and found[key] != plain:
        raise TypeError(f"{type(record).__name__} has two values of {key}: {found[key]!r} and {plain!r}")
    found[key] = plain


def from_plain(kind: type[T], content: object, where: str) -> T:
    """A record of that class from its plain data; where: what it is called in messages. Raises FormatError."""
    if not isinstance(content, Mapping):
        raise FormatError(f"{where}: found {brief(content)}, expected an object")
    known = (*_all_keys(cast(Any, kind)), *(s.key for s in _slots(cast(Any, kind)) if isinstance(s.mark, Beside)))
    unknown = [key for key in content if key not in known]
    if unknown:
        raise FormatError(f"{where}: unknown {some(unknown)}, expected only what schema {SCHEMA} has")
    record: T = _take(kind, content, "", where)
    return record


def _take(kind: Any, content: Mapping[str, Any], prefix: str, where: str) -> Any:
    """The record whose keys have that prefix."""
    values: dict[str, Any] = {}
    for slot in _slots(kind):
        key = prefix + slot.key
        if isinstance(slot.mark, Absent):
            values[slot.name] = slot.mark.make()
        elif isinstance(slot.mark, Flat):
            below = prefix + slot.mark.prefix
            nothing = slot.optional and all(content.get(below + k) is None for k in _all_keys(slot.inner))
            values[slot.name] = None if nothing else _take(slot.inner, content, below, where)
        elif key in content:
            values[slot.name] = _read(slot.hint, _joined(slot, content, prefix), f"{where}.{key}")
        elif slot.required:
            raise FormatError(f"{where}: has no {key!r}, which schema {SCHEMA} has")
    record = kind(**values)
    for name in _also(kind):
        key, expected = prefix + name, to_plain(getattr(record, name))
        if key in content and content[key] != expected:
            raise FormatError(f"{where}.{key}: found {brief(content[key])}, the rest gives {brief(expected)}")
    return record


def _joined(slot: _Slot, content: Mapping[str, Any], prefix: str) -> Any:
    """What a key says, with the fields of the record there that stand beside it."""
    plain = content[prefix + slot.key]
    if not isinstance(plain, Mapping):
        return plain
    fields = {}
    for below in _beside(slot):
        parts = {key: content[prefix + outer] for key, outer in _outer(below).items() if prefix + outer in content}
        if parts:
            fields[below.key] = parts[below.key] if below.inner is None else parts
    return {**plain, **fields}


def _read(hint: Any, plain: Any, where: str) -> Any:
    """What the annotation makes of plain data."""
    try:
        return _decode(hint, plain, where)
    except _Unlike:
        raise FormatError(f"{where}: found {brief(plain)}, expected {_said(hint)}") from None


class _Unlike(Exception):
    """Plain data is not what an annotation says."""


def _decode(hint: Any, plain: Any, where: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _first_of(arguments, plain, where)
    if origin is Literal:
        return _one_of({a: a for a in arguments}, plain)
    if origin is tuple:
        return _decode_tuple(arguments, plain, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(plain, dict):
            raise _Unlike
        return {key: _read(arguments[1], v, f"{where}.{key}") for key, v in plain.items()}
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(plain, dict):
            raise _Unlike
        return from_plain(hint, plain, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _one_of({member.value: member for member in hint}, plain)
    return _decode_scalar(hint, plain)


def _first_of(choices: tuple[Any, ...], plain: Any, where: str) -> Any:
    """What the first choice that the data is makes of it. Of data that is nearly one, its own error is told."""
    told = None
    for choice in choices:
        try:
            return _decode(choice, plain, where)
        except _Unlike:
            continue
        except FormatError as e:
            told = told or e
    raise told or _Unlike


def _decode_tuple(arguments: tuple[Any, ...], plain: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise _Unlike
    hints = (arguments[0],) * len(plain) if arguments[1:] == (...,) else arguments
    if len(hints) != len(plain):
        raise _Unlike
    return tuple(_read(h, v, f"{where}[{k}]") for k, (h, v) in enumerate(zip(hints, plain, strict=True)))


def _decode_scalar(hint: Any, plain: Any) -> Any:
    if hint not in (float, int, str, bool, NoneType):
        raise TypeError(f"{hint} is no annotation of a record")
    if hint is float and isinstance(plain, str) and plain in LARGEST:
        return LARGEST[plain]
    if hint is float and type(plain) is int:
        return float(plain)
    if type(plain) is not hint:
        raise _Unlike
    return plain


def _one_of(choices: Mapping[Any, Any], plain: Any) -> Any:
    for value, meant in choices.items():
        if type(value) is type(plain) and value == plain:
            return meant
    raise _Unlike


def _said(hint: Any) -> str:
    """An annotation in words of JSON."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(map(_said, arguments))
    if origin is Literal:
        return f"one of {', '.join(map(repr, arguments))}"
    if origin is tuple:
        count = "" if arguments[1:] == (...,) else f" of {len(arguments)}"
        return f"an array{count}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return f"one of {', '.join(repr(m.value) for m in hint)}"
    return {int: "an integer", float: "a number", str: "a string", bool: "true or false", NoneType: "null"}.get(
        hint, "an object"
    )


def brief(plain: object) -> str:
    return shown(json.dumps(plain, default=repr))
