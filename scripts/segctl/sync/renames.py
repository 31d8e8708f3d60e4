"""People who are called otherwise than when the destination heard of them.

A guest opens an account, or two accounts turn out to be one person: the warehouse has another
customer id for somebody who is in the same lists under the same address. The ledger goes on under
the new id. Nobody leaves a list to join it again; the profile is told once more, under its new key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import pyarrow as pa

from segctl.duckdb_sql import literal
from segctl.protocol import EVENTS, PROFILES, Renames
from segctl.sync.workspace import Workspace
from segctl.warehouse.warehouse import Warehouse

NAMES = "customer_names"
RENAMED = "rename"
"""The kind of a log entry that says under which ids nobody is known any more."""
_AT_ONCE = 2_000
"""Names that are looked up in one query."""


@runtime_checkable
class KnowsNames(Protocol):
    """A source of the desired state that can tell what its people were called before."""

    def present_names(self, names: Sequence[str]) -> Mapping[str, str]:
        """What those of these customers are called today who are called otherwise."""


def present_names(warehouse: Warehouse, names: Sequence[str]) -> dict[str, str]:
    """What those of these customers are called today who are called otherwise.

    A project whose own models make the audiences need not have names that change.
    """
    if NAMES not in warehouse.project.models:
        return {}
    (model,) = warehouse.require(NAMES)
    found = {}
    for start in range(0, len(names), _AT_ONCE):
        listed = ", ".join(map(warehouse.literal, names[start : start + _AT_ONCE]))
        rows = warehouse.rows(
            f"select customer_name, customer_id from {model.relation} "
            f"where customer_name in ({listed}) and customer_name <> customer_id"
        )
        found.update({str(row["customer_name"]): str(row["customer_id"]) for row in rows})
    return found


def follow(workspace: Workspace, source: object, ways: Renames) -> None:
    """Take leavers who come back under another id out of the difference.

    Comes between `compute_difference` and `compute_operations`.
    """
    leavers = workspace.execute(
        "select distinct person_key from difference "
        f"where not wanted and person_key <> '' and audience <> '{EVENTS}' order by 1"
    ).fetchall()
    if not leavers or ways == "never" or not isinstance(source, KnowsNames):
        return
    names = source.present_names([key for (key,) in leavers])
    rows = {"former": list(names), "person_key": list(names.values())}
    workspace.insert(
        "former_names", pa.table({name: pa.array(v, pa.string()) for name, v in rows.items()})
    )
    workspace.execute(
        f"""
        insert into renamed
        select old.audience, old.person_key, new.person_key, old.previous_hash,
            {"coalesce(old.previous_id, old.person_key)" if ways == "lists" else "old.previous_id"},
            old.previous_digest, old.in_doubt
        from difference as old
        inner join former_names as names on old.person_key = names.former
        inner join difference as new
            on old.audience = new.audience and names.person_key = new.person_key
        where not old.wanted and new.wanted and not new.known
        -- Of two who became one, the other leaves the list: it is there twice.
        qualify row_number() over (
            partition by new.audience, new.person_key order by old.person_key) = 1;
        delete from difference where (audience, person_key) in
            (select audience, former from renamed);
        update difference
        set known = true, previous_id = renamed.remote_id, previous_digest = renamed.digest,
            previous_hash = renamed.payload_hash, in_doubt = renamed.in_doubt
        from renamed
        where difference.audience = renamed.audience
            and difference.person_key = renamed.person_key;
        insert into adopted
        select audience, person_key, payload_hash, remote_id, digest from renamed;
        delete from known_profiles where person_key in
            (select former from renamed where audience = '{PROFILES}');
        insert into known_profiles
        select person_key, remote_id from renamed where audience = '{PROFILES}'
        """
    )
    if ways == "profile":
        # Lists know people by their records: nothing has to be told there.
        workspace.execute(
            "delete from difference where payload_hash = previous_hash "
            f"and audience <> '{PROFILES}' and (audience, person_key) in "
            "(select audience, person_key from renamed)"
        )


def retired(workspace: Workspace) -> Iterator[tuple[str, pa.Table]]:
    """List by list, the ids that the ledger has to forget."""
    names = workspace.execute("select distinct audience from renamed order by 1").fetchall()
    for (audience,) in names:
        query = (
            "select former as person_key, payload_hash, remote_id, digest "
            f"from renamed where audience = {literal(audience)}"
        )
        yield audience, workspace.connection.sql(query).to_arrow_table()
