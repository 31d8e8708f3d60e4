"""The tables of the scratch database, which is made anew for each run.

What should be, from the warehouse:

lists             the audiences that should exist, with members where the warehouse counts them
memberships       who should be in which of them, and on what consent
profiles          whoever may be mailed; made while it is loaded, with the attributes as columns
mailable          the people of `profiles` before it was cut down to members
events            entries and exits that should have been told

What is, from the state and the tool:

acknowledged      who is in which list, of some lists at a time
known_profiles    what the tool calls people; known: how many are in each list
list_records      the lists that are there, with the digest of their titles
dead, suppressed  records that the tool refused; people whom it refuses to mail
tombstones        digests of people who had themselves erased
there, adopted    who was found in a list that the ledger may not know; who of them is ours
unpermitted       how many of them the warehouse does not permit there
said_no, optouts  who refused at the tool now, and who is remembered to have

What follows:

difference        everybody for whom the two disagree
renamed, former_names   who has another customer id now, and what the former one was
operations        what becomes of each difference, numbered in sending order (see `operations`)
staying, remote_ids, learned, failed   what sending needs to know of people, and learns
"""

from __future__ import annotations

SCHEMA = """
create table lists (audience varchar, title varchar, members bigint, payload_hash bigint);
create table memberships (
    audience varchar, person_key varchar, entered_on date, consent_purpose varchar,
    consented_at timestamp, payload_hash bigint
);
create table events (
    person_key varchar, customer_id varchar, email varchar, segment varchar, change varchar,
    changed_on date
);

create table acknowledged (
    audience varchar, person_key varchar, payload_hash bigint, remote_id varchar, digest varchar
);
create table adopted as from acknowledged;
create table known_profiles (person_key varchar, remote_id varchar);
create table known (audience varchar, known bigint);
create table list_records (audience varchar, payload_hash bigint);
create table dead (
    audience varchar, person_key varchar, payload_hash bigint, suppressed bigint
);
create table suppressed (person_key varchar);
create table tombstones (key varchar, digest varchar);
create table there (audience varchar, remote_id varchar, digest varchar);
create table unpermitted (audience varchar, people bigint);
create table said_no (digest varchar, record varchar);
create table optouts (person_key varchar, digest varchar, remote_id varchar);

create table difference (
    audience varchar, person_key varchar, payload_hash bigint, previous_id varchar,
    previous_digest varchar, previous_hash bigint, wanted boolean, known boolean, in_doubt boolean
);
create table renamed (
    audience varchar, former varchar, person_key varchar, payload_hash bigint, remote_id varchar,
    digest varchar, in_doubt boolean
);
create table former_names (former varchar, person_key varchar);
"""
