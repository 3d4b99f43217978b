"""The last word before a write: plug-ins that change or refuse it."""
