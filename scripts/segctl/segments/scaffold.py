"""A segment to start from, for `segctl new`: its rule, what people see of it, and a test."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from segctl.errors import SegctlError
from segctl.warehouse.project import PACKAGE, RULE_PREFIX, Project

VAR = "segmentation_custom_segments"
# The longest name that leaves room for the test's own within PostgreSQL's 63 characters.
LONGEST_NAME = 40

_RULE = """\
with features as (
    select * from {{ ref('customer_features') }}
)

-- Conditions joined by `and`, one a line: `segctl explain` shows each with a person's own values.
select customer_id
from features
where
    orders >= 1
    and days_since_last_order <= 90
"""
_FAMILY_RULE = """\
with features as (
    select * from {{ ref('customer_features') }}
)

-- Each variant becomes a segment. Conditions joined by `and`, one a line, for `segctl explain`.
select
    customer_id,
    country as variant
from features
where
    country is not null
    and days_since_last_order <= 90
"""
_TEST_ROWS = """\
          customer_id,orders,days_since_last_order
          bought lately,1,90
          bought long ago,1,91
          never bought,0,
"""
_FAMILY_TEST_ROWS = """\
          customer_id,country,days_since_last_order
          bought lately,AT,90
          bought long ago,AT,91
          from nowhere,,1
"""


@dataclass(frozen=True)
class NewSegment:
    """What the user says about the segment."""

    name: str
    title: str = ""
    kind: str = "custom"
    owner: str = "marketing"
    purpose: str = "marketing"
    is_family: bool = False


@dataclass(frozen=True)
class Written:
    """What was written, relative to the project."""

    rule: str
    description: str
    is_switched_on: bool


def write_segment(project: Project, segment: NewSegment) -> Written:
    """Write the segment's files into the project and, where that is safe, switch it on."""
    check_name(project, segment.name)
    root = project.options.project_dir
    settings_file = root / "dbt_project.yml"
    settings = yaml.safe_load(settings_file.read_text(encoding="utf-8")) or {}
    folder = root / (settings.get("model-paths") or ["models"])[0] / "segments"
    if settings.get("name") == PACKAGE:
        folder /= "rules"
    files = {
        folder / f"{RULE_PREFIX}{segment.name}.sql": _FAMILY_RULE if segment.is_family else _RULE,
        folder / f"_{segment.name}.yml": properties(segment),
    }
    for file in files:
        if file.exists():
            raise SegctlError(
                f"{file.relative_to(root)} exists already.",
                "Choose another name, or edit the file.",
            )
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
    rule, description = (str(file.relative_to(root)) for file in files)
    return Written(rule, description, switch_on(settings_file, segment.name))


def check_name(project: Project, name: str) -> None:
    """Refuse names that the warehouse or the project would not take."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > LONGEST_NAME:
        raise SegctlError(
            f"{name!r} cannot be the name of a segment.",
            f"Up to {LONGEST_NAME} characters a-z, 0-9 and single underscores, beginning with a "
            "letter, such as big_spenders. Titles for people may be anything (--title).",
        )
    taken = project.models.get(RULE_PREFIX + name)
    if taken is not None:
        what = "is a segment" if "kind" in taken.meta else "is a model"
        raise SegctlError(
            f"{RULE_PREFIX}{name} {what} of the package {taken.package} already.",
            "Choose another name.",
        )
    for family, rule in project.rules().items():
        if rule.is_family and name.startswith(f"{family}_"):
            raise SegctlError(
                f"{name} could be a variant of the family {family}, which makes segments of such "
                "names.",
                "Choose another name.",
            )


def properties(segment: NewSegment) -> str:
    """The YAML beside the rule."""
    title = segment.title or segment.name.replace("_", " ").capitalize()
    meta: dict[str, Any] = {
        "title": title,
        "owner": segment.owner,
        "kind": segment.kind,
        "purpose": segment.purpose,
    }
    if segment.is_family:
        meta["family"] = True
    shown = yaml.safe_dump(
        meta, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000
    ).strip()
    who = "Customers who bought within the last 90 days"
    member = "customer_id: bought lately"
    if segment.is_family:
        who, member = who + ", by country", member + ", variant: AT"
    return (
        "version: 2\n\n"
        "models:\n"
        f"  - name: {RULE_PREFIX}{segment.name}\n"
        f"    description: {who}.\n"
        f"    config: {{meta: {shown}}}\n\n"
        "unit_tests:\n"
        f"  - name: {segment.name}_finds_its_members\n"
        f"    model: {RULE_PREFIX}{segment.name}\n"
        "    given:\n"
        "      - input: ref('customer_features')\n"
        "        format: csv\n"
        "        rows: |\n"
        f"{_FAMILY_TEST_ROWS if segment.is_family else _TEST_ROWS}"
        "    expect:\n"
        f"      rows: [{{{member}}}]\n"
    )


def switch_on(settings_file: Path, name: str) -> bool:
    """Add the name to the var in dbt_project.yml, comments and layout kept.

    The text is edited, then read as YAML again: unless it says exactly what it said before plus the
    name, nothing is written and the user is told to add it.
    """
    before = settings_file.read_text(encoding="utf-8")
    after = _with_name(before, name)
    if after is None:
        return False
    try:
        found = yaml.safe_load(after)
    except yaml.YAMLError:
        return False
    if found not in _expected(yaml.safe_load(before), name):
        return False
    settings_file.write_text(after, encoding="utf-8")
    return True


def _with_name(text: str, name: str) -> str | None:
    """The text with the name at the end of the list, for the two usual ways to write a list."""
    inline = re.compile(rf"^(\s+{VAR}:[ \t]*\[)([^\[\]#\n]*)(\].*)$", re.MULTILINE)
    below = re.compile(
        rf"^(\s+{VAR}:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*)((?:[ \t]+- .*\n?)+)", re.M
    )
    if len(inline.findall(text)) == 1:
        return inline.sub(
            lambda found: (
                f"{found[1]}{found[2].rstrip()}{', ' if found[2].strip() else ''}{name}{found[3]}"
            ),
            text,
        )
    if len(below.findall(text)) == 1:

        def append(found: re.Match[str]) -> str:
            items = found[2] if found[2].endswith("\n") else found[2] + "\n"
            indent = items[: len(items) - len(items.lstrip())]
            return f"{found[1]}{items}{indent}- {name}\n"

        return below.sub(append, text)
    return None


def _expected(settings: Any, name: str) -> list[Any]:
    """The settings with the name added, wherever dbt looks for the var."""
    results = []
    for keys in (["vars"], ["vars", str(settings.get("name"))]):
        changed = copy.deepcopy(settings)
        scope: Any = changed
        for key in keys:
            scope = scope.get(key) if isinstance(scope, dict) else None
        if isinstance(scope, dict) and isinstance(scope.get(VAR), list):
            scope[VAR].append(name)
            results.append(changed)
    return results
