"""Git hosts, asked for repositories and pull requests."""
