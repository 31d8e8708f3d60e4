"""Fake email tools: stateful HTTP servers that behave as the tools' documentation says."""
