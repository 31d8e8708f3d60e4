"""What holds for the consumer projects without building them."""

from __future__ import annotations

from pathlib import Path

import pytest

PROJECTS = ("online_retail", "cdnow", "rfm_orders", "ecom_clickstream")


@pytest.mark.parametrize("project", PROJECTS)
def test_mapping_a_shop_takes_less_than_sixty_lines(project: str) -> None:
    models = (Path(__file__).parent / project / "models").glob("*.sql")
    assert sum(len(model.read_text().splitlines()) for model in models) < 60
