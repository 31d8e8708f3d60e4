# ruff: noqa: RUF001  # letters that look alike are what is tested
"""Addresses as they are compared, and digests that find a person again."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from segctl.privacy import digest, digests, earlier_forms, fold
from segctl.sync.folding import fold_column
from segctl.sync.workspace import open_workspace

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCRIPTS = st.sampled_from(
    "aAzZ \t\u00a0\u3000İıiI\u0307\u0301éÉßẞſΣσςǅǆﬀＡ\u0345ΑᾼＫ\u212a가\u1100"
)
ODD = st.text(SCRIPTS, max_size=8)


@settings(deadline=None)
@given(ANY_TEXT | ODD)
def test_folding_is_final_and_knows_no_spelling(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    for other in (
        unicodedata.normalize("NFC", text),
        unicodedata.normalize("NFD", text),
        f"\u00a0 {text}\r\n",
        # Of the composed text: folding can change in which order marks belong.
        unicodedata.normalize("NFC", text).casefold(),
    ):
        assert fold(other) == folded


def test_every_letter_is_folded_once_and_for_all() -> None:
    for number in range(0x110000):
        if not 0xD800 <= number <= 0xDFFF:
            folded = fold(f"a{chr(number)}b")
            assert fold(folded) == folded, hex(number)


@settings(max_examples=30, deadline=None)
@given(st.lists(ANY_TEXT | ODD | st.none(), max_size=60))
def test_a_column_is_folded_like_each_of_its_texts(texts: list[str | None]) -> None:
    found = fold_column(pa.array(texts, pa.string())).to_pylist()
    assert found == [None if text is None else fold(text) for text in texts]


@settings(max_examples=15, deadline=None)
@given(texts=st.lists(ANY_TEXT | ODD, max_size=40, unique=True))
def test_the_workspace_makes_the_same_digests(texts: list[str], tmp_path_factory: object) -> None:
    table = pa.table(
        {
            "customer_id": pa.array([str(number) for number in range(len(texts))], pa.string()),
            "email": pa.array(texts, pa.string()),
        }
    )
    base = Path(str(tmp_path_factory.getbasetemp()))  # type: ignore[attr-defined]
    with open_workspace(base / "digests", "key") as workspace:
        workspace.load_lists([])
        columns = {"customer_id": "VARCHAR", "email": "VARCHAR"}
        workspace.load_profiles(table.to_batches(), columns)
        found = dict(workspace.execute("select person_key, digest from profiles").fetchall())
    assert found == {str(number): digest("key", text) for number, text in enumerate(texts)}


@settings(deadline=None)
@given(ODD | ANY_TEXT.filter(lambda text: "\x00" not in text))
def test_what_earlier_versions_made_of_an_address_is_still_known(text: str) -> None:
    by_python = text.strip().lower()
    [(by_duckdb,)] = duckdb.execute("select lower(trim(?))", [text]).fetchall()
    assert earlier_forms(text)[0] == by_python
    for form in (by_python, by_duckdb):
        old = hashlib.sha256(f"key:{form}:key".encode()).hexdigest()[:40]
        assert old in digests("key", text), (text, form)
