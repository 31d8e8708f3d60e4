"""Stops a run when nearly everything is refused for one reason: that is hardly the records' fault.

What is refused is held back until its row changes. Should a tool refuse everybody because of
something else (a plan that ran out, a field that became required), all of them would be held, and
the next run would find nothing to do. So a refusal of many is not written down at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from segctl.errors import DestinationError
from segctl.protocol import Batch, Kind, Outcome

GUARD = "rejections"
"""By which name a person lets it through."""
_FEWEST = 10
"""Records refused in a row from which on it is suspicious."""
_SHARE = 0.9
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9a-f-]{16,}|\d+")
"""What differs between refusals for one and the same reason."""


class Tripped(DestinationError):
    """Nearly everything was refused for one reason."""

    def __init__(self, tool: str, count: int, reason: str) -> None:
        super().__init__(
            f"{tool} refused {count:,} records in a row for one reason, which is hardly theirs: "
            f"{reason}. The run stopped, none of them is held back.",
            "Mend it at the tool or in the data, then run the same command again. If the records "
            f"really are at fault, set them aside: --allow {GUARD}",
        )


def shape(reason: str) -> str:
    """A reason without what differs from record to record.

    >>> shape("Existing ID: 1203 of 'ada'"), shape("Existing ID: 7 of 'bob'")
    ('Existing ID: # of #', 'Existing ID: # of #')
    """
    return _VARYING.sub("#", reason)


@dataclass
class Breaker:
    """Watches the answers of one run."""

    tool: str
    is_off: bool = False
    _seen: Counter[Kind | str] = field(default_factory=Counter)
    """Records since the last batch that was not refused, by what was asked."""
    _dead: dict[Kind | str, list[str]] = field(default_factory=dict)
    _reasons: set[str] = field(default_factory=set)

    def watch(self, what: Kind | str, parts: Sequence[tuple[Batch | int, Outcome]]) -> None:
        """Take a batch's answer into account; raises Tripped before it is written down."""
        if self.is_off:
            return
        sizes = [len(rows) if isinstance(rows, Batch) else rows for rows, _ in parts]
        outcomes = [outcome for _, outcome in parts]
        dead = [reason for outcome in outcomes for reason in outcome.dead.values()]
        spared = sum(len(outcome.suppressed) + len(outcome.lost) for outcome in outcomes)
        asked = sum(sizes) - spared
        if asked <= 0:
            return
        if _most(dead)[1] < _SHARE * asked:
            self._seen[what], self._dead[what] = 0, []
            return
        self._seen[what] += asked
        self._dead[what] = [*self._dead.get(what, []), *dead]
        reason, count = _most(self._dead[what])
        if count >= max(_FEWEST, _SHARE * self._seen[what]):
            self._reasons |= self.reasons()
            raise Tripped(self.tool, count, reason)

    def reasons(self) -> set[str]:
        """Why records were refused in those batches that count towards the breaker."""
        return self._reasons | {reason for dead in self._dead.values() for reason in dead}

    def search(self) -> Search:
        """For the search for the culprits of one batch."""
        return Search(self)


@dataclass
class Search:
    """Records of one batch that was refused as a whole, one by one."""

    breaker: Breaker
    _dead: list[str] = field(default_factory=list)
    _passed: bool = False

    def passed(self) -> None:
        """A part of the batch was taken."""
        self._passed = True

    def refused(self, reason: str) -> None:
        """One record was refused on its own. If the first ones all are, so will be the rest."""
        self._dead.append(reason)
        found, count = _most(self._dead)
        if not self._passed and not self.breaker.is_off and count >= _FEWEST:
            raise Tripped(self.breaker.tool, count, found)


def _most(reasons: Sequence[str]) -> tuple[str, int]:
    """The most frequent reason, and how often it was given."""
    if not reasons:
        return "", 0
    [(common, count)] = Counter(map(shape, reasons)).most_common(1)
    return next(reason for reason in reasons if shape(reason) == common), count
