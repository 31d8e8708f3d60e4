"""Data flows one way: what dbt makes of the project, held against the order of its folders."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from small_shop import SETTINGS, Shop

# The folders of models/ from the source's rows to what leaves the house. A model reads its own
# folder and those above it in this list. `steps` belong to the folder that they lie in, unless they
# are listed.
ROOMS = (
    "staging",
    "unified/reference",
    "unified/screening",
    "unified",
    "daily",
    "identity",
    "features/people",
    "features/orders",
    "features/consent",
    "features/web",
    "features/email",
    "features/voice",
    "features",
    "segments/rules",
    "segments/steps",
    "segments/dynamics",
    "segments",
    "cohorts",
    "activation",
    "quality",
)
# Nobody outside reads what lies in one of these.
INTERNAL = ("staging", "unified", "daily", "identity", "segments/rules")
# The grain is the first thing that a reader asks. Rules are left out: what they say is read by
# marketers, and all have one row per member.
GRAIN = re.compile(r"One row(:| per )")

Model = dict[str, Any]


@pytest.fixture(scope="module")
def models(package: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """All models, also those that are switched off (of a source that is not read)."""
    shop = Shop(tmp_path_factory.mktemp("parsed"), package)
    shop.dbt("parse", **SETTINGS).succeeded()
    manifest = shop.manifest()
    nodes = [*manifest["nodes"].values()]
    nodes += [node for same in manifest["disabled"].values() for node in same]
    return [node for node in nodes if node["resource_type"] == "model"]


def folder_of(model: Model) -> str:
    return str(PurePosixPath(model["path"]).parent)


def room_of(folder: str) -> int:
    """Where a folder stands in the order, by the longest name that it begins with."""
    rooms = [room for room in ROOMS if f"{folder}/".startswith(f"{room}/")]
    assert rooms, f"models/{folder} is not in ROOMS: say what it may read"
    return ROOMS.index(max(rooms, key=len))


def test_no_model_reads_from_a_folder_after_its_own(models: list[Model]) -> None:
    rooms = {model["unique_id"]: room_of(folder_of(model)) for model in models}
    edges = [
        (rooms[model["unique_id"]], rooms[read], f"{model['path']} reads {read}")
        for model in models
        for read in model["depends_on"]["nodes"]
        if read in rooms
    ]
    assert len(edges) > 500
    assert [edge for reader, read, edge in edges if read > reader] == []
    assert {ROOMS[room] for room in rooms.values()} == set(ROOMS), "a folder that is no more"


def test_a_folder_tells_whether_a_model_is_public(models: list[Model]) -> None:
    wrong = []
    for model in models:
        folder = folder_of(model)
        inside = f"{folder}/".startswith(tuple(f"{room}/" for room in INTERNAL))
        expected = "internal" if inside or folder.endswith("/steps") else None
        schema = model["config"]["schema"]
        if schema != expected:
            wrong.append(f"{model['path']} is in {schema or 'the public schema'}")
    assert wrong == []


def test_every_model_says_what_a_row_is(models: list[Model]) -> None:
    silent = [
        f"{model['path']}: {model['description']!r}"
        for model in models
        if not model["description"]
        or not (GRAIN.match(model["description"]) or folder_of(model).startswith("segments/rules"))
    ]
    assert silent == []


def test_every_column_of_a_public_table_is_described(models: list[Model]) -> None:
    public = [model for model in models if model["config"]["schema"] is None]
    assert len(public) > 25
    silent = [
        f"{model['path']}: {column}"
        for model in public
        for column, said in model["columns"].items() or [("no columns", {"description": ""})]
        if not said["description"]
    ]
    assert silent == []


def test_a_models_yaml_lies_beside_it(models: list[Model]) -> None:
    apart = [
        f"{model['path']}: {model['patch_path']}"
        for model in models
        if PurePosixPath(model["patch_path"].partition("://")[2]).parent
        != PurePosixPath(model["original_file_path"]).parent
    ]
    assert apart == []
