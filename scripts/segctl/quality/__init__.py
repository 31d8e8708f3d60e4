"""The quality gate: whether the data is good enough to be mailed."""
