"""The dbt project as dbt itself sees it: where each model lives, and what its SQL compiles to.

dbt is asked every time instead of trusting target/manifest.json: that file may be older than the
project, or come from a run with another target or other vars, and would then send the wrong people
(docs/decisions/0201-ask-dbt-every-time.md). Thanks to dbt's partial parsing this costs half a
second. Our copy of dbt's working files lies in target/segctl/dbt, so the user's own stay untouched.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segctl.errors import ProjectError, UnknownModel
from segctl.privacy import mask_emails

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PACKAGE = "segmentation"
RULE_PREFIX = "segment_"


@dataclass(frozen=True)
class ProjectOptions:
    """How to find the project: the options that dbt's own commands take, under the same names."""

    project_dir: Path
    profiles_dir: Path | None = None
    target: str | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)

    @property
    def work_dir(self) -> Path:
        """Where segctl puts its files: in dbt's target directory, so `dbt clean` clears them."""
        return self.project_dir / "target" / "segctl"

    @property
    def state_path(self) -> Path:
        """Where the state lives: beside the project and not in target/, which is thrown away."""
        return self.project_dir / ".segctl" / "state.db"

    def dbt_arguments(self) -> list[str]:
        """The same options for dbt's command line."""
        arguments = ["--project-dir", str(self.project_dir)]
        if self.profiles_dir:
            arguments += ["--profiles-dir", str(self.profiles_dir)]
        if self.target:
            arguments += ["--target", self.target]
        if self.vars:
            arguments += ["--vars", json.dumps(dict(self.vars), default=str)]
        return [*arguments, "--target-path", str(self.work_dir / "dbt")]


@dataclass(frozen=True)
class Model:
    """One model (or seed or snapshot) of the project."""

    name: str
    unique_id: str
    package: str
    relation: str
    """The quoted, qualified name of its table or view in the warehouse."""
    description: str
    meta: Mapping[str, Any]
    columns: Mapping[str, Mapping[str, Any]]
    """Column name -> its `meta`, for the columns that the YAML describes."""

    @property
    def is_family(self) -> bool:
        """Whether the rule returns (customer_id, variant): one segment per variant."""
        return bool(self.meta.get("family"))


class Project:
    """A parsed dbt project."""

    def __init__(self, options: ProjectOptions) -> None:
        if not (options.project_dir / "dbt_project.yml").is_file():
            raise ProjectError(
                f"There is no dbt_project.yml in {options.project_dir}.",
                "Run segctl in the dbt project's directory, or name it with --project-dir.",
            )
        self.options = options

    @cached_property
    def manifest(self) -> Manifest:
        """dbt's manifest, parsed for exactly this target and these vars."""
        result: Manifest = _invoke_dbt(["parse", "--no-write-json", *self.options.dbt_arguments()])
        return result

    @cached_property
    def models(self) -> dict[str, Model]:
        """All models by name; where names clash, the user's own project wins over a package."""
        metadata = self.manifest.metadata
        precedence = {PACKAGE: 1, metadata.project_name: 0}
        nodes = [
            node
            for node in self.manifest.nodes.values()
            if node.resource_type in ("model", "seed", "snapshot")
        ]
        nodes.sort(key=lambda node: (precedence.get(node.package_name, 2), node.unique_id))
        models: dict[str, Model] = {}
        for node in nodes:
            models.setdefault(node.name, _model(node))
        return models

    def model(self, name: str) -> Model:
        """The model of that name, as a `ref()` in the user's project would resolve it."""
        try:
            return self.models[name]
        except KeyError:
            raise UnknownModel(
                f"The dbt project has no model named {name}.",
                f"Is the package `{PACKAGE}` installed, and is the model enabled?",
            ) from None

    def rules(self) -> dict[str, Model]:
        """The segment rules by segment (or family) name."""
        return {
            name.removeprefix(RULE_PREFIX): model
            for name, model in sorted(self.models.items())
            if name.startswith(RULE_PREFIX) and "kind" in model.meta
        }

    def compile(self, names: Iterable[str]) -> dict[str, str]:
        """The SQL that dbt would run for these models, by model name."""
        wanted = set(names)
        result = _invoke_dbt(
            ["compile", "--no-populate-cache", *self.options.dbt_arguments()],
            manifest=self.manifest,
            select=sorted(wanted),
        )
        return {
            item.node.name: item.node.compiled_code
            for item in result.results
            if item.node.name in wanted and item.node.compiled_code
        }


def _model(node: Any) -> Model:
    return Model(
        name=node.name,
        unique_id=node.unique_id,
        package=node.package_name,
        relation=node.relation_name or node.name,
        description=node.description,
        meta={**node.meta, **node.config.meta},
        columns={name: _column_meta(column) for name, column in node.columns.items()},
    )


def _column_meta(column: Any) -> dict[str, Any]:
    config = getattr(column, "config", None)
    return {**(column.meta or {}), **(getattr(config, "meta", None) or {})}


def _invoke_dbt(arguments: list[str], manifest: Manifest | None = None, **parameters: Any) -> Any:
    """Run a dbt command in this process, silently, and return its result."""
    from dbt.cli.main import dbtRunner

    quiet = ["--log-level", "none", "--log-level-file", "none", "--no-print"]
    quiet += ["--no-send-anonymous-usage-stats", "--no-version-check"]
    result = dbtRunner(manifest=manifest).invoke([*quiet, *arguments], **parameters)
    let_go_of_duckdb()
    if result.success:
        return result.result
    raise ProjectError(
        f"dbt cannot {arguments[0]} the project: {_reason(result)}",
        f"`dbt {arguments[0]}` shows the whole message.",
    )


def let_go_of_duckdb() -> None:
    """Close the DuckDB file that dbt-duckdb keeps open, even after all its connections are closed.

    As long as this process has the file, nobody else may write to it.
    """
    connections = sys.modules.get("dbt.adapters.duckdb.connections")
    manager = getattr(connections, "DuckDBConnectionManager", None)
    if manager is not None and manager._ENV is not None:
        manager._ENV.close()
        manager._ENV = None


def _reason(result: Any) -> str:
    """The first telling line of what dbt says, without addresses that a query may have quoted."""
    if result.exception is not None:
        text = str(result.exception)
    else:
        failed = [item for item in result.result.results if item.status not in ("success", "pass")]
        text = f"{failed[0].node.name}: {failed[0].message}" if failed else "unknown reason"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # dbt opens with a class of error ("Compilation Error") and puts the cause on the next line.
    return mask_emails(" ".join(lines[:2]))
