"""What a terminal shows of days on which a tool is not itself, and with which exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import TOOLS
from fakes.server import Answer
from rig import Rig, Shop, people, running

from segctl import cli
from segctl.commands import apply as command

MANY = [f"p{number}" for number in range(300)]
SHOP = Shop(people(*MANY), {"vip": MANY})
LOGIN = Answer(302, b"<html>log in</html>", {"Location": "https://login.example.org/"}, "text/html")


@pytest.fixture(params=TOOLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`segctl apply` in a project of 300 people."""
    with running(request.param, tmp_path) as rig:
        (tmp_path / "dbt_project.yml").write_text("name: shop\nversion: 1.0.0\nprofile: shop\n")

        class Setup:
            def __init__(self, project: Any, options: Any) -> None:
                self.store = rig.store

            def syncs(self, say: Any) -> list[Any]:
                return [rig.sync(SHOP)]

        monkeypatch.setattr(command, "Setup", Setup)
        monkeypatch.setattr(command, "_gate", lambda project, log: tuple)
        monkeypatch.setenv("COLUMNS", "200")
        yield rig


def apply(rig: Rig, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(["apply", "--project-dir", str(rig.store.directory.parent), *arguments])
    shown = capsys.readouterr()
    return code, shown.err + shown.out


def test_a_login_page_on_day_one(shell: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell.fake.faults.instead = lambda r: LOGIN if shell.fake.changes(r) else None
    code, shown = apply(shell, capsys)
    assert code == 1
    assert "with HTTP 302, which is about no record: it sends to login.example.org" in shown
    shell.fake.faults.instead = None
    code, shown = apply(shell, capsys)
    assert code == 0 and "operations acknowledged" in shown
    shell.holds(SHOP)
    code, shown = apply(shell, capsys)
    assert code == 0 and "is up to date." in shown


def test_who_is_held_is_named_until_nobody_is(
    shell: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.fake.invalid.add("p7@example.com")
    code, shown = apply(shell, capsys)
    assert code == 3 and "1 records were rejected" in shown
    for _ in range(2):
        code, shown = apply(shell, capsys)
        assert code == 3 and "is up to date but for" in shown and "segctl retry" in shown
        assert "is up to date." not in shown
    shell.fake.invalid.clear()
    with shell.store.open() as state:
        state.forget_dead(shell.destination().identity)
    code, shown = apply(shell, capsys)
    assert code == 0
    code, shown = apply(shell, capsys)
    assert code == 0 and "is up to date." in shown


def test_refusals_of_everybody_can_be_let_through(
    shell: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.fake.invalid.update(person.email for person in SHOP.people.values())
    code, shown = apply(shell, capsys)
    assert code == 1 and "for one reason, which is hardly theirs" in shown
    assert "--allow rejections" in shown
    code, shown = apply(shell, capsys, "--allow", "rejections")
    assert code == 3 and "300 records were rejected" in shown
