"""How any controller runs: a keyed queue, backoff, one reconcile a key at a time, outcomes, conditions."""
