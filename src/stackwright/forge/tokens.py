"""Access tokens: how they are made, and what is kept of them."""

import hashlib
import secrets


def hash_token(token: str) -> str:
    """Tokens are long and random: a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """Shape: 40 hexadecimal digits, as Forgejo's."""
    return secrets.token_hex(20)
