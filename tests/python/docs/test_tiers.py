"""CONTRIBUTING lists what only the full tier runs."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
ITSELF = {"conftest.py", "tier.py", Path(__file__).name}
TIERED = re.compile(r"mark\.full\(|\btimes\(|\bFULL\b")


def test_every_file_with_tiers_is_listed() -> None:
    page = (TESTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tiered = [
        file
        for file in TESTS.rglob("*.py")
        if file.name not in ITSELF and TIERED.search(file.read_text(encoding="utf-8"))
    ]
    assert len(tiered) > 8
    unlisted = [
        str(file.relative_to(TESTS))
        for file in tiered
        if file.name not in page
        and f"{file.parent.name}/`" not in page
        and "harness" not in str(file)
    ]
    assert unlisted == []
