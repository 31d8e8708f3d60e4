"""What segctl remembers between runs: ledger, outbox, runs, dead letters, tombstones."""

from segctl.state.blobs import OR_ALSO, with_id
from segctl.state.housekeeping import ERASED
from segctl.state.knowledge import Change
from segctl.state.state import Counts, OutboxEntry, Run, State
from segctl.state.store import StateDatabase, StateFile, StateStore, open_store
from segctl.state.tombstones import Tombstone, by_key

__all__ = [
    "ERASED",
    "OR_ALSO",
    "Change",
    "Counts",
    "OutboxEntry",
    "Run",
    "State",
    "StateDatabase",
    "StateFile",
    "StateStore",
    "Tombstone",
    "by_key",
    "open_store",
    "with_id",
]
