"""Passwords: what is kept of them, how they are checked, how good ones are made."""

import binascii
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
    """False for a wrong password and for a hash that is none of ours."""
    kind, _, rest = hashed.partition("$")
    salt, _, _digest = rest.partition("$")
    try:
        return kind == "scrypt" and bool(salt) and hmac.compare_digest(hash_password(password, bytes.fromhex(salt)), hashed)
    except (ValueError, binascii.Error):
        return False


def new_password(length: int = 40) -> str:
    """Without characters that look alike."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
