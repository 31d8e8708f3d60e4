"""Of all tests: those that only the full tier runs."""

from __future__ import annotations

import pytest
from tier import FULL


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full(why): runs in `make test-full` alone")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if FULL:
        return
    for item in items:
        for mark in item.iter_markers("full"):
            item.add_marker(pytest.mark.skip(reason=f"only in `make test-full`: {mark.args[0]}"))
