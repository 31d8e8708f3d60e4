"""A receiver of the user's own, told by signed requests."""

from segctl.destinations.webhook.destination import Webhook, WebhookSettings

__all__ = ["Webhook", "WebhookSettings"]
