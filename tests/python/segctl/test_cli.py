"""The command line as a user meets it."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from conftest import ENVIRONMENT
from tier import times

from segctl.cli import COMMANDS
from segctl.cli import cli as group
from segctl.state import StateFile

Cli = Callable[..., tuple[int, str, str]]
Sql = Callable[[str], list]


def process(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "segctl", *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def audience(project: Path, name: str) -> list[str]:
    with (project / "target/segctl/audiences" / f"{name}.csv").open(newline="") as file:
        return [row["customer_id"] for row in csv.DictReader(file)]


def test_help_reads_like_a_manual(cli: Cli) -> None:
    code, out, _ = cli("--help")
    assert code == 0
    for topic in ("A typical session", "Exit codes", "Files", "Environment", "stopped by a guard"):
        assert topic in out
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None and command.name == name
        code, out, _ = cli(name, "--help")
        assert code == 0 and command.help and command.help.split()[0] in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["list", "--format", "xml"],
        ["explain"],
        ["apply", "--allow", "everything"],
        ["list", "--vars", "[1]"],
        ["apply", "no-such-plan.json"],
    ],
)
def test_wrong_usage(cli: Cli, arguments: list[str]) -> None:
    code, _, err = cli(*arguments)
    assert code == 2 and "Usage:" in err


def test_list(cli: Cli) -> None:
    code, out, _ = cli("list")
    assert code == 0 and "Loyal buyers" in out and "37.5%" in out
    code, out, _ = cli("list", "--format", "json")
    assert {row["segment"]: row["members"] for row in json.loads(out)}["everyone"] == 8


def test_outside_a_project(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = cli("list")
    assert code == 1 and "dbt_project.yml" in err and "--project-dir" in err


def test_before_the_first_build(cli: Cli, project: Path, sql: Sql) -> None:
    sql("drop table segments")
    code, _, err = cli("list")
    assert code == 1 and "segments" in err and "dbt build" in err
    (project / "warehouse.duckdb").unlink()
    code, _, err = cli("plan")
    assert code == 1 and "dbt build" in err and "Traceback" not in err


def test_a_broken_project(cli: Cli, project: Path) -> None:
    (project / "models/broken.sql").write_text("select * from {{ ref('nowhere') }}")
    code, _, err = cli("list")
    assert code == 1 and "nowhere" in err and "Traceback" not in err


def test_another_target_and_vars(cli: Cli) -> None:
    code, _, err = cli("list", "--target", "nope")
    assert code == 1 and "nope" in err
    assert cli("list", "--vars", "{a: 1}")[0] == 0


def test_a_whole_day(cli: Cli, project: Path, sql: Sql) -> None:
    code, out, _ = cli("plan")
    assert code == 0 and "a***@example.com" in out and "ada@" not in out
    plan = project / "target/segctl/plan.json"
    assert "@example.com" in plan.read_text() and "ada@" not in plan.read_text()

    code, out, err = cli("apply", str(plan))
    assert code == 0 and "31 operations acknowledged" in out
    assert "31/31" in err and "ada@" not in err
    assert audience(project, "everyone") == ["c001", "c002", "c003", "c004", "c006", "c007", "c008"]

    code, _, err = cli("apply", str(plan))
    assert code == 1 and "The plan no longer holds" in err

    sql("delete from audience_memberships where customer_id = 'c001'")
    sql("update audience_profiles set country = 'FR' where customer_id = 'c002'")
    code, out, _ = cli("plan", "--format", "json")
    assert {guard["name"] for guard in json.loads(out)["plans"][0]["guards"]} >= {
        "removals",
        "emptied",
    }
    code, _, err = cli("apply")
    assert code == 4 and "--allow" in err
    code, _, _ = cli("apply", "--allow", "removals", "--allow", "emptied", "--allow", "shrank")
    assert code == 0 and "c001" not in audience(project, "everyone")

    code, out, _ = cli("status")
    assert code == 0 and "finished" in out and "emptied" in out
    code, out, _ = cli("status", "--format", "json")
    assert json.loads(out)["runs"][0]["status"] == "finished"


def test_json_logs_and_results(cli: Cli) -> None:
    code, out, err = cli("apply", "--log-format", "json", "--format", "json")
    assert code == 0
    assert json.loads(out)["destinations"][0]["result"]["acknowledged"] == 31
    events = [json.loads(line) for line in err.splitlines()]
    assert {event["event"] for event in events} == {"note", "batch"}
    assert "@" not in err
    code, _, err = cli("apply", "--log-format=json", "--state", "/dev/null/x")
    assert code == 1 and json.loads(err.splitlines()[-1])["event"] == "error"


def test_the_other_run_holds_the_lock(cli: Cli, project: Path) -> None:
    with StateFile(project / ".segctl/state.db").lock("files:target/segctl/audiences"):
        code, _, err = cli("apply")
    assert code == 5 and "Another run" in err


def test_a_run_without_change_writes_nothing(cli: Cli, project: Path) -> None:
    cli("apply")

    def everything() -> dict[str, tuple[int, bytes]]:
        files = [*(project / "target/segctl/audiences").iterdir(), project / ".segctl/state.db"]
        return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = everything()
    code, out, _ = cli("apply")
    assert code == 0 and "Nothing to do" in out
    assert everything() == before


def test_no_address_in_the_state(cli: Cli, project: Path) -> None:
    cli("apply")
    for path in (project / ".segctl").rglob("*"):
        assert not path.is_file() or b"@example." not in path.read_bytes()


def kill_after_batches(child: subprocess.Popen[str], count: int, grace: float) -> bool:
    """SIGKILL once `count` batches are reported; whether the run was still alive then."""
    assert child.stderr is not None
    for line in child.stderr:
        count -= json.loads(line)["event"] == "batch"
        if count == 0:
            time.sleep(grace)
            break
    child.kill()
    child.communicate()
    return child.returncode == -signal.SIGKILL


def test_killed_at_random_moments(project: Path, sql: Sql) -> None:
    dice = random.Random(5)  # noqa: S311
    apply = ["apply", "--log-format=json"]
    for name in ("removals", "emptied", "shrank", "grew", "quality"):
        apply += ["--allow", name]
    assert not process(*apply, cwd=project).wait()
    # A run may be through before the signal arrives, so turns are counted by kills that hit.
    turn = killed = 0
    wanted = times(1, 4)
    while killed < wanted and turn < 20:
        turn += 1
        sql(f"update audience_profiles set first_name = 'turn {turn}'")
        sql("update audience_memberships set entered_on = entered_on + 1")
        child = process(*apply, cwd=project)
        killed += kill_after_batches(child, dice.randint(1, 3), dice.uniform(0, 0.02))
    assert killed == wanted
    child = process(*apply, cwd=project)
    _, err = child.communicate()
    assert child.returncode == 0, err
    wanted = sql("select audience, customer_id from audience_memberships order by all")
    names = {name for (name,) in sql("select segment from segments")}
    assert [(name, key) for name in sorted(names) for key in audience(project, name)] == wanted
    assert f"turn {turn}" in (project / "target/segctl/audiences/profiles.csv").read_text()
    assert process("apply", cwd=project).communicate()[0].startswith("Nothing to do")
