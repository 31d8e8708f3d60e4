"""How much a run tests: `make test` what a day's work can break, `make test-full` all.

What a test asserts never differs: either it runs in the full tier alone (`pytest.mark.full`, with
the reason), or it plays its game fewer times in the base tier.
"""

from __future__ import annotations

import os

FULL = os.environ.get("SEGMENTATION_TESTS") == "full"


def times(base: int, full: int) -> int:
    """How often to do what is different each time."""
    return full if FULL else base
