"""Passwords and tokens: what is kept of them, and how they are checked."""

import hashlib
import hmac
import secrets

_N, _R, _P = 2**14, 8, 1
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Shape: `scrypt$<salt>$<hash>`, both hexadecimal. Source: RFC 7914."""
    salt = salt or secrets.token_bytes(16)
    hashed = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=32)
    return f"scrypt${salt.hex()}${hashed.hex()}"


def is_password(password: str, hashed: str) -> bool:
    kind, _, rest = hashed.partition("$")
    salt, _, _digest = rest.partition("$")
    return kind == "scrypt" and hmac.compare_digest(hash_password(password, bytes.fromhex(salt)), hashed)


def hash_token(token: str) -> str:
    """Tokens are long and random: a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """Shape: 40 hexadecimal digits, as Forgejo's."""
    return secrets.token_hex(20)


def new_password(length: int = 40) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
