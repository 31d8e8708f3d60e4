"""`sync.yml`: which destinations there are, what they get, and how carefully.

Faults are told with line and key. Secrets are named there, not written there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Union

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from segctl.destinations.registry import TOOLS
from segctl.destinations.settings import Settings, Strict
from segctl.errors import ConfigError

FILE = "sync.yml"
_NAME = re.compile(r"[a-z][a-z0-9_-]*")

SETTINGS = tuple(tool.settings_type for tool in TOOLS.values())
if TYPE_CHECKING:
    AnySettings = Settings
else:
    AnySettings = Annotated[Union[SETTINGS], Field(discriminator="type")]  # noqa: UP007


class Config(Strict):
    """The whole file."""

    version: int = Field(default=1, ge=1, le=1)
    state: str | None = None
    """Where the state is kept: a path, or postgresql://... Default: .segctl/state.db."""
    audit_days: int = Field(default=1095, ge=1)
    """How long the audit trail is kept."""
    destinations: dict[str, AnySettings] = Field(min_length=1)


@dataclass(frozen=True)
class SyncFile:
    """The file as it was read, with where each key stands."""

    path: Path
    config: Config
    lines: Mapping[tuple[str, ...], int]

    def fault(self, place: Sequence[str], what: str, hint: str = "") -> ConfigError:
        """An error about a key that is well formed, but does not fit the project."""
        return ConfigError(f"{_where(self.path, self.lines, place)}: {what}", hint)


def read_config(path: Path) -> SyncFile:
    """Read and check the file."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {_yaml_fault(error)}.") from None
    if node is None:
        raise ConfigError(f"{path} is empty.", "Describe a destination, or remove the file.")
    lines = dict(_lines(node))
    _refuse_twins(path, node)
    try:
        config = TypeAdapter(Config).validate_python(content)
    except ValidationError as error:
        raise ConfigError(*_explain(path, lines, error)) from None
    for name in config.destinations:
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{_where(path, lines, ('destinations', name))}: a destination's name consists of "
                "lower-case letters, digits, - and _, and begins with a letter."
            )
    return SyncFile(path, config, lines)


def choose(file: SyncFile, names: Sequence[str]) -> dict[str, Settings]:
    """The destinations of these names, all if there are none."""
    known = file.config.destinations
    for name in names:
        if name not in known:
            raise ConfigError(
                f"{file.path} has no destination {name}.", f"It has: {', '.join(known)}."
            )
    return {name: known[name] for name in known if not names or name in names}


def _lines(node: yaml.Node, place: tuple[str, ...] = ()) -> Iterable[tuple[tuple[str, ...], int]]:
    """The line of each key."""
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            for where, line in _lines(value, inner):
                yield where, key.start_mark.line + 1 if where == inner else line
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _lines(value, (*place, str(number)))


def _refuse_twins(path: Path, node: yaml.Node | None) -> None:
    """YAML would silently take the last of two equal keys."""
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_twins(path, value)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            line = key.start_mark.line + 1
            raise ConfigError(f"{path}, line {line}: the key {key.value} is there twice.")
        seen.add(key.value)
        _refuse_twins(path, value)


def _explain(
    path: Path, lines: Mapping[tuple[str, ...], int], error: ValidationError
) -> tuple[str, str]:
    """The first fault in words, and what to do about it. Values may be keys, and are not told."""
    fault = error.errors(include_input=False, include_url=False)[0]
    place = tuple(str(part) for part in fault["loc"])
    # Below `destinations.NAME` stands the type that pydantic chose, which is not in the file.
    if len(place) > 2 and place[0] == "destinations" and place[2] in TOOLS:
        place = (*place[:2], *place[3:])
    where = _where(path, lines, place)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place[-1], _known_keys(error, place), 1)
        return f"{where}: there is no such key.", f"Did you mean {near[0]}?" if near else ""
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        where = _where(path, lines, (*place, "type"))
        return f"{where}: it has to be one of {', '.join(TOOLS)}.", ""
    if fault["type"] == "missing":
        return f"{where}: the key is missing.", ""
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}.", ""


def _known_keys(error: ValidationError, place: Sequence[str]) -> list[str]:
    models: list[type[Strict]] = [Config, *SETTINGS]
    found = {name for model in models for name in model.model_fields}
    for model in Strict.__subclasses__():
        found |= set(model.model_fields)
    return sorted(found)


def _where(path: Path, lines: Mapping[tuple[str, ...], int], place: Sequence[str]) -> str:
    """File, line and key; of a key that is not there, the line of what it should be in."""
    known = tuple(place)
    while known and known not in lines:
        known = known[:-1]
    key = ".".join(part for part in place if part != "[key]") or "the file"
    return f"{path}, line {lines.get(known, 1)}, {key}"


def _yaml_fault(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be parsed"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)
