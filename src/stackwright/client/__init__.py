"""How our own programs speak to a Kubernetes API, over HTTP or in process, and keep a live copy of what it holds."""
