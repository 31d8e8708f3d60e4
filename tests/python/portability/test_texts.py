"""Ids and addresses are cleaned and folded the same on every engine, and as the rule says."""

# ruff: noqa: RUF001
from __future__ import annotations

import json
import string
import unicodedata
from collections.abc import Iterator, Sequence

import pytest
from portability.builds import running
from portability.engine import Engine

BLANKS = "\u0085\u00a0\u1680\u2000\u2002\u2003\u2009\u200a\u2028\u202f\u205f\u3000\t\r\n"
UNSEEN = "\u00ad\u061c\u180e\u200b\u200d\u200e\u202a\u2060\ufeff"
CAPITALS = "ABCXYZÀÉÎÕÜÝÞĀĐĞİĲŁŃŐŒŘŞŤŰŸŽΆΈΑΒΣΩΫЀЁЯЖѢҐҾẞ"
TEXTS = [
    *("ann@example.org", "Ann", " Ann ", "", " ", "a b", "007", "-", "0.0", "N/A", "null", "D-1"),
    *(unicodedata.normalize(form, "JOSÉ Ångström ﬁ é́ ế") for form in ("NFC", "NFD", "NFKC")),
    *(f"{mark}x{mark}y{mark}" for mark in BLANKS + UNSEEN),
    *CAPITALS,
    *CAPITALS.lower(),
    *("straße", "ΟΔΟΣ", "I\u0307", "日本", "👩‍👩‍👧", "ı", "K", "٠", "０"),
]
PLACEHOLDERS = ("-", "0.0", "N/A", "null")


def cleaned(text: str) -> str | None:
    """The rule of clean_text."""
    text = "".join(letter for letter in unicodedata.normalize("NFC", text) if letter not in UNSEEN)
    return "".join(" " if letter in BLANKS else letter for letter in text).strip(" ") or None


def folded(text: str | None) -> str | None:
    """The rule of folded: one small letter for one capital, of some alphabets."""
    if text is None:
        return None
    table = {letter: letter.lower() for letter in CAPITALS + "ÅΟΔ" + string.ascii_uppercase}
    return text.translate(str.maketrans(table | {"İ": "i"}))


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Engine]]:
    with running(["duckdb", "postgres"], tmp_path_factory.mktemp("texts")) as started:
        yield started


def shown(engine: Engine) -> dict[int, tuple[str | None, str | None, bool]]:
    """What the engine makes of each text. Texts travel as code points, so that nothing on the
    way touches them."""
    values = [" || ".join(f"chr({ord(letter)})" for letter in text) or "''" for text in TEXTS]
    rows = "\nunion all\n".join(
        f"select {number} as n, {value} as value" for number, value in enumerate(values)
    )
    query = f"""
        select n, clean, {{{{ segmentation.folded('clean') }}}} as folded,
            {{{{ segmentation.is_placeholder_id('clean') }}}} as is_placeholder
        from (
            select n, {{{{ segmentation.clean_text('value') }}}} as clean from ({rows}) as texts
        ) as cleaned
    """
    output = engine.dbt("show", "--inline", query, "--output", "json", "--limit", "-1")
    told = json.loads(output[output.index("{\n") :])
    return {
        int(row["n"]): (row["clean"], row["folded"], row["is_placeholder"]) for row in told["show"]
    }


def test_engines_follow_the_rule(engines: Sequence[Engine]) -> None:
    for engine in engines:
        found = shown(engine)
        assert len(found) == len(TEXTS)
        for number, text in enumerate(TEXTS):
            clean, small, is_placeholder = found[number]
            assert (clean, small) == (cleaned(text), folded(cleaned(text))), (engine.name, text)
            assert bool(is_placeholder) == (clean in PLACEHOLDERS), (engine.name, text)
