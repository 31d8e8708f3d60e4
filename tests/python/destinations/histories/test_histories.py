"""Random histories of an account of every tool; see `history`."""

from collections.abc import Callable

import pytest
from fakes import TOOLS
from player import play_histories


@pytest.mark.parametrize("tool", TOOLS)
def test_histories(tool: str, record_property: Callable[[str, object], None]) -> None:
    play_histories(tool, record_property)
