"""Puts syncs together from sync.yml and the command line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from segctl.commands.options import SyncOptions
from segctl.config import FILE, Config, SyncFile, choose, read_config
from segctl.destinations.files import Files, FilesSettings
from segctl.destinations.rate_limit import RateLimiter
from segctl.destinations.registry import make_destination
from segctl.destinations.settings import Settings
from segctl.errors import ConfigError, ExitCode, SegctlError
from segctl.protocol import Destination
from segctl.state import StateStore, open_store
from segctl.sync.guards import GUARDS
from segctl.sync.source import WarehouseSource
from segctl.sync.sync import Sync
from segctl.warehouse.project import Project

T = TypeVar("T")

GUARD_HELP = "\b\nGuards:\n" + "\n".join(f"  {name:<12}{what}" for name, what in GUARDS.items())


class Setup:
    """Destinations, state and sources of one project."""

    def __init__(self, project: Project, options: SyncOptions) -> None:
        self.project = project
        self.root = project.options.project_dir.resolve()
        self._options = options
        self._file = self._read_file()
        self.store: StateStore = open_store(self._state_location(), self.root / ".segctl")
        self._settings: dict[str, Settings] = (
            choose(self._file, options.names) if self._file else {}
        )

    def _read_file(self) -> SyncFile | None:
        path = self._options.config or self.root / FILE
        if self._options.config is None and not path.exists():
            if self._options.names:
                raise ConfigError(
                    f"There is no {FILE}, so there are no destinations to choose from.",
                    f"Describe them in {path}; see docs/sync-audiences.md.",
                )
            return None
        if self._options.output is not None:
            raise ConfigError(
                f"--output is for projects without {FILE}.",
                f"Put the directory into {path} instead: type: files, path: ...",
            )
        return read_config(path)

    def _state_location(self) -> str | Path:
        if self._options.state is not None:
            return self._options.state
        kept = self._file.config.state if self._file else None
        if kept is None:
            return self.project.options.state_path
        return kept if "://" in kept else self.root / Path(kept).expanduser()

    def destinations(self) -> list[Destination]:
        """Every chosen destination; the one directory of files if nothing is configured."""
        if self._file is None:
            return [self._default_files()]
        made = [self._make(name, settings) for name, settings in self._settings.items()]
        for number, destination in enumerate(made):
            for other in made[:number]:
                if _one_account(self._settings[destination.name], self._settings[other.name]):
                    _share(destination, other)
                    break
        return made

    def _make(self, name: str, settings: Settings) -> Destination:
        """With the requests that were made today to its account, under whatever names."""
        every = self._file.config.destinations if self._file else {name: settings}
        names = [n for n, other in every.items() if n == name or _one_account(settings, other)]
        today = datetime.now(UTC).strftime("%Y-%m-%d")
        with self.store.read() as state:
            used = sum(state.requests_on(f"{settings.type}:{one}", today) for one in names)
        return make_destination(name, settings, self.root, used)

    def _default_files(self) -> Files:
        directory = self._options.output or self.project.options.work_dir / "audiences"
        directory = directory.resolve()
        # Relative to the project where possible, so that a project may be moved with its state.
        inside = directory.relative_to(self.root) if directory.is_relative_to(self.root) else None
        return Files(str(inside or directory), FilesSettings(type="files", path=str(directory)))

    def syncs(self, say: Callable[[str], None]) -> list[Sync]:
        """A sync for every chosen destination."""
        return [self._sync(destination, say) for destination in self.destinations()]

    def _sync(self, destination: Destination, say: Callable[[str], None]) -> Sync:
        settings = self._settings.get(destination.name, FilesSettings(type="files", path="."))
        with self.store.read() as state:
            known = set(state.lists(destination.identity))
        unknown = partial(self._unknown_audience, destination.name)
        source = WarehouseSource(self.project, settings, known, unknown)
        days = (
            self._file.config.audit_days
            if self._file
            else Config.model_fields["audit_days"].default
        )
        return Sync(
            source,
            destination,
            self.store,
            settings.guards,
            say,
            timedelta(days=days),
            self.siblings(),
            self.project.options.work_dir / "tables",
        )

    def siblings(self) -> list[str] | None:
        """All destinations in sync.yml, chosen or not; None without one."""
        if self._file is None:
            return None
        every = self._file.config.destinations
        return [f"{settings.type}:{name}" for name, settings in every.items()]

    def _unknown_audience(
        self, destination: str, name: str, segments: Collection[str]
    ) -> SegctlError:
        near = difflib.get_close_matches(name, segments, 1)
        hint = f"Did you mean {near[0]}?" if near else "`segctl list` shows all segments."
        message = f"there is no segment {name} in the warehouse."
        if self._file is None:
            return SegctlError(message, hint)
        place = ("destinations", destination, "audiences", name)
        return self._file.fault(place, message, hint)


def _one_account(one: Settings, other: Settings) -> bool:
    """Whether two destinations have the same key: a tool counts their requests together."""
    keys = [
        getattr(settings, "api_key", None) or getattr(settings, "access_token", None)
        for settings in (one, other)
    ]
    return one.type == other.type and keys[0] is not None and keys[0] == keys[1]


def named(name: str, work: Callable[[], T]) -> T:
    """Do something for a destination; an error says for which."""
    try:
        return work()
    except SegctlError as error:
        if not error.message.startswith(name):
            error.message = f"{name}: {error.message}"
        raise


def worse(one: ExitCode, other: ExitCode) -> ExitCode:
    """An error outweighs a guard, a guard outweighs rejected rows."""
    order = (
        ExitCode.CLEAN,
        ExitCode.REJECTED_ROWS,
        ExitCode.LOCK_HELD,
        ExitCode.STOPPED_BY_GUARD,
        ExitCode.ERROR,
    )
    return max(one, other, key=order.index)


def _share(one: Destination, other: Destination) -> None:
    """Keep the limits of their account together."""
    if isinstance(one.limiter, RateLimiter) and isinstance(other.limiter, RateLimiter):
        one.limiter.share(other.limiter)
