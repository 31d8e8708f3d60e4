"""What the quality gate expects of the warehouse."""

from segctl.quality.suites.audiences import audience_suites
from segctl.quality.suites.base import Check, Suite
from segctl.quality.suites.contract import contract_suites

__all__ = ["Check", "Suite", "audience_suites", "contract_suites"]
