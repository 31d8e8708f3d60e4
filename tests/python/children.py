"""Processes for tests that kill them: started quickly, and not forked from threads.

Threads of DuckDB and Arrow do not survive a fork, so children come from a server that has none but
has imported what takes long.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["segctl.sync.sync", "segctl.config", "fakes.server"])


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that calls the function."""
    # Until Python 3.13 the server does not get its parent's path.
    os.environ.setdefault("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    child = _CONTEXT.Process(target=target, args=arguments)
    child.start()
    return child
