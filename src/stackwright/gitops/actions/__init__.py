"""Actions on living resources (restart, pause, promote …): which there are for an object now, and what each comes to."""
