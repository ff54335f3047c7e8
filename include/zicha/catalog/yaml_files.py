"""The one way in for YAML: plain text, numbers, true and false; anything surprising is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from zicha.model.errors import ConfigError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][+-]?[0-9]+)?")
_OTHER_READERS_SEE_A_BOOLEAN = {"on", "off", "yes", "no", "y", "n"}
_DEEPEST = 40

ModelT = TypeVar("ModelT", bound=BaseModel)


def load_yaml(path: Path) -> dict[str, Any]:
    """Read one file that holds one mapping; wrong input is one sentence naming file and line."""
    found: dict[str, Any] = json.loads(_as_json(path, _text_of(path)))
    return found


def load_model(path: Path, model: type[ModelT]) -> ModelT:
    """Read one file into its model; the first wrong key is named, with its place."""
    return _held_against(_as_json(path, _text_of(path)), model, str(path))


def parse_model(found: Any, model: type[ModelT], where: str) -> ModelT:
    """Hold what was read against its model; `where` opens the sentence of a refusal."""
    return _held_against(json.dumps(found, ensure_ascii=False), model, where)


def _as_json(path: Path, text: str) -> str:
    try:
        return _read(text)
    except _RefusedError as refused:
        where = f"{path}, line {refused.line}" if refused.line else str(path)
        raise ConfigError(f"{where}: {refused}") from refused
    except _NoMappingError as error:
        raise ConfigError(
            f"{path.name}: must hold one mapping of `key: value` lines ({path})"
        ) from error


# A command asks for the same catalogue a dozen times, and to parse it takes longer than all else;
# the text is the key, so that a file that changed is read as it is now.
@lru_cache(maxsize=2048)
def _read(text: str) -> str:
    try:
        found = _Reader(yaml.parse(text, Loader=_Loader)).document()
    except yaml.YAMLError as error:
        said = f"not YAML ({_problem(error)}): correct it"
        raise _RefusedError(said, _line(error)) from error
    if not isinstance(found, dict):
        raise _NoMappingError
    return json.dumps(found, ensure_ascii=False)


def _held_against(said: str, model: type[ModelT], where: str) -> ModelT:
    try:
        return cast("ModelT", _modelled(said, model))
    except ValidationError as error:
        raise ConfigError(f"{where}: {in_one_sentence(error)}") from error


# Our models are frozen, so that all who ask may share one; a refusal is not kept.
@lru_cache(maxsize=2048)
def _modelled(said: str, model: type[BaseModel]) -> BaseModel:
    # As from JSON: strict about text, numbers and booleans, yet ISO dates and lists may pass.
    return model.model_validate_json(said)


def in_one_sentence(error: ValidationError) -> str:
    """The first thing that pydantic found wrong, how many more there are, and what to do."""
    problems = error.errors(include_url=False, include_context=True)
    first = problems[0]
    key = _dotted(first["loc"])
    kind = first["type"]
    if kind == "extra_forbidden":
        said = f"{key} is not a key that is known here: remove it or correct its spelling"
    elif kind == "missing":
        said = f"{key} is missing: add it"
    else:
        message = first["msg"].removeprefix("Value error, ")
        said = f"{key}: {message[:1].lower()}{message[1:]}" if key else message
        if isinstance(first["input"], str | int | float) and kind != "value_error":
            said += f", not {str(first['input'])[:60]!r}"
    more = len(problems) - 1
    return f"{said} (and {more} more)" if more else said


def _dotted(location: tuple[int | str, ...]) -> str:
    said = ""
    for part in location:
        said += f"[{part}]" if isinstance(part, int) else f".{part}"
    return said.removeprefix(".")


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist: create it or correct the path") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check it") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text: save it as UTF-8") from error


def _line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark else 0


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or "unreadable")


class _RefusedError(ValueError):
    """A text that is not read, and the line where it goes wrong; 0 where none is known."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


class _NoMappingError(ValueError):
    """A text that holds something else than one mapping."""


class _Reader:
    """Builds values from parse events, so that nothing is resolved behind our back."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events

    def document(self) -> Any:
        documents = 0
        found: Any = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _refusal(event, "a second document: keep one per file")
                found = self._value(next(self._events), 0)
        return found

    def _value(self, event: yaml.Event, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refusal(event, "anchors and aliases are not read: write the value out")
        if depth > _DEEPEST:
            raise _refusal(event, f"nested deeper than {_DEEPEST}: flatten it")
        if tag := getattr(event, "tag", None):
            raise _refusal(event, f"the tag {tag} is not read: remove it")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(depth)
        return self._mapping(depth)

    def _sequence(self, depth: int) -> list[Any]:
        members: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            members.append(self._value(event, depth + 1))
        return members

    def _mapping(self, depth: int) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._value(event, depth + 1)
            if not isinstance(key, str) or _is_a_boolean_elsewhere(event):
                raise _refusal(event, f"the key {_shown(event)} is not text: put it in quotes")
            if key in pairs:
                raise _refusal(event, f"the key {key} stands twice: keep one")
            pairs[key] = self._value(next(self._events), depth + 1)
        return pairs


def _refusal(event: yaml.Event, what: str) -> _RefusedError:
    return _RefusedError(what, event.start_mark.line + 1 if event.start_mark else 1)


def _scalar(event: yaml.ScalarEvent) -> str | int | float | bool | None:
    said = str(event.value)
    if not _is_plain(event):
        return said
    if said in {"", "~", "null"}:
        return None
    if said in {"true", "false"}:
        return said == "true"
    if _INTEGER.fullmatch(said):
        return int(said)
    # Dates, octal and sexagesimal numbers, yes and no stay the text that was written.
    return float(said) if _DECIMAL.fullmatch(said) else said


def _is_plain(event: yaml.ScalarEvent) -> bool:
    # The two parsers that PyYAML may use do not agree on None or "" for a plain style.
    return not event.style


def _is_a_boolean_elsewhere(event: yaml.Event) -> bool:
    if not isinstance(event, yaml.ScalarEvent) or not _is_plain(event):
        return False
    return str(event.value).lower() in _OTHER_READERS_SEE_A_BOOLEAN


def _shown(event: yaml.Event) -> str:
    return str(event.value) if isinstance(event, yaml.ScalarEvent) else "that opens here"
