"""What `sync.yml` may say about a destination of any tool. The tools' own files add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from segctl.destinations.rate_limit import Rate, RateLimiter
from segctl.errors import SegctlError

_REFERENCES = "env:NAME, keyring:SERVICE/USER or file:PATH"


def _is_reference(value: str) -> str:
    scheme, colon, rest = value.partition(":")
    if not colon or scheme not in ("env", "keyring", "file") or not rest:
        # Whatever stands there may be the key itself, so it is not repeated.
        raise ValueError(f"must say where the secret is, not what it is: {_REFERENCES}")
    return value


_PLAIN_TYPES: Mapping[Literal["text", "number", "date", "boolean"], str] = {
    "text": "VARCHAR ENUM UUID",
    "number": "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT"
    " FLOAT DOUBLE DECIMAL",
    "date": "DATE",
    "boolean": "BOOLEAN",
}

SecretReference = Annotated[str, AfterValidator(_is_reference)]
"""Where a secret is; `secret.resolve` fetches it."""


RESERVED = {"person_key", "remote_id", "email"}
"""Columns of a batch that are not attributes."""


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt guard must not be a missing guard."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AudienceSettings(Strict):
    """One audience at one destination."""

    title: str | None = Field(default=None, min_length=1)
    """What its list is called there. Default: the segment's title."""


class LimitSettings(Strict):
    """A share of the account's limits, for accounts that other programs use too."""

    requests_per_second: float | None = Field(default=None, gt=0)
    requests_per_day: int | None = Field(default=None, gt=0)
    concurrency: int | None = Field(default=None, gt=0, le=64)
    batch_size: int | None = Field(default=None, gt=0)


class GuardSettings(Strict):
    """How much change passes without a question."""

    removal_share: float = Field(default=0.10, ge=0, le=1)
    growth_share: float = Field(default=1.0, ge=0)
    shrink_share: float = Field(default=0.5, ge=0, le=1)
    growth_floor: int = Field(default=100, ge=0)
    """Growth by fewer members than this is never suspicious: new lists start small."""
    first_run: int | None = Field(default=100_000, ge=0)
    """Operations of a first run; null for no limit."""


class Settings(Strict):
    """One destination."""

    type: str
    audiences: dict[str, AudienceSettings | None] | list[str] | None = None
    """Segments to keep there. Default: all."""
    attributes: dict[str, str] | list[str] | None = None
    """Columns of audience_profiles to send, perhaps under other names. Default: all."""
    profiles: Literal["all", "members"] | None = None
    """Whom to send attributes of: everybody with consent, or members of the audiences only.
    Default: members if audiences are named, else all."""
    events: bool = False
    """Whether to tell entries and exits."""
    exclusive: bool = False
    """Whether the lists are ours alone, so that members whom we did not add have to leave."""
    limits: LimitSettings = LimitSettings()
    guards: GuardSettings = GuardSettings()

    tells_events: ClassVar[bool] = False
    """Whether the tool can be told an event without a repetition counting twice."""
    reads_back: ClassVar[bool] = True
    """Whether the tool can be asked who is in a list."""

    @model_validator(mode="after")
    def _refuse_what_the_tool_cannot(self) -> Self:
        if self.events and not self.tells_events:
            raise ValueError(
                "events cannot be told here: the tool has no id by which to know a repeated one"
            )
        if self.exclusive and not self.reads_back:
            raise ValueError("exclusive cannot be kept here: the tool cannot be asked for members")
        return self

    def below(self, root: Path) -> Self:
        """The same, with relative paths from `root` on."""
        return self

    def attribute_name(self, column: str) -> str:
        """What a column is called at the tool unless the user says otherwise."""
        return column

    def attribute_names(self, columns: Sequence[str]) -> dict[str, str]:
        """Column -> the tool's name, for those to be sent; `columns` are all that there are."""
        chosen: Mapping[str, str]
        if isinstance(self.attributes, dict):
            chosen = self.attributes
        else:
            wanted = columns if self.attributes is None else self.attributes
            chosen = {column: self.attribute_name(column) for column in wanted}
        missing = sorted(set(chosen) - set(columns))
        if missing:
            raise SegctlError(
                f"sync.yml sends the attribute {missing[0]}, which audience_profiles lacks.",
                f"It has: {', '.join(columns)}.",
            )
        names = list(chosen.values())
        taken = sorted(RESERVED.intersection(names))
        if taken:
            raise SegctlError(
                f"No attribute can be called {taken[0]}: that name has a meaning of its own.",
                "Give it another name under `attributes:` in sync.yml.",
            )
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SegctlError(
                f"Two attributes would both be called {twice[0]} at the destination.",
                "Give them names of their own under `attributes:` in sync.yml.",
            )
        return dict(chosen)

    def make_limiter(
        self,
        tool: str,
        rates: Mapping[str, Sequence[Rate]],
        used_today: int = 0,
        concurrency: int = 8,
        **options: Any,
    ) -> RateLimiter:
        """The account's limiter, with the tool's own rates and the user's tighter ones."""
        own = dict(rates)
        if self.limits.requests_per_second is not None:
            per_second = self.limits.requests_per_second
            whole = Rate(int(per_second), 1.0) if per_second >= 1 else Rate(1, 1 / per_second)
            own[""] = [*own.get("", []), whole]
        return RateLimiter(
            tool,
            own,
            concurrency=self.limits.concurrency or concurrency,
            daily=self.limits.requests_per_day,
            used_today=used_today,
            **options,
        )

    def steady_rate(self, tool: float | None) -> float | None:
        """Requests per second that are left of what the tool allows; None: no limit is known."""
        own = self.limits.requests_per_second
        return own if tool is None else tool if own is None else min(own, tool)


def plain_type(column_type: str) -> Literal["text", "number", "date", "time", "boolean"] | None:
    """What a DuckDB type is to a tool with few types; None for lists, structures and the like.

    >>> plain_type("DECIMAL(18,2)"), plain_type("TIMESTAMP WITH TIME ZONE"), plain_type("DATE[]")
    ('number', 'time', None)
    """
    name = column_type.upper()
    if name.endswith("]"):
        return None
    base = name.partition("(")[0].strip()
    for kind, names in _PLAIN_TYPES.items():
        if base in names.split():
            return kind
    return "time" if base.startswith("TIMESTAMP") else None
