"""What touches the world: databases, git, renderers, processes."""
