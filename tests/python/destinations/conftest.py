"""Shared by the tests of destinations: fast connections, and counts at the end of the run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from fakes import TOOLS
from rig import READ_BACK, Rig, running

COUNTED = ("histories", "kills")


@pytest.fixture(params=TOOLS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A fake of every tool in turn, and an empty state."""
    with running(request.param, tmp_path) as found:
        yield found


@pytest.fixture(params=READ_BACK)
def reading_rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """The same of tools that can be asked who is in a list."""
    with running(request.param, tmp_path) as found:
        yield found


@pytest.fixture(autouse=True, scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The fakes speak plain HTTP: to read 140 certificates per client takes longer than a sync."""
    bundle = Path(certifi.where()).read_text(encoding="ascii", errors="ignore")
    first = re.search(r"-----BEGIN.*?-----END CERTIFICATE-----", bundle, re.DOTALL)
    assert first is not None
    file = tmp_path_factory.mktemp("certificates") / "one.pem"
    file.write_text(first.group() + "\n", encoding="ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was counted, from whichever process."""
    lines = [
        f"{name}: {value}"
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name in COUNTED and getattr(report, "when", "") == "call"
    ]
    if lines:
        terminalreporter.section("histories and kills")
        for line in sorted(lines):
            terminalreporter.write_line(line)
