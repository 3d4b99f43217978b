"""One target a file; each has a `TARGET`."""
