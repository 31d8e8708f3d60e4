"""Makes the destination that the settings describe."""

from __future__ import annotations

from pathlib import Path

from segctl.destinations import secret
from segctl.destinations.settings import Settings
from segctl.protocol import Destination


def make_destination(name: str, settings: Settings, root: Path, used_today: int) -> Destination:
    """The destination of these settings.

    Relative paths count from `root`; `used_today` are the requests that we have made today.
    """
    from segctl.destinations.brevo.destination import Brevo, BrevoSettings
    from segctl.destinations.files.destination import Files, FilesSettings
    from segctl.destinations.hubspot.destination import HubSpot, HubSpotSettings
    from segctl.destinations.klaviyo.destination import Klaviyo, KlaviyoSettings
    from segctl.destinations.mailchimp.destination import Mailchimp, MailchimpSettings
    from segctl.destinations.webhook.destination import Webhook, WebhookSettings

    match settings:
        case KlaviyoSettings():
            return Klaviyo(name, settings, secret.resolve, used_today)
        case MailchimpSettings():
            return Mailchimp(name, settings, secret.resolve, used_today)
        case BrevoSettings():
            return Brevo(name, settings, secret.resolve, used_today)
        case HubSpotSettings():
            return HubSpot(name, settings, secret.resolve, used_today)
        case WebhookSettings():
            return Webhook(name, settings, secret.resolve, used_today)
        case FilesSettings():
            where = settings.path if "://" in settings.path else str(root / settings.path)
            return Files(where, name)
        case _:
            raise ValueError(f"no destination of type {settings.type}")
