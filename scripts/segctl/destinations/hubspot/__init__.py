"""HubSpot."""

from segctl.destinations.hubspot.destination import HubSpot, HubSpotSettings

__all__ = ["HubSpot", "HubSpotSettings"]
