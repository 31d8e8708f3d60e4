"""A receiver of the user's own, told by signed webhooks."""
