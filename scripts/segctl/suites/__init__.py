"""What the quality gate expects of the warehouse."""

from segctl.suites.audiences import audience_suites
from segctl.suites.base import Check, Suite
from segctl.suites.contract import contract_suites

__all__ = ["Check", "Suite", "audience_suites", "contract_suites"]
