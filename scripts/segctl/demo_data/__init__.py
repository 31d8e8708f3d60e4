"""Invented data of a shop with known properties: try the project out, check its results.

See `constants.py` for what is known about the data and `generate` for how to make it.
"""

from segctl.demo_data.generator import generate

__all__ = ["generate"]
