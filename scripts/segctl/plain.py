"""Words of tools and of the data as what they are: text that does nothing to a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from rich.segment import Segment

_JOINERS = "\u200c\u200d"
"""Invisible, but a part of words in some scripts, and of emoji."""


def plain(text: str) -> str:
    """Control characters, and those that turn the direction of writing, shown as escapes.

    >>> plain("a\\x1b[2Jb \\u202egnp.exe")
    'a\\\\x1b[2Jb \\\\u202egnp.exe'
    """
    if text.isprintable():
        return text
    return "".join(_shown(letter) for letter in text)


def _shown(letter: str) -> str:
    is_active = unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    if not is_active or letter in _JOINERS:
        return letter
    return letter.encode("unicode_escape").decode()


def plain_segments(segments: Iterable[Segment]) -> Iterator[Segment]:
    """What is about to be printed, without any life of its own."""
    for segment in segments:
        if segment.control or segment.text.isprintable():
            yield segment
            continue
        text = "\n".join(map(plain, segment.text.split("\n")))
        yield Segment(text, segment.style, segment.control)
