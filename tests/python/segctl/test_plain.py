"""Words of tools and of the data do nothing to a terminal, and nothing to a line of a log."""

from __future__ import annotations

import pytest
from rich.table import Table
from rich.text import Text

from segctl.display import output, syncs
from segctl.display.progress import Log
from segctl.plain import plain

WORDS = [
    "refused [/attributes/FIRSTNAME]",
    "[bold]loud[/bold] [link=https://example.org]here[/link] :smile:",
    "\x1b[2J\x1b]0;title\x07gone",
    "invoice\u202egnp.exe",
    "one\rtwo\x9b31m\u2028three\u0000",
]
ALIVE = ("\x1b", "\x07", "\r", "\x9b", "\u202e", "\u2028", "\u0000")


@pytest.mark.parametrize("words", WORDS)
def test_every_cell_line_and_message_shows_them_as_they_are(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = {"destination": "brevo:news", "audience": words, "operation": "upsert"}
    status = {
        name: []
        for name in ("runs", "lists", "outbox", "paused", "suppressed", "verified", "drift")
    }
    status |= {"dead_letters": [{**reason, "records": 3, "reason": words}], "erasures": []}
    output.show(syncs.status(status))
    output.show(Text(words))
    table = Table(words)
    table.add_row(words)
    output.show(table)
    log = Log()
    log.say(words)
    log.error(words, words, 1)
    shown = capsys.readouterr()
    for text in (shown.out, shown.err):
        assert not any(mark in text for mark in ALIVE)
        for mark in ("\x1b", "\u202e"):
            assert text.count(plain(mark)) >= words.count(mark) * 2
        if words.isprintable():
            assert text.replace("\n", "").replace(" ", "").count(words.replace(" ", "")) >= 2


@pytest.mark.parametrize("text", ["Zoë O'Hara", "日本語", "👩\u200d🚀", "नमस्ते"])
def test_words_of_any_script_stay_as_they_are(text: str) -> None:
    assert plain(text) == text
