"""`new` writes a segment that works as it is, and touches nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import ENVIRONMENT

from segctl.segments.scaffold import NewSegment, properties, switch_on

Cli = Callable[..., tuple[int, str, str]]


def test_rule_yaml_and_test_of_a_segment(cli: Cli, project: Path) -> None:
    code, out, _ = cli("new", "big_spenders", "--kind", "value", "--title", "Big: spenders")
    assert code == 0
    assert "models/segments/rules/segment_big_spenders.sql" in out
    assert "segmentation_custom_segments: [big_spenders]" in out  # the fixture has no such var
    written = yaml.safe_load((project / "models/segments/rules/_big_spenders.yml").read_text())
    (model,), (test,) = written["models"], written["unit_tests"]
    assert model["name"] == test["model"] == "segment_big_spenders"
    assert model["config"]["meta"] == {
        "title": "Big: spenders",
        "owner": "marketing",
        "kind": "value",
        "purpose": "marketing",
    }


@pytest.mark.parametrize("options", [[], ["--family"]], ids=["single", "family"])
def test_what_is_written_builds_and_passes_its_test(
    cli: Cli, project: Path, options: list[str]
) -> None:
    assert cli("new", "lately", *options)[0] == 0
    dbt = Path(sys.executable).with_name("dbt")
    ran = subprocess.run(
        [dbt, "build", "--select", "customer_features", "segment_lately"],
        cwd=project,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "PASS segment_lately::lately_finds_its_members" in ran.stdout


def test_in_a_project_that_installs_the_package(cli: Cli, project: Path) -> None:
    settings = project / "dbt_project.yml"
    text = settings.read_text().replace("name: segmentation", "name: my_shop")
    text = text.replace("model-paths: [models]", "model-paths: [models, more]")
    settings.write_text(text.replace("  segmentation:\n", "  my_shop:\n"))
    code, out, _ = cli("new", "big_spenders", "--format", "json")
    assert code == 0
    assert json.loads(out) == {
        "rule": "models/segments/segment_big_spenders.sql",
        "description": "models/segments/_big_spenders.yml",
        "is_switched_on": False,
    }


@pytest.mark.parametrize(
    "name", ["Big", "1st", "big spenders", "über", "a__b", "_a", "a_", "a" * 41, "../x", "a;b", ""]
)
def test_names_that_cannot_be(cli: Cli, project: Path, name: str) -> None:
    code, _, err = cli("new", name)
    assert code == 1 and "cannot be the name of a segment" in err and "big_spenders" in err
    assert not (project / "models/segments").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("loyal_buyers", "is a segment of the package segmentation already"),
        ("members", "is a model of the package segmentation already"),
        ("country_lovers", "could be a variant of the family country"),
    ],
)
def test_names_that_are_taken(cli: Cli, project: Path, name: str, message: str) -> None:
    code, _, err = cli("new", name)
    assert code == 1 and message in " ".join(err.split())
    assert not (project / "models/segments").exists()


def test_existing_files_are_left_alone(cli: Cli, project: Path) -> None:
    mine = project / "models/segments/rules/_lately.yml"
    mine.parent.mkdir(parents=True)
    mine.write_text("version: 2\n")
    code, _, err = cli("new", "lately")
    assert code == 1 and "exists already" in err
    assert mine.read_text() == "version: 2\n"
    assert not mine.with_name("segment_lately.sql").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  segmentation_custom_segments: []", "  segmentation_custom_segments: [new]"),
        (
            "  segmentation_custom_segments: [a, b]  # ours",
            "  segmentation_custom_segments: [a, b, new]  # ours",
        ),
        (
            "  segmentation_custom_segments:  # ours\n    - a  # first\n    - b\n  b: 1",
            "  segmentation_custom_segments:  # ours\n    - a  # first\n    - b\n    - new\n  b: 1",
        ),
        (
            "  shop:\n    segmentation_custom_segments: [a]",
            "  shop:\n    segmentation_custom_segments: [a, new]",
        ),
        # Beyond what is edited safely: the user is told to add the line.
        ("  other: 1", None),
        ("  segmentation_custom_segments: null", None),
        ("  segmentation_custom_segments: [a,\n    b]", None),
        ("  segmentation_custom_segments: ['[a]']", None),
        ("  far:\n    away:\n      segmentation_custom_segments: [a]", None),
        ("  segmentation_custom_segments: [a]\n  b: |\n    segmentation_custom_segments: []", None),
    ],
)
def test_switched_on_without_touching_anything_else(
    before: str, after: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "dbt_project.yml"
    frame = "# Mine.\nname: shop\nvars:\n{}\n\nmodels: {{}}  # none\n"
    file.write_text(frame.format(before))
    assert switch_on(file, "new") == (after is not None)
    assert file.read_text() == frame.format(after if after is not None else before)


@pytest.mark.parametrize("title", ["Yes", "A: b # c", 'Says "hi"', "Prost 🥂", "{x}", "- y"])
def test_any_title_survives_yaml(title: str) -> None:
    text = properties(NewSegment("a", title=title, is_family=True))
    (model,) = yaml.safe_load(text)["models"]
    assert model["config"]["meta"]["title"] == title
