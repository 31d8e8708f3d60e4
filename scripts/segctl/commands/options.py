"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import yaml

from segctl.warehouse.project import Project, ProjectOptions

Command = TypeVar("Command", bound=Callable[..., Any])

_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class SyncOptions:
    """What the command line says about destinations."""

    names: Sequence[str] = ()
    """Of destinations; none: all."""
    config: Path | None = None
    output: Path | None = None
    """Directory for audiences as files, for projects without sync.yml."""
    state: str | None = None


class Vars(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """dbt's --vars: a YAML mapping."""

    name = "yaml"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        """Parse as dbt does."""
        try:
            parsed = yaml.safe_load(value) if isinstance(value, str) else value
        except yaml.YAMLError:
            parsed = None
        if not isinstance(parsed, dict):
            self.fail("must be a YAML mapping, for instance '{name: value}'", param, ctx)
        return parsed


def project_options(command: Command) -> Command:
    """Where the dbt project is; passed on as `project`."""

    @click.option(
        "--project-dir",
        type=_DIRECTORY,
        default=Path(),
        envvar="DBT_PROJECT_DIR",
        help="The dbt project. Default: the current directory.",
    )
    @click.option(
        "--profiles-dir",
        type=_DIRECTORY,
        envvar="DBT_PROFILES_DIR",
        help="Where profiles.yml is, as for dbt.",
    )
    @click.option("--target", "-t", envvar="DBT_TARGET", help="Target of the profile, as for dbt.")
    @click.option("--vars", "variables", type=Vars(), help="Vars, as for dbt.")
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        project_dir: Path,
        profiles_dir: Path | None,
        target: str | None,
        variables: dict[str, Any] | None,
        **kwargs: Any,
    ) -> Any:
        options = ProjectOptions(project_dir, profiles_dir, target, variables or {})
        return command(*args, project=Project(options), **kwargs)

    return wrapped  # type: ignore[return-value]


def format_option(command: Command) -> Command:
    """Table or JSON."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json"]),
        default="table",
        help="How to print the result.",
    )(command)


def state_option(command: Command) -> Command:
    """Where the state is kept."""
    return click.option(
        "--state",
        envvar="SEGCTL_STATE",
        metavar="PATH|URL",
        help="State file, or postgresql://... Default: as in sync.yml, else .segctl/state.db.",
    )(command)


def sync_options(command: Command) -> Command:
    """Which destinations, and where their state is; passed on as `options`."""

    @click.option(
        "--destination",
        "-d",
        "names",
        multiple=True,
        metavar="NAME",
        help="Only this destination of sync.yml. Repeatable. Default: all.",
    )
    @click.option(
        "--config", type=_FILE, help="Description of the destinations. Default: sync.yml."
    )
    @click.option(
        "--output",
        type=click.Path(file_okay=False, path_type=Path),
        help="Without sync.yml: directory of the files. Default: target/segctl/audiences.",
    )
    @state_option
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        names: tuple[str, ...],
        config: Path | None,
        output: Path | None,
        state: str | None,
        **kwargs: Any,
    ) -> Any:
        return command(*args, options=SyncOptions(names, config, output, state), **kwargs)

    return wrapped  # type: ignore[return-value]


def log_option(command: Command) -> Command:
    """Log lines for people or programs."""
    return click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        help="How to log what happens, on standard error.",
    )(command)
