"""Tables of the state, for SQLite and PostgreSQL alike.

People are not rows here but lie in Arrow blobs, a batch or a chunk at a time (see `blobs`): one
write per request instead of one per person, and ten million of them are read within seconds.

    ledger        who is where, as of the newest entry of the log that was folded into it
    log           every batch that was ever asked: the outbox while it is open, then the changes on
                  top of the ledger, then, once folded, the audit trail
    lists         the lists themselves: what the tool calls them, and the digest of their title
    dead_letters  records that the tool refused, and with `suppressed` people who said no to it
    runs          what each run planned and did
    accounts      which account a destination's key belonged to, and when it may be asked again
    tombstones    keyed digests of the address and the ids of people who had themselves erased; with
                  the key, if it was another state's (see `tombstones`)
    optouts       people who were seen to have said no to the tool, with the digest of the address
                  and the record that did (see `segctl.sync.optouts`)
    erasures      what became of each request to erase somebody, per destination
    meta          the key of the digests
"""

from __future__ import annotations

VERSION = 3

OPEN_STATES = ("in_flight", "accepted")
"""States of a log entry whose effect at the tool is not known."""

_TABLES = """
create table meta (name varchar(40) primary key, content varchar(200) not null);
create table accounts (
    destination varchar(200) primary key, account varchar(200) not null, paused_until varchar(40)
);
create table ledger (
    destination varchar(200) not null, chunk integer not null, people integer not null,
    content {blob} not null, primary key (destination, chunk)
);
create table lists (
    destination varchar(200) not null, audience varchar(200) not null, payload_hash bigint,
    remote_id varchar(500), primary key (destination, audience)
);
create table log (
    destination varchar(200) not null, entry bigint not null, part integer not null,
    run_id integer not null, kind varchar(20) not null, audience varchar(200) not null,
    people integer not null, status varchar(20) not null check (status in
        ('pending', 'in_flight', 'accepted', 'doubtful', 'acknowledged', 'adopted', 'void')),
    job text, answered_at varchar(40), folded integer not null, content {blob},
    primary key (destination, entry, part)
);
create index log_open on log (destination, folded, status);
create table dead_letters (
    destination varchar(200) not null, audience varchar(200) not null,
    person_key varchar(500) not null, kind varchar(20) not null, payload_hash bigint,
    reason text not null, suppressed integer not null, run_id integer not null,
    failed_at varchar(40) not null, primary key (destination, audience, person_key)
);
create table runs (
    run_id {serial} primary key, destination varchar(200) not null,
    started_at varchar(40) not null, finished_at varchar(40), status varchar(20) not null,
    operations integer not null, acknowledged integer not null, dead integer not null,
    suppressed integer not null, blocked integer not null, requests integer not null,
    throttled integer not null, allowed text not null, plan text not null
);
create table tombstones (
    digest varchar(64) primary key, person varchar(64) not null, erased_at varchar(40) not null,
    digest_key varchar(80)
);
create table erasures (
    digest varchar(64) not null, destination varchar(200) not null, status varchar(20) not null,
    receipt text not null, asked_at varchar(40) not null, answered_at varchar(40),
    primary key (digest, destination)
);
create table optouts (
    destination varchar(200) not null, person_key varchar(500) not null,
    remote_id varchar(500) not null, digest varchar(64), seen_at varchar(40) not null,
    primary key (destination, person_key, remote_id)
);
create table drift (
    destination varchar(200) not null, audience varchar(200) not null,
    checked_at varchar(40) not null, held integer not null, missing integer not null,
    unexpected integer not null, strangers integer not null, primary key (destination, audience)
)
"""


_UPGRADES = {
    2: """
alter table tombstones add column digest_key varchar(80);
create table optouts (
    destination varchar(200) not null, person_key varchar(500) not null,
    remote_id varchar(500) not null, digest varchar(64), seen_at varchar(40) not null,
    primary key (destination, person_key, remote_id)
)
"""
}
"""Version -> what makes the next one of it."""
OLDEST = min(_UPGRADES)
"""The oldest version that can still be read."""


def statements(dialect: str) -> list[str]:
    """The statements that make an empty state."""
    words = {"blob": "bytea", "serial": "serial"}
    if dialect == "sqlite":
        words = {"blob": "blob", "serial": "integer"}
    return [part.strip() for part in _TABLES.format(**words).split(";")]


def upgrades(version: int) -> list[str]:
    """The statements that make a state of an older version one of this version."""
    steps = (_UPGRADES[step] for step in range(version, VERSION))
    return [part.strip() for step in steps for part in step.split(";")]
