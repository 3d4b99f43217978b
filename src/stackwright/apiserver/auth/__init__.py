"""Who asks, and may they: authentication, RBAC, and the review APIs."""
