"""Random histories of a Brevo account; see `history`. A file per tool, to share them out."""

from collections.abc import Callable

from player import play_histories


def test_histories(record_property: Callable[[str, object], None]) -> None:
    play_histories("brevo", record_property)
