"""Which tools there are. A new one is a package of its own, a fake in the tests, and a row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from segctl.destinations import secret
from segctl.destinations.settings import Settings
from segctl.protocol import Destination


@dataclass(frozen=True)
class Tool:
    """A tool, by what `sync.yml` calls it; its package here has that name.

    The package offers two classes: the destination, and its settings, named <destination>Settings.
    """

    name: str
    destination: str

    @property
    def settings_type(self) -> type[Settings]:
        """What `sync.yml` may say about it."""
        return cast("type[Settings]", self._offered(f"{self.destination}Settings"))

    def make(
        self,
        destination: str,
        settings: Settings,
        resolve: Callable[[str], str] = secret.resolve,
        used_today: int = 0,
    ) -> Destination:
        """The destination of these settings; `used_today` requests have been made today."""
        make = cast("Callable[..., Destination]", self._offered(self.destination))
        return make(destination, settings, resolve, used_today)

    def _offered(self, name: str) -> object:
        # Imported when it is needed: most commands need none of them.
        return getattr(import_module(f"{__package__}.{self.name}"), name)


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("klaviyo", "Klaviyo"),
        Tool("mailchimp", "Mailchimp"),
        Tool("brevo", "Brevo"),
        Tool("hubspot", "HubSpot"),
        Tool("webhook", "Webhook"),
        Tool("files", "Files"),
    )
}
"""In the order in which people are told of them."""


def make_destination(name: str, settings: Settings, root: Path, used_today: int) -> Destination:
    """The destination of these settings; relative paths count from `root`."""
    return TOOLS[settings.type].make(name, settings.below(root), used_today=used_today)
