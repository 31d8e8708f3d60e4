"""The quality gate: Great Expectations suites over the contract, the findings and the audiences.

The warehouse counts, Great Expectations judges: each suite gets a data frame of one row with the
number of offenders per check. So a table of 50 million rows costs one scan and no memory here.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from segctl.privacy import mask_emails
from segctl.quality.suites import Check, Suite, audience_suites, contract_suites
from segctl.quality.suites.contract import CONTRACTS
from segctl.sync.plan import Guard
from segctl.warehouse.project import Project
from segctl.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

AUDIENCES = ("segments", "audience_profiles", "audience_memberships")
SUMMARY = "data_quality_summary"


@dataclass(frozen=True)
class CheckResult:
    """How one check ended."""

    name: str
    says: str
    passed: bool
    found: int
    offenders: tuple[str, ...] = ()
    """Offending codes with their frequency; never personal data."""


@dataclass(frozen=True)
class SuiteResult:
    """How one table did."""

    name: str
    rows: int
    checks: tuple[CheckResult, ...]
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class GateResult:
    """How the gate ended."""

    as_of: str
    checked_at: str
    suites: tuple[SuiteResult, ...]

    @property
    def passed(self) -> bool:
        """Whether anything may be sent."""
        return all(suite.passed for suite in self.suites)

    def failures(self) -> Iterator[tuple[SuiteResult, CheckResult]]:
        """Every check that failed."""
        for suite in self.suites:
            yield from ((suite, check) for check in suite.checks if not check.passed)

    def guards(self) -> tuple[Guard, ...]:
        """The failures as guards of a sync."""
        return tuple(
            Guard(
                name="quality",
                audience="",
                message=f"{suite.name}: expected that {check.says}, found {check.found:,}",
            )
            for suite, check in self.failures()
        )


@dataclass
class _Measured:
    """A suite with what the warehouse counted, ready to be judged."""

    name: str
    frame: pd.DataFrame
    checks: Mapping[str, Check]
    passing: Mapping[str, Any]
    """Check -> the one value it may have in the frame."""
    rows: int
    note: str = ""
    found: dict[str, int] = field(default_factory=dict)
    offenders: dict[str, tuple[str, ...]] = field(default_factory=dict)


def run_gate(project: Project) -> GateResult:
    """Count in the warehouse, let go of it, then judge."""
    with Warehouse(project) as warehouse:
        (day,) = warehouse.require("as_of_day")
        as_of = warehouse.rows(f"select as_of_on from {day.relation}")[0]["as_of_on"]
        measured = [_measure(warehouse, suite) for suite in _suites(warehouse, as_of)]
        if SUMMARY in project.models:
            measured.append(_measure_findings(warehouse))
    return GateResult(
        as_of=str(as_of),
        checked_at=datetime.now(UTC).isoformat(timespec="seconds"),
        suites=tuple(_judge(measured)),
    )


def _suites(warehouse: Warehouse, as_of: date) -> list[Suite]:
    # A project may do without some of the sources; what it has must be built.
    present = [name for name in CONTRACTS if name in warehouse.project.models]
    models = warehouse.require(*present, *AUDIENCES)
    relations = {model.name: model.relation for model in models}
    today = datetime.now(UTC).date()
    return contract_suites(relations, as_of, today) + audience_suites(relations)


def _measure(warehouse: Warehouse, suite: Suite) -> _Measured:
    import pandas as pd

    counted = {key: int(value or 0) for key, value in _lower(warehouse, suite.counting_query())}
    rows = counted.pop("rows_checked")
    for check in suite.checks:
        if check.count:
            ((_, value),) = _lower(warehouse, check.count)
            counted[check.name] = int(value or 0)
    offenders = {
        check.name: tuple(
            f"{mask_emails(str(row['offender']).strip())} ({row['times']:,} times)"
            for row in warehouse.rows(suite.values_query(check))
        )
        for check in suite.checks
        if check.values_of and counted[check.name]
    }
    return _Measured(
        suite.name,
        pd.DataFrame([counted]),
        {check.name: check for check in suite.checks},
        dict.fromkeys(counted, 0),
        rows,
        suite.note,
        counted,
        offenders,
    )


def _lower(warehouse: Warehouse, sql: str) -> list[tuple[str, Any]]:
    """The single row of a query; some engines shout column names."""
    return [(key.lower(), value) for key, value in warehouse.rows(sql)[0].items()]


def _measure_findings(warehouse: Warehouse) -> _Measured:
    """What the models set aside or mended, against the share that the project allows."""
    import pandas as pd

    (model,) = warehouse.require(SUMMARY)
    rows = warehouse.rows(f"select * from {model.relation} order by table_name, check_name")
    checks, within, found = {}, {}, {}
    for row in rows:
        name = re.sub(r"\W+", "_", f"{row['table_name']}_{row['check_name']}")
        checks[name] = Check(
            name,
            f"{row['table_name']}: {row['check_name']} in {row['rows_found']:,} of "
            f"{row['rows_checked']:,} rows ({float(row['share'] or 0):.2%}), "
            f"at most {float(row['allowed_share'] or 0):.2%} allowed",
        )
        within[name] = bool(row["is_within_limit"])
        found[name] = int(row["rows_found"] or 0)
    sizes = {row["table_name"]: int(row["rows_checked"] or 0) for row in rows}
    return _Measured(
        SUMMARY,
        pd.DataFrame([within]),
        checks,
        dict.fromkeys(within, True),
        sum(sizes.values()),
        "rows that the models set aside or mended",
        found,
    )


def _judge(measured: list[_Measured]) -> Iterator[SuiteResult]:
    with _quiet():
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_pandas("warehouse")
        for item in measured:
            passed = _run_checkpoint(context, source, item) if len(item.passing) else {}
            yield SuiteResult(
                item.name,
                item.rows,
                tuple(
                    CheckResult(
                        name,
                        check.says,
                        passed[name],
                        item.found.get(name, 0),
                        item.offenders.get(name, ()),
                    )
                    for name, check in item.checks.items()
                ),
                item.note,
            )


def _run_checkpoint(context: Any, source: Any, item: _Measured) -> dict[str, bool]:
    """One Great Expectations checkpoint over one suite; returns check -> passed."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
        ExpectColumnValuesToBeInSet,
    )

    suite = gx.ExpectationSuite(
        name=item.name,
        expectations=[
            ExpectColumnValuesToBeInSet(
                column=name, value_set=[value], meta={"says": item.checks[name].says}
            )
            for name, value in item.passing.items()
        ],
    )
    batch = source.add_dataframe_asset(item.name).add_batch_definition_whole_dataframe("counts")
    validation = gx.ValidationDefinition(
        name=item.name, data=batch, suite=context.suites.add(suite)
    )
    checkpoint = gx.Checkpoint(
        name=item.name,
        validation_definitions=[context.validation_definitions.add(validation)],
        result_format="BOOLEAN_ONLY",
    )
    result = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": item.frame})
    return {
        outcome.expectation_config.kwargs["column"]: bool(outcome.success)
        for validated in result.run_results.values()
        for outcome in validated.results
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations talks a lot, and would like to phone home."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
