"""Programs of others that are asked before a write: what they are sent, and what their answer means."""
