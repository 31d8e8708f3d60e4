"""What the state knows, for `segctl status`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segctl.protocol import EVENTS
from segctl.state import State, StateStore
from segctl.sync import acknowledged
from segctl.sync.workspace import open_workspace

_NAMED = "case audience when '' then 'profiles' else audience end as audience"
_QUERIES = {
    "runs": """
        select run_id, destination, started_at, finished_at, status, operations, acknowledged,
            dead as rejected, suppressed, blocked, requests, throttled, allowed
        from runs order by run_id desc limit 10
    """,
    "outbox": """
        select destination, status as state, sum(people) as operations from log
        where status in ('pending', 'in_flight', 'accepted')
        group by destination, status order by destination, status
    """,
    "dead_letters": f"""
        select destination, {_NAMED}, kind as operation, reason, count(*) as records,
            max(failed_at) as last_failed_at
        from dead_letters where suppressed = 0 group by destination, dead_letters.audience, kind,
        reason order by records desc, destination, audience
    """,
    "suppressed": """
        select destination, reason, count(distinct person_key) as people from dead_letters
        where suppressed = 1 group by destination, reason order by people desc, destination
    """,
    "drift": f"""
        select destination, {_NAMED}, checked_at, held, missing, unexpected, strangers from drift
        where missing > 0 or unexpected > 0 or strangers > 0 order by destination, drift.audience
    """,
    "verified": """
        select destination, max(checked_at) as checked_at, count(*) as lists,
            sum(missing) + sum(unexpected) as drifted
        from drift group by destination order by destination
    """,
    "paused": """
        select destination, paused_until from accounts where paused_until is not null
        order by destination
    """,
    "erasures": """
        select destination, status, count(*) as people, max(asked_at) as last_asked_at
        from erasures group by destination, status order by destination, status
    """,
}


def read_status(store: StateStore) -> dict[str, list[dict[str, Any]]]:
    """Runs, what destinations hold, outbox, dead letters, drift, pauses; all empty at first."""
    with store.read() as state:
        found = {name: state.select(sql) for name, sql in _QUERIES.items()}
        found["lists"] = list(_holdings(state))
    return found


def _holdings(state: State) -> Iterator[dict[str, Any]]:
    """How many people each list holds as far as was acknowledged."""
    destinations = state.select("select distinct destination from lists order by 1")
    for destination in (row["destination"] for row in destinations):
        with (
            tempfile.TemporaryDirectory(prefix="segctl-") as scratch,
            open_workspace(Path(scratch)) as workspace,
        ):
            acknowledged.load(workspace, state.ledger(destination), state.changes(destination))
            rows = workspace.execute(
                "select audience, count(*), count(*) filter (where payload_hash is null) "
                f"from acknowledged where audience <> '{EVENTS}' group by audience"
            ).fetchall()
        counted = {audience: (members, unsure) for audience, members, unsure in rows}
        for audience in sorted({*counted, *state.lists(destination)} - {EVENTS}):
            members, unsure = counted.get(audience, (0, 0))
            yield {
                "destination": destination,
                "audience": audience or "profiles",
                "members": members,
                "unanswered": unsure,
            }
