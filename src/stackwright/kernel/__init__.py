"""Ideas without a domain: errors, clock, json, yaml, duration, quantity, digest, http."""
