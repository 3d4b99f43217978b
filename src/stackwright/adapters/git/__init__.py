"""The forge's hands: its records in SQLite, bare repositories on disk, git's own server program."""
