"""Brevo."""

from segctl.destinations.brevo.api import BrevoSettings
from segctl.destinations.brevo.destination import Brevo

__all__ = ["Brevo", "BrevoSettings"]
