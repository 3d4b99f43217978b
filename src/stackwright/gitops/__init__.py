"""Make a cluster match git: sources, comparison, plans, sync, health, Applications and their sets."""
