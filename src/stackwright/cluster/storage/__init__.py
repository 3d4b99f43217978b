"""Controllers of volumes: binding, provisioning, reclaiming."""
