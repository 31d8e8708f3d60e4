"""Mailchimp."""

from segctl.destinations.mailchimp.api import MailchimpSettings
from segctl.destinations.mailchimp.destination import Mailchimp

__all__ = ["Mailchimp", "MailchimpSettings"]
