"""Twenty `kill -9` in the middle of incremental models: what stood before still stands, and the
next run ends where a run ends that nobody killed."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from small_shop import Shop
from support import dbt_started, differing

pytestmark = pytest.mark.full("twenty-seven builds, twenty of them killed")

KILLS, IN_A_ROW = 20, 4
FIRST_DAY, SECOND_DAY = "2025-06-01", "2025-06-02"
LONGEST = 0.12
"""Seconds after the start of a model within which the run is killed; most need less."""
STARTS = re.compile(r"START sql incremental model \S+?\.(\w+)")


@pytest.fixture(scope="module")
def shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Built for the first day; what came until the second one has been delivered."""
    found = Shop(tmp_path_factory.mktemp("killed"), package)
    complete = found.invent(customers=80, seed=5)
    found.deliver(complete, until=FIRST_DAY)
    found.build(segmentation_as_of=FIRST_DAY).succeeded()
    found.deliver(complete, until=SECOND_DAY)
    return found


def kill_in(shop: Shop, number: int, pause: float) -> str | None:
    """Build the second day, killed that long after the n-th incremental model began; its name."""
    arguments = shop.arguments("run", segmentation_as_of=SECOND_DAY)
    process, log = dbt_started(shop.folder, *arguments)
    begun: list[str] = []
    while process.is_alive() and len(begun) < number:
        time.sleep(0.005)
        begun = STARTS.findall(log.read_text())
    if len(begun) >= number:
        time.sleep(pause)
        os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    return begun[number - 1] if process.exitcode == -signal.SIGKILL else None


def test_killed_in_the_middle(
    shop: Shop, tmp_path: Path, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random("killed builds")  # noqa: S311
    before = shop.warehouse.contents()
    undisturbed = shop.copy(tmp_path / "undisturbed")
    ran = undisturbed.dbt("run", segmentation_as_of=SECOND_DAY).succeeded()
    after = undisturbed.warehouse.contents()
    assert differing(before, after), "nothing changes on the second day"
    incremental = len(STARTS.findall(ran.output))

    killed_in: list[str] = []
    while len(killed_in) < KILLS:
        copy = shop.copy(tmp_path / str(len(killed_in)))
        for _ in range(IN_A_ROW):
            number = 1 + len(killed_in) % incremental
            model = kill_in(copy, number, dice.uniform(0, LONGEST))
            assert model is not None, f"the run was over before incremental model {number}"
            killed_in.append(model)
            for table, rows in copy.warehouse.contents().items():
                whole = (before.get(table), after[table])
                assert rows in whole, f"{model}: {table} is neither of yesterday nor of today"
        copy.dbt("run", segmentation_as_of=SECOND_DAY).succeeded()
        assert differing(copy.warehouse.contents(), after) == {}, f"killed in {killed_in}"
        shutil.rmtree(copy.folder)

    with capsys.disabled():
        print(f"\n{len(killed_in)} builds killed in {len(set(killed_in))} incremental models")
