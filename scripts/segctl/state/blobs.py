"""Many people in one value of the database: Arrow's own stream format, compressed."""

from __future__ import annotations

import pyarrow as pa

LOG_SCHEMA = pa.schema(
    [
        ("person_key", pa.string()),
        ("payload_hash", pa.int64()),
        ("remote_id", pa.string()),
        ("digest", pa.string()),  # keyed digest of the e-mail; of profiles only
        ("purpose", pa.string()),  # on what consent: for what, and given when
        ("consented_at", pa.string()),
    ]
)
"""Of one batch of the log, whose row says which list and which operation."""

LEDGER_SCHEMA = pa.schema(
    [
        ("audience", pa.string()),
        ("person_key", pa.string()),
        ("payload_hash", pa.int64()),  # null: perhaps there, an answer was lost
        ("remote_id", pa.string()),
        ("digest", pa.string()),
    ]
)
"""Of one chunk of the ledger."""

OR_ALSO = "\x1f"
"""Between several remote ids of one person: a run that was killed while the person was to go from
one record to another leaves behind that the list may hold either, or both."""


def with_id(ids: str, newest: str) -> str:
    """Several remote ids, of which the last one is the newest."""
    return OR_ALSO.join([*(one for one in ids.split(OR_ALSO) if one != newest), newest])


def newest_id(ids: str | None) -> str | None:
    """The last one of several remote ids."""
    return ids and ids.rpartition(OR_ALSO)[2]


_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def pack(rows: pa.Table, schema: pa.Schema) -> bytes:
    """The rows as bytes; columns that `rows` lacks are null."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    sink = pa.BufferOutputStream()
    table = pa.Table.from_arrays(columns, schema=schema).combine_chunks()
    with pa.ipc.new_stream(sink, schema, options=_OPTIONS) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack(content: bytes | memoryview) -> pa.Table:
    """The rows of `pack`."""
    with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
        return reader.read_all()
