"""Fake email tools: stateful HTTP servers that behave as the tools' documentation says."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from fakes.server import FakeTool
from segctl.destinations import registry

TOOLS = [name for name in registry.TOOLS if name != "files"]
"""Those that are spoken to over HTTP."""


def fake_of(tool: str) -> type[FakeTool]:
    """The fake that stands in for a tool: fakes.<tool>.Fake<Tool>."""
    fake = getattr(import_module(f"fakes.{tool}"), f"Fake{registry.TOOLS[tool].destination}")
    return cast("type[FakeTool]", fake)
