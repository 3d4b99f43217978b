"""Controllers that keep the cluster itself in order: namespaces, garbage, accounts, quotas, roles."""
