"""Conversion webhooks: objects of a definition whose versions differ by more than their name."""
