"""DaemonSets: one pod on each node that takes it."""
