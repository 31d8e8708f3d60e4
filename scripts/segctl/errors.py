"""What can go wrong in ways that a user can do something about.

Every message is one sentence that names what is wrong, followed by a hint that says what to do.
Neither may hold secrets or personal data: they end up in logs and in tickets.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell gets back. Documented in `segctl --help`."""

    CLEAN = 0
    ERROR = 1
    USAGE = 2
    REJECTED_ROWS = 3
    STOPPED_BY_GUARD = 4
    LOCK_HELD = 5


class SegctlError(Exception):
    """An expected fault: shown as one message, never as a traceback."""

    exit_code = ExitCode.ERROR

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ProjectError(SegctlError):
    """The dbt project or its profile cannot be read."""


class UnknownModel(SegctlError):
    """The dbt project has no model of that name."""


class WarehouseError(SegctlError):
    """The warehouse cannot be reached, or refused a query."""


class NotBuilt(SegctlError):
    """dbt knows the model, but the warehouse does not hold it yet."""


class UnknownCustomer(SegctlError):
    """Nobody goes by that e-mail or customer id."""


class UnknownSegment(SegctlError):
    """There is no segment of that name."""


class StateError(SegctlError):
    """The state file cannot be used."""


class ConfigError(SegctlError):
    """sync.yml cannot be used as it is."""


class SecretMissing(SegctlError):
    """A key is not where sync.yml says that it is."""


class PlanMoved(SegctlError):
    """The warehouse or the ledger changed after the plan was written."""


class DestinationError(SegctlError):
    """The destination cannot be used as it is."""


class SyncInterrupted(SegctlError):
    """The destination stopped answering; what is left is sent by the next run."""

    def __init__(self, message: str, hint: str = "", *, resume_at: datetime | None = None) -> None:
        super().__init__(message, hint)
        self.resume_at = resume_at
        """When the tool may be asked again, if it said so."""


class StoppedByGuard(SegctlError):
    """A guard found something that a person should look at before anything is sent."""

    exit_code = ExitCode.STOPPED_BY_GUARD


class LockHeld(SegctlError):
    """Another run is working on the same destination."""

    exit_code = ExitCode.LOCK_HELD
