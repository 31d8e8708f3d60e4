"""A command as a child process, and what it cost: CPU seconds, peak memory, wall time."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user and system, with the children that it waited for), peak memory, wall."""

    cpu_seconds: float
    peak_mb: float
    wall_seconds: float


class ChildFailed(Exception):
    """A measured command that ended with an error; the message ends with what it said last."""


def measure(command: list[str], folder: Path, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command in a folder to its end, and say what it cost."""
    with tempfile.TemporaryFile() as said:
        started = time.monotonic()
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        # wait4 gives the numbers of this child alone; those of all children only ever add up.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
        if process.returncode:
            said.seek(0)
            last = "\n".join(said.read().decode(errors="replace").splitlines()[-40:])
            raise ChildFailed(f"{' '.join(command)} ended with {process.returncode}:\n{last}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall)
