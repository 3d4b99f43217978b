"""Packages and bootstrap: directories of Applications, their `cnoe://` folders as repositories, the platform's own stack."""
