"""Indexes list every page, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parents[3]
DOCS = PROJECT / "docs"
DECISIONS = DOCS / "decisions"
FOLDERS = (DOCS, PROJECT / "models", PROJECT / "seeds", PROJECT / "tests", PROJECT / ".github")

_LISTED = re.compile(r"^(?:\||-) \[[^]]+\]\(([\w.-]+\.md)\)", re.MULTILINE)
_DECISION = re.compile(r"^- \[(\d{4})\]\(([^)]+)\) (.+)$", re.MULTILINE)


def written() -> list[Path]:
    """Every page of the repository."""
    return [*PROJECT.glob("*.md"), *(page for folder in FOLDERS for page in folder.rglob("*.md"))]


def test_the_index_lists_every_page_once() -> None:
    listed = _LISTED.findall((DOCS / "README.md").read_text(encoding="utf-8"))
    pages = [page.name for page in DOCS.glob("*.md") if page.name != "README.md"]
    assert sorted(listed) == sorted(pages), "docs/README.md lists each page of docs/ once"


def test_the_index_lists_every_decision_by_its_title() -> None:
    listed = _DECISION.findall((DECISIONS / "README.md").read_text(encoding="utf-8"))
    decisions = [
        (page.name[:4], page.name, page.read_text(encoding="utf-8").splitlines()[0][2:])
        for page in sorted(DECISIONS.glob("*.md"))
        if page.name != "README.md"
    ]
    assert listed == decisions, "docs/decisions/README.md has a line per decision, in order"


def test_numbers_of_decisions_are_given_once() -> None:
    numbers = [page.name[:4] for page in DECISIONS.glob("*.md") if page.name != "README.md"]
    assert sorted(numbers) == sorted(set(numbers))


def test_links_lead_somewhere() -> None:
    for page in written():
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            name, _, heading = link.partition("#")
            if "://" in link:
                continue
            target = page.parent / name if name else page
            assert target.exists(), f"{page.relative_to(PROJECT)}: {link}"
            if heading:
                assert heading in headings(target), f"{page.relative_to(PROJECT)}: {link}"


def headings(page: Path) -> set[str]:
    """What links call the page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
