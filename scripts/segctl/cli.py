"""The command line: options, help and exit codes. What happens is in the other modules."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from segctl import __version__
from segctl.errors import ExitCode, SegctlError

_HELP = """
Look at customer segments in the warehouse, and keep email tools in step with them.

segctl reads what `dbt build` made of this project: segments, their members, and the audiences
that may be mailed. It never writes to the warehouse. What was sent and acknowledged is kept in a
state file, so every run sends only the difference, and an interrupted run is simply repeated.

\b
A typical session, in the dbt project's directory:
  segctl demo-data              invent a shop to try things out (or load your own)
  dbt build                     compute features, segments and audiences
  segctl list                   which segments are there, and how large
  segctl explain ada@shop.com   why is she in this segment and not in that one
  segctl new big_spenders       start a segment of your own
  segctl check                  is the data good enough to be mailed
  segctl plan                   what would be sent
  segctl apply                  send it
  segctl verify                 do the tools really hold it
  segctl status                 what was sent so far

\b
Exit codes:
  0  clean
  1  an error; the message says what to do
  2  wrong usage of the command line
  3  finished, but the destination rejects some records (see segctl status), or has drifted
  4  stopped by a guard or the quality gate; nothing was sent
  5  another run is working on the same destination

\b
Files, in the dbt project's directory:
  .segctl/state.db              ledger, outbox, runs and rejected records (mode 0600)
  sync.yml                      the destinations; without it, audiences are written as files
  target/segctl/plan.json       the last plan
  target/segctl/tables/         every run as Parquet tables, for dbt and BI
  target/segctl/quality.html    the last quality report
  target/segctl/audiences/      where the destination `files` writes

\b
Environment:
  SEGCTL_STATE                  where the state is: a path, or postgresql://...
  SEGCTL_<COMMAND>_<OPTION>     any other option, e.g. SEGCTL_APPLY_ALLOW=removals
  DBT_PROJECT_DIR, DBT_PROFILES_DIR, DBT_TARGET   as for dbt
  NO_COLOR                      plain output
"""


COMMANDS = (
    *("list", "explain", "new", "check"),
    *("plan", "apply", "verify", "status", "retry", "resume"),
    *("erase", "export-person", "audit", "demo-data"),
)


class Commands(click.Group):
    """Each command is a module of its own, which is imported when somebody asks for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In alphabetical order, as click shows them."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"segctl.commands.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found


@click.group(
    cls=Commands,
    help=_HELP,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "SEGCTL",
        "max_content_width": 100,
    },
)
@click.version_option(__version__, prog_name="segctl")
def cli() -> None:
    """Group of all commands."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; expected faults become one message and an exit code."""
    from segctl.display.progress import Log

    form = "json" if _wants_json_logs(sys.argv[1:] if arguments is None else arguments) else "text"
    try:
        result: Any = cli.main(arguments, standalone_mode=False)
    except SegctlError as error:
        Log(form).error(error.message, error.hint, int(error.exit_code))
        return int(error.exit_code)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        Log(form).error("Interrupted.", "Run the same command again to go on.", ExitCode.ERROR)
        return ExitCode.ERROR
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return int(result or 0)


def _wants_json_logs(arguments: list[str]) -> bool:
    joined = " ".join(arguments)
    return "--log-format json" in joined or "--log-format=json" in joined
