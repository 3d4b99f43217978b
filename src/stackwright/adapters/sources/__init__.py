"""Fetches and renders what an Application points at: git, charts, kustomizations, Jsonnet, plugins, OCI artefacts."""
