"""Every how-to page works as written.

A page is a story: blocks with a title are files to write, `console` blocks are commands with lines
that have to appear in their output. Pages start in a copy of this project with demo data, built
once; `connect-your-tables.md` starts in an empty folder beside it. Tools that a page's `sync.yml`
names are fake ones: the test puts their address into the file, and their key where the file looks
for it. Examples that are only to be read, and tables of facts, are looked at in `test_examples`.
"""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes import TOOLS, fake_of
from made_once import made_once

from segctl.demo_data import generate

PROJECT = Path(__file__).parents[3]
DOCS = PROJECT / "docs"
PAGES = sorted(page.name for page in DOCS.glob("*.md") if page.name != "README.md")
FIRST_PAGES = {"connect-your-tables.md", "add-a-segment.md"}
LONG_PAGES = {"destinations.md": "sends everything to six tools"}
FROM_NOTHING = {"connect-your-tables.md"}
KEYS = ("api_key", "access_token", "secret")
EXPECTED_EXIT = re.compile(r"#.*exits with (\d+)")

_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class File:
    """A file that the reader writes."""

    path: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command that the reader types, and lines that it prints."""

    text: str
    prints: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0, unless the command's comment says otherwise."""
        expected = EXPECTED_EXIT.search(self.text)
        return int(expected.group(1)) if expected else 0


def steps(page: str) -> list[File | Command]:
    """The blocks of a page, in order."""
    found: list[File | Command] = []
    for language, title, text in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        if title:
            found.append(File(title, text))
        elif language == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, *prints = part.strip().splitlines()
                found.append(Command(command, tuple(prints)))
    return found


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with demo data, built."""
    return made_once(tmp_path_factory, "pages", make_project)


def make_project(folder: Path) -> None:
    for name in ("models", "macros", "seeds", "analyses", "tests/dbt"):
        shutil.copytree(PROJECT / name, folder / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, folder / name)
    generate(folder / "data" / "demo", 2000, 42)
    run(Command("dbt build", ()), folder)


class Tools:
    """The email tools that a page talks to, faked, and the keys to them."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self._running: dict[str, Any] = {}

    def redirect(self, sync_file: str) -> str:
        """The page's sync.yml as it is, but with the fakes' addresses."""
        content = yaml.safe_load(sync_file)
        destinations = (content or {}).get("destinations", {}).values()
        faked = [settings for settings in destinations if settings["type"] in TOOLS]
        for settings in faked:
            fake = self._running_fake(settings["type"])
            for name, reference in _references(settings):
                self.environment[reference] = fake.key if name in KEYS else "a secret"
            ours = fake.settings().items()
            settings.update({name: value for name, value in ours if name not in ("type", *KEYS)})
        return yaml.safe_dump(content, sort_keys=False) if faked else sync_file

    def _running_fake(self, kind: str) -> Any:
        if kind not in self._running:
            self._running[kind] = fake_of(kind)()
            self._running[kind].start()
        return self._running[kind]

    def stop(self) -> list[str]:
        """Let go of the fakes; returns what no correct client would have asked."""
        for fake in self._running.values():
            fake.stop()
        return [problem for fake in self._running.values() for problem in fake.violations]


def _references(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Key of the settings -> environment variable that it points to."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _references(value)
        elif isinstance(value, str) and value.startswith("env:"):
            yield name, value.removeprefix("env:")


@pytest.fixture
def tools() -> Iterator[Tools]:
    """Fakes, started when a page needs them."""
    found = Tools()
    yield found
    assert not found.stop()


def run(command: Command, folder: Path, environment: Mapping[str, str] | None = None) -> None:
    """Type a command; what it prints has to contain the lines that the page shows."""
    words = shlex.split(command.text, comments=True)
    environment = {
        **os.environ,
        **(environment or {}),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "DBT_EXCLUDE_RESOURCE_TYPES": "test unit_test",  # they have a run of their own
        "COLUMNS": "160",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == command.exit_code, f"$ {command.text}\n{done.stdout}"
    output = " ".join(done.stdout.split())
    for line in command.prints:
        assert " ".join(line.split()) in output, f"{line!r} missing:\n$ {command.text}\n{output}"


def pages() -> Iterator[Any]:
    """All pages; in the base tier those that are quick, and what everybody does first."""
    for page in PAGES:
        builds = sum(
            step.text.startswith("dbt build") for step in steps(page) if isinstance(step, Command)
        )
        why = f"{builds} builds" if builds and page not in FIRST_PAGES else LONG_PAGES.get(page)
        yield pytest.param(page, marks=pytest.mark.full(why) if why else ())


@pytest.mark.parametrize("page", list(pages()))
def test_page_works_as_written(page: str, built: Path, tmp_path: Path, tools: Tools) -> None:
    shutil.copytree(built, tmp_path / "segmentation")
    folder = tmp_path / ("mine" if page in FROM_NOTHING else "segmentation")
    folder.mkdir(exist_ok=True)
    found = steps(page)
    assert any(isinstance(step, Command) for step in found), f"{page} shows no command"
    for step in found:
        if isinstance(step, File):
            target = folder / step.path
            target.parent.mkdir(parents=True, exist_ok=True)
            redirected = tools.redirect(step.text) if step.path == "sync.yml" else step.text
            target.write_text(redirected, encoding="utf-8")
        else:
            run(step, folder, tools.environment)


def test_the_catalogue_page_says_of_every_shipped_segment_what_its_rule_says() -> None:
    with (PROJECT / "seeds/rules/segment_thresholds.csv").open(newline="") as seed:
        thresholds = {(row["segment"], row["threshold"]): row for row in csv.DictReader(seed)}

    def number(rule: str, place: re.Match[str]) -> str:
        other, _, threshold = place[1].rpartition(".")
        row = thresholds[other or rule, threshold]
        share = row["unit"] == "share"
        return f"{float(row['setting']) * (100 if share else 1):g}" + (" %" if share else "")

    said = {}
    for file in (PROJECT / "models/segments/rules").glob("*/_*__models.yml"):
        for model in yaml.safe_load(file.read_text())["models"]:
            rule = model["name"].removeprefix("segment_")
            words = " ".join(model["description"].split())
            said[rule] = re.sub(r"\{([a-z0-9_.]+)\}", partial(number, rule), words)
    page = (DOCS / "segment-catalogue.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`(?: \(family\))? \| (.*) \|$", page, re.MULTILINE)
    assert len(rows) == len(said)
    assert dict(rows) == said
