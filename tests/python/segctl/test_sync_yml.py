"""Destinations of sync.yml on the command line, against fake tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from fakes.brevo import FakeBrevo
from fakes.klaviyo import FakeKlaviyo

from segctl.commands.wiring import Setup, SyncOptions
from segctl.sync import engine
from segctl.warehouse.project import Project, ProjectOptions

Cli = Callable[..., tuple[int, str, str]]
Sql = Callable[[str], list]

KEY = "pk_planted_0123456789abcdef"
CONFIG = """\
destinations:
  news:
    type: klaviyo
    api_key: env:NEWS_KEY
    base_url: {url}
    audiences: [loyal_buyers, everyone]
    attributes: [first_name, country, orders]
"""


@pytest.fixture
def klaviyo(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKlaviyo]:
    """A fake Klaviyo, and a sync.yml that sends two audiences there."""
    monkeypatch.setattr(engine, "_FIRST_PAUSE", 0.001)
    with FakeKlaviyo() as fake:
        fake.key = KEY
        monkeypatch.setenv("NEWS_KEY", KEY)
        configure(project, CONFIG.format(url=fake.url))
        yield fake


def configure(project: Path, text: str) -> None:
    (project / "sync.yml").write_text(text)


def test_plan_apply_verify_status(cli: Cli, klaviyo: FakeKlaviyo, sql: Sql, project: Path) -> None:
    code, out, _ = cli("plan")
    assert code == 0 and "klaviyo:news" in out and "loyal_buyers" in out and "country_at" not in out
    assert klaviyo.writes() == []
    code, out, _ = cli("apply", "target/segctl/plan.json")
    assert code == 0, out
    lists = klaviyo.snapshot()
    wanted = sql("select email from audience_memberships where audience = 'everyone'")
    assert lists["Everyone"] == {email for (email,) in wanted}
    assert klaviyo.profile("ada@example.com") == {
        "first_name": "Ada",
        "location.country": "GB",
        "orders": 12,
    }
    assert cli("verify")[0] == 0
    klaviyo.kick("Everyone", "ada@example.com")
    code, out, _ = cli("verify", "--repair")
    assert code == 3 and "1" in out
    assert cli("apply")[0] == 0 and "ada@example.com" in klaviyo.snapshot()["Everyone"]
    code, out, _ = cli("status")
    assert code == 0 and "Drift" in out and "finished" in out
    runs = duckdb.sql(f"from '{project}/target/segctl/tables/sync_runs.parquet'").fetchall()
    assert len(runs) == 2


def test_a_rejected_record_is_told_and_can_be_retried(cli: Cli, klaviyo: FakeKlaviyo) -> None:
    klaviyo.invalid.add("bob@example.com")
    code, out, err = cli("apply")
    assert code == 3 and "1 records were rejected" in out and "bob@" not in out + err
    code, out, _ = cli("status")
    assert "Rejected records" in out
    klaviyo.invalid.clear()
    assert "Nothing to do" in cli("apply")[1]
    code, out, _ = cli("retry")
    assert code == 0 and "1 records" in out
    code, _, _ = cli("apply")
    assert code == 0 and "bob@example.com" in klaviyo.snapshot()["Everyone"]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda fake: fake.revoke_key(), 1, "does not accept the key"),
        (lambda fake: fake.drop_scope("lists:read"), 1, "scope"),
        (lambda fake: fake.pause_account(), 1, "Klaviyo"),
        (lambda fake: fake.delete_list("Everyone"), 4, "--allow deleted"),
    ],
)
def test_what_is_wrong_at_the_tool(
    cli: Cli,
    klaviyo: FakeKlaviyo,
    sql: Sql,
    change: Callable[[FakeKlaviyo], None],
    code: int,
    says: str,
) -> None:
    cli("apply")
    sql("update audience_profiles set country = 'FR' where customer_id = 'c002'")
    change(klaviyo)
    writes = len(klaviyo.writes())
    found, out, err = cli("apply")
    assert found == code and says in err and KEY not in out + err
    assert len(klaviyo.writes()) == writes, "nothing is half done"


def test_an_audience_that_vanished(cli: Cli, klaviyo: FakeKlaviyo, sql: Sql) -> None:
    cli("apply")
    sql("delete from audience_memberships where audience = 'loyal_buyers'")
    sql("delete from segments where segment = 'loyal_buyers'")
    before = klaviyo.snapshot()
    code, _, err = cli("apply")
    assert code == 4 and "loyal_buyers: no longer a segment" in err and "--allow vanished" in err
    assert klaviyo.snapshot() == before
    code, _, err = cli("apply", "--allow", "vanished")
    assert code == 0, err
    assert klaviyo.snapshot()["Loyal buyers"] == set()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "destinations:\n  news:\n    type: klavio\n",
            "line 3, destinations.news.type: it has to be",
        ),
        ("destinations:\n  news: {api_key: env:X}\n", "it has to be one of"),
        (
            CONFIG + "    audience: [x]\n",
            "line 8, destinations.news.audience: there is no such key",
        ),
        (CONFIG + "    guards: {removal_share: 7}\n", "destinations.news.guards.removal_share"),
        (CONFIG + "    attributes: [orders]\n", "line 8: the key attributes is there twice"),
        (CONFIG.replace("env:NEWS_KEY", KEY), "line 4, destinations.news.api_key: must say where"),
        (CONFIG.replace("everyone", "every_one"), "there is no segment every_one"),
        (CONFIG.replace("country", "contry"), "contry"),
        (CONFIG.replace("    api_key: env:NEWS_KEY\n", ""), "api_key: the key is missing"),
        (CONFIG.replace("env:NEWS_KEY", "env:NOT_SET"), "NOT_SET is not set"),
        (CONFIG.replace("env:NEWS_KEY", "file:/nowhere/key"), "/nowhere/key cannot be read"),
        (CONFIG.replace("news:", "News!:"), "name consists of"),
        (
            CONFIG.replace("[loyal_buyers, everyone]", "{everyone: , no_one: {title: everyone}}"),
            "both",
        ),
        ("destinations: [", "is not YAML"),
        ("", "is empty"),
        ("state: mysql://x/y\n" + CONFIG, "cannot be kept in mysql"),
    ],
)
def test_faults_in_sync_yml_are_told_with_line_and_key(
    cli: Cli, klaviyo: FakeKlaviyo, project: Path, text: str, says: str
) -> None:
    configure(project, text.replace("{url}", klaviyo.url))
    code, out, err = cli("plan")
    assert code == 1 and says in " ".join(err.split()), err
    assert KEY not in out + err and "Traceback" not in err


def test_near_misses_are_suggested(cli: Cli, klaviyo: FakeKlaviyo, project: Path) -> None:
    configure(project, CONFIG.format(url=klaviyo.url).replace("everyone", "everyon"))
    assert "Did you mean everyone?" in cli("plan")[2]
    configure(project, CONFIG.format(url=klaviyo.url) + "    atributes: [orders]\n")
    assert "Did you mean attributes?" in cli("plan")[2]


def test_the_other_destinations_are_served_when_one_fails(
    cli: Cli, klaviyo: FakeKlaviyo, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeBrevo() as brevo:
        monkeypatch.setenv("SHOP_KEY", brevo.key)
        more = (
            "  shop:\n    type: brevo\n    api_key: env:SHOP_KEY\n"
            f"    base_url: {brevo.settings()['base_url']}\n"
            "    audiences: [everyone]\n    attributes: [first_name]\n"
            "  files:\n    type: files\n    path: out\n"
        )
        configure(project, CONFIG.format(url=klaviyo.url) + more)
        klaviyo.revoke_key()
        code, out, err = cli("apply")
        assert code == 1 and "news: Klaviyo does not accept the key" in err
        assert "brevo:shop" in out, err
        assert "ada@example.com" in brevo.snapshot()["Everyone"]
        assert (project / "out" / "everyone.csv").exists()
        code, out, _ = cli("plan", "-d", "shop", "--format", "json")
        assert [plan["destination"] for plan in json.loads(out)["plans"]] == ["brevo:shop"]
        code, _, err = cli("plan", "-d", "nowhere")
        assert code == 1 and "It has: news, shop, files." in err


def test_one_run_at_a_time(cli: Cli, klaviyo: FakeKlaviyo, project: Path) -> None:
    from segctl.state import StateFile

    with StateFile(project / ".segctl/state.db").lock("klaviyo:news"):
        assert cli("apply")[0] == 5


def test_a_long_pause_is_remembered(cli: Cli, klaviyo: FakeKlaviyo) -> None:
    klaviyo.faults.retry_after = 4000
    klaviyo.faults.script.append("429")
    code, _, err = cli("apply")
    assert code == 1 and "to be resumed at" in err
    requests = len(klaviyo.requests)
    code, _, err = cli("apply")
    assert code == 1 and "asked to be left alone until" in err
    assert len(klaviyo.requests) == requests
    assert "To be asked again" in cli("status")[1]


def test_the_rights_of_a_person(cli: Cli, klaviyo: FakeKlaviyo, project: Path) -> None:
    cli("apply")
    code, out, _ = cli("export-person", "ada@example.com", "--out", "ada.json")
    held = json.loads((project / "ada.json").read_text())
    assert code == 0 and (project / "ada.json").stat().st_mode & 0o777 == 0o600
    assert held["warehouse"]["audience_profiles"][0]["first_name"] == "Ada"
    assert held["tools"]["news"] and {row["audience"] for row in held["sent"]} == {
        "profiles",
        "everyone",
        "loyal_buyers",
    }
    code, out, err = cli("erase", "ada@example.com", "nobody@example.com")
    assert code == 0 and "requested" in out and "ada@" not in out + err
    klaviyo.finish_deletions()
    assert cli("apply", "--allow", "removals")[0] == 0
    assert klaviyo.profile("ada@example.com") is None
    code, out, _ = cli("audit", "--person", "ada@example.com")
    assert "~erased:" in out and "ada@" not in out
    code, out, _ = cli("audit", "--out", "trail.csv")
    assert code == 0 and "ada@" not in (project / "trail.csv").read_text()
    assert cli("erase", "not-an-address")[0] == 1
    assert "1 of 1" in cli("erase", "--lift", "ada@example.com")[1]


def test_no_secret_and_no_address_in_any_output_or_file(
    cli: Cli, klaviyo: FakeKlaviyo, project: Path, sql: Sql
) -> None:
    """The tool quotes addresses in its errors, and the key is planted; neither may come through."""
    klaviyo.invalid.add("bob@example.com")
    klaviyo.poison.add("cy@example.com")
    klaviyo.faults.script.extend(["ok"] * 6 + ["500", "lost", "html", "half", "429"])
    said = ""
    for arguments in (
        ["plan"],
        ["plan", "--format", "json"],
        ["apply", "--log-format", "json"],
        ["apply", "--format", "json"],
        ["verify", "--format", "json"],
        ["status"],
        ["status", "--format", "json"],
        ["audit"],
        ["erase", "dora@example.com"],
        ["apply", "--allow", "removals"],
    ):
        _, out, err = cli(*arguments)
        said += out + err
    klaviyo.revoke_key()
    sql("update audience_profiles set country = 'FR'")
    said += "".join(map(str, cli("apply")))
    emails = [email for (email,) in sql("select email from audience_profiles")]
    files = [
        path
        for folder in (".segctl", "target/segctl")
        for path in (project / folder).rglob("*")
        if path.is_file() and "dbt" not in path.parts
    ]
    assert len(files) > 4
    for secret in (KEY, *emails):
        assert secret not in said, f"{secret} was printed"
        for path in files:
            assert secret.encode() not in path.read_bytes(), f"{secret} is in {path.name}"


def test_destinations_of_one_key_share_one_budget(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests of one count for the other, also those that were made today; other keys do not."""
    for name in ("NEWS_KEY", "OTHER_KEY"):
        monkeypatch.setenv(name, KEY)
    kinds = {"news": "NEWS_KEY", "promo": "NEWS_KEY", "other": "OTHER_KEY"}
    one = "  {}:\n    type: brevo\n    api_key: env:{}\n    limits: {{requests_per_day: 1000}}\n"
    configure(project, "destinations:\n" + "".join(one.format(*pair) for pair in kinds.items()))
    setup = Setup(Project(ProjectOptions(project)), SyncOptions())
    with setup.store.open() as state:
        for name, requests in (("news", 700), ("other", 5)):
            plan = {"operations": 0}
            run = state.begin_run(f"brevo:{name}", plan)
            state.finish_run(run, "finished", requests=requests)
    lines = {made.name: made.limiter for made in setup.destinations()}  # type: ignore[attr-defined]
    assert {name: line._used_today for name, line in lines.items()} == {
        "news": 700,
        "promo": 700,
        "other": 5,
    }
    windows = {name: lines[name]._windows["contacts"] for name in lines}
    now = lines["news"]._clock()
    for _ in range(10_000):
        for window in windows["news"]:
            window.take(now)
    assert all(window.earliest(now) > now for window in windows["promo"])
    assert all(window.earliest(now) == now for window in windows["other"])
