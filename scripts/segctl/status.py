"""What the state file knows, for `segctl status`."""

from __future__ import annotations

from typing import Any

from segctl.state import StateFile

_QUERIES = {
    "runs": """
        select run_id, destination, started_at, finished_at, status, operations, acknowledged,
            dead as rejected, allowed
        from runs order by run_id desc limit 10
    """,
    "lists": """
        select destination, case audience when '' then 'profiles' else audience end as audience,
            count(*) filter (where person_key <> '') as members,
            count(*) filter (where person_key <> '' and payload_hash is null) as unanswered
        from ledger group by destination, ledger.audience order by destination, ledger.audience
    """,
    "outbox": """
        select destination, state, count(*) as operations from outbox
        group by destination, state order by destination, state
    """,
    "dead_letters": """
        select destination, case audience when '' then 'profiles' else audience end as audience,
            kind as operation, reason, count(*) as records, max(failed_at) as last_failed_at
        from dead_letters group by destination, dead_letters.audience, kind, reason
        order by records desc, destination, audience
    """,
}


def read_status(state_file: StateFile) -> dict[str, list[dict[str, Any]]]:
    """Runs, ledger, outbox and dead letters; all empty when nothing was ever sent."""
    with state_file.read() as state:
        return {name: state.select(sql) for name, sql in _QUERIES.items()}
