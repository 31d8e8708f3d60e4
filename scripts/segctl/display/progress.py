"""How a long run tells that it is alive: a bar, lines, or JSON, always on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from segctl.plain import plain
from segctl.sync.engine import Progress, Reporter
from segctl.sync.plan import Plan


class Log:
    """Says what happens, in the form that the user chose."""

    def __init__(self, form: str = "text") -> None:
        self.as_json = form == "json"
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)

    def say(self, message: str) -> None:
        """Something that is worth a line."""
        if self.as_json:
            self._write(event="note", message=message)
        else:
            self._console.print(plain(message), style="dim")

    def error(self, message: str, hint: str, code: int) -> None:
        """Why the command ends."""
        if self.as_json:
            self._write(event="error", message=message, hint=hint, exit_code=code)
            return
        self._console.print(Text.assemble(("Error:", "bold red"), " ", plain(message)))
        if hint:
            self._console.print(plain(hint), style="dim")

    @contextmanager
    def reporting(self, plan: Plan) -> Iterator[Reporter]:
        """Follow a run batch by batch."""
        if self.as_json or not self._console.is_terminal:
            yield self._line_reporter(plan)
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
        )
        with Bar(*columns, TimeRemainingColumn(), console=self._console, transient=True) as bar:
            task = bar.add_task("sending", total=plan.operations)

            def report(progress: Progress) -> None:
                bar.update(task, advance=progress.rows, description=_what(progress))

            yield report

    def _line_reporter(self, plan: Plan) -> Reporter:
        done = 0

        def report(progress: Progress) -> None:
            nonlocal done
            done += progress.rows
            if self.as_json:
                self._write(
                    event="batch",
                    destination=plan.destination,
                    operation=str(progress.kind),
                    audience=progress.audience or "profiles",
                    rows=progress.rows,
                    rejected=progress.dead,
                    done=done,
                    total=plan.operations,
                )
            else:
                rejected = f", {progress.dead} rejected" if progress.dead else ""
                self._console.print(
                    f"{done:,}/{plan.operations:,} {_what(progress)}: {progress.rows:,}{rejected}",
                    soft_wrap=True,
                )

        return report

    def _write(self, **fields: object) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        print(json.dumps({"at": now, **fields}, ensure_ascii=False), file=sys.stderr, flush=True)


def _what(progress: Progress) -> str:
    return f"{str(progress.kind).replace('_', ' ')} {progress.audience or 'profiles'}"
