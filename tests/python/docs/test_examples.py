"""What pages show without running it is well formed, and what they list is complete."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from segctl import errors
from segctl.config import SETTINGS, Config
from segctl.destinations.registry import TOOLS
from segctl.destinations.webhook.destination import sign
from segctl.sync.guards import GUARDS

PROJECT = Path(__file__).parents[3]
DOCS = PROJECT / "docs"
SOURCE = PROJECT / "scripts" / "segctl"
PAGES = ["../README.md", *sorted(page.name for page in DOCS.glob("*.md"))]
NOT_ABOUT_SYNCS = {"scaffold", "rules", "explain", "demo_data", "suites"}

_BLOCK = re.compile(r"^( *)```(\w+).*?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CRON = re.compile(r"(?:[\d*/,-]+ ){5}\S.*|[A-Z_]+=\S+")
_FIRST_CELL = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
_ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.SegctlError)
}


def blocks(page: str, language: str) -> Iterator[str]:
    """The page's code in a language."""
    for indent, found, text in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        if found == language:
            yield re.sub(f"^{indent}", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_examples_are_well_formed(page: str) -> None:
    for text in blocks(page, "python"):
        ast.parse(text)
    for text in blocks(page, "json"):
        json.loads(text)
    for text in blocks(page, "cron"):
        for line in text.splitlines():
            assert _CRON.fullmatch(line), line
    for text in blocks(page, "yaml"):
        content = yaml.safe_load(text)
        if "destinations" in content and page != "sync-troubleshooting.md":
            TypeAdapter(Config).validate_python(content)


def test_a_receiver_that_verifies_as_the_page_says_knows_our_requests() -> None:
    names: dict[str, Any] = {}
    (example,) = blocks("destinations.md", "python")
    exec(example, names)  # noqa: S102
    is_genuine: Callable[[str, dict[str, str], bytes], bool] = names["is_genuine"]
    body, now = b'{"id":"1"}', int(time.time())

    def signed(at: int, secret: bytes = b"secret") -> dict[str, str]:
        signature = sign(secret, str(at), body)
        return {"Segctl-Timestamp": str(at), "Segctl-Signature": signature}

    assert is_genuine("secret", signed(now), body)
    assert not is_genuine("secret", signed(now), b'{"id":"2"}')
    assert not is_genuine("secret", signed(now, b"another"), body)
    assert not is_genuine("secret", signed(now - 400), body)


def test_the_destinations_page_has_a_section_per_tool_with_all_its_settings() -> None:
    page = (DOCS / "destinations.md").read_text(encoding="utf-8")
    assert sorted(TOOLS) == sorted(title.lower() for title in re.findall("^## (.+)", page, re.M))
    shared = (DOCS / "sync-audiences.md").read_text(encoding="utf-8")
    for settings in SETTINGS:
        for key in settings.model_fields:
            if key != "base_url":
                assert re.search(rf"`{key}`|^ +{key}:", page + shared, re.MULTILINE), key


def test_the_page_on_audiences_has_every_guard() -> None:
    page = (DOCS / "sync-audiences.md").read_text(encoding="utf-8")
    assert set(GUARDS) <= set(_FIRST_CELL.findall(page))


def test_the_troubleshooting_page_has_every_message() -> None:
    """Words in capitals on the page stand for what differs."""
    page = (DOCS / "sync-troubleshooting.md").read_text(encoding="utf-8")
    listed = set(_FIRST_CELL.findall(page))
    patterns = dict(_messages())
    unknown = [
        f"{place}: {form}"
        for place, form in patterns.items()
        if not any(re.fullmatch(form, message) for message in listed)
    ]
    assert not unknown, "\n".join(unknown)


def _messages() -> Iterator[tuple[str, str]]:
    """Place -> regular expression, of every message that a sync may end with."""
    for path in sorted(SOURCE.rglob("*.py")):
        if NOT_ABOUT_SYNCS & {path.stem, *path.relative_to(SOURCE).parts}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            if ast.unparse(node.func) in (_ERRORS | {"NotAllowed"}):
                form = _form_of(node.args[0])
                if form is not None:
                    yield f"{path.name}:{node.lineno}", form


def _form_of(message: ast.expr) -> str | None:
    """The message with anything where it has values; None if it comes from elsewhere."""
    if isinstance(message, ast.Constant):
        return re.escape(str(message.value))
    if isinstance(message, ast.JoinedStr):
        parts = (
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
            for part in message.values
        )
        return "".join(parts)
    return None
