"""The rules of segments: why somebody is in one, and how a new one begins."""
