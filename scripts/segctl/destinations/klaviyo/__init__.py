"""Klaviyo."""

from segctl.destinations.klaviyo.destination import Klaviyo, KlaviyoSettings

__all__ = ["Klaviyo", "KlaviyoSettings"]
