"""Passwords: what is kept of them, how they are checked, how good ones are made."""

import binascii
import hashlib
import hmac
import re
import secrets

import bcrypt

from stackwright.kernel.errors import BadInput

MAX_BCRYPT_BYTES = 72
_BCRYPT = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_BCRYPT_COST, _MAX_BCRYPT_COST = 10, 16
_N, _R, _P = 2**14, 8, 1
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Shape: `scrypt$<salt>$<hash>`, both hexadecimal. Source: RFC 7914."""
    salt = salt or secrets.token_bytes(16)
    hashed = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=32)
    return f"scrypt${salt.hex()}${hashed.hex()}"


def bcrypt_password(password: str) -> str:
    """Shape: bcrypt's own (`$2b$10$…`), which other programs read. Raises BadInput for a password that bcrypt would cut off."""
    if len(password.encode()) > MAX_BCRYPT_BYTES:
        raise BadInput(f"the password is longer than {MAX_BCRYPT_BYTES} bytes")
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_COST)).decode()


def is_password(password: str, hashed: str) -> bool:
    """False for a wrong password and for a hash of no kind that we know: scrypt's in our form, and bcrypt's."""
    known = _BCRYPT.fullmatch(hashed)
    if known is not None:
        fits = len(password.encode()) <= MAX_BCRYPT_BYTES and int(known[1]) <= _MAX_BCRYPT_COST
        return fits and bcrypt.checkpw(password.encode(), hashed.encode())
    kind, _, rest = hashed.partition("$")
    salt, _, _digest = rest.partition("$")
    try:
        return kind == "scrypt" and bool(salt) and hmac.compare_digest(hash_password(password, bytes.fromhex(salt)), hashed)
    except (ValueError, binascii.Error):
        return False


def new_password(length: int = 40) -> str:
    """Without characters that look alike."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
