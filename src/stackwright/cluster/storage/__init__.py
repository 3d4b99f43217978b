"""Volumes: claims find a volume, or get one made for them, and keep it while somebody uses it."""
