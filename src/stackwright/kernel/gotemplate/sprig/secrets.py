"""Passwords and ciphers.

Source: sprig's crypto.go, and the Master Password algorithm that `derivePassword` is one of.
"""

import base64
import hashlib
import hmac
import os
import struct
from collections.abc import Mapping

import bcrypt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import MAX_TEXT, Callee
from stackwright.kernel.gotemplate.sprig.encoding import wrong_base64_byte

COST = 10
_BLOCK = 16
_SCOPE = b"com.lyndir.masterpassword"
_FORMS: Mapping[str, tuple[str, ...]] = {
    "maximum": ("anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"),
    "long": (
        "CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv", "CvccCvcvCvcvno", "CvcvnoCvccCvcv",
        "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc", "CvcvCvcvnoCvcc", "CvcvCvcvCvccno", "CvccnoCvccCvcv", "CvccCvccnoCvcv",
        "CvccCvccCvcvno", "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc", "CvccCvcvCvccno",
    ),
    "medium": ("CvcnoCvc", "CvcCvcno"),
    "short": ("Cvcn",),
    "basic": ("aaanaaan", "aannaaan", "aaannaaa"),
    "pin": ("nnnn",),
}  # fmt: skip
_VOWELS, _CONSONANTS = "AEIOU", "BCDFGHJKLMNPQRSTVWXYZ"
_LETTERS = _VOWELS + _VOWELS.lower() + _CONSONANTS + _CONSONANTS.lower()
_CHARACTERS: Mapping[str, str] = {
    "V": _VOWELS, "C": _CONSONANTS, "v": _VOWELS.lower(), "c": _CONSONANTS.lower(), "A": _VOWELS + _CONSONANTS, "a": _LETTERS,
    "n": "0123456789", "o": "@&%?,=[]_:-+*$#!'^~;()/.", "x": _LETTERS + "0123456789!@#$%^&*()",
}  # fmt: skip


def _bcrypt(text: str) -> str:
    raw = text.encode()
    if len(raw) > 72:
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
    return bcrypt.hashpw(raw, bcrypt.gensalt(COST, b"2a")).decode()


def _htpasswd(user: str, password: str) -> str:
    return f"invalid username: {user}" if ":" in user else f"{user}:{_bcrypt(password)}"


def _derived(counter: int, form: str, password: str, user: str, site: str) -> str:
    forms = _FORMS.get(form)
    if forms is None:
        return f"cannot find password template {form}"
    name, place = user.encode(), site.encode()
    salt = _SCOPE + struct.pack(">I", len(name)) + name
    key = hashlib.scrypt(password.encode(), salt=salt, n=32768, r=8, p=2, dklen=64, maxmem=1 << 27)
    seed = hmac.new(key, _SCOPE + struct.pack(">I", len(place)) + place + struct.pack(">I", counter % (1 << 32)), hashlib.sha256).digest()
    chosen = forms[seed[0] % len(forms)]
    return "".join(_CHARACTERS[kind][seed[index + 1] % len(_CHARACTERS[kind])] for index, kind in enumerate(chosen))


def _aes(password: str, start: bytes) -> Cipher[modes.CBC]:
    """The password is cut, or filled up with zeros."""
    return Cipher(algorithms.AES(password.encode()[:32].ljust(32, b"\0")), modes.CBC(start))


def _encrypted(password: str, text: str) -> str:
    if not text:
        return ""
    raw = text.encode()
    missing = _BLOCK - len(raw) % _BLOCK
    start = os.urandom(_BLOCK)
    encryptor = _aes(password, start).encryptor()
    return base64.b64encode(start + encryptor.update(raw + bytes([missing]) * missing) + encryptor.finalize()).decode()


def _decrypted(password: str, text: str) -> str:
    if not text:
        return ""
    wrong = wrong_base64_byte(text.encode())
    if wrong is not None:
        raise CallError(f"illegal base64 data at input byte {wrong}")
    raw = base64.b64decode(text)
    if len(raw) < 2 * _BLOCK or len(raw) % _BLOCK:
        raise CallError("crypto/cipher: input not full blocks")
    decryptor = _aes(password, raw[:_BLOCK]).decryptor()
    found = decryptor.update(raw[_BLOCK:]) + decryptor.finalize()
    if found[-1] > len(found):
        raise CallError(f"runtime error: slice bounds out of range [:{len(found) - found[-1]}]")
    return found[: len(found) - found[-1]].decode(errors="replace")


def _random_bytes(count: int) -> str:
    if not 0 <= count <= MAX_TEXT:
        raise CallError("runtime error: makeslice: len out of range")
    return base64.b64encode(os.urandom(count)).decode()


SECRETS: Mapping[str, Callee] = {
    "bcrypt": Callee("s", _bcrypt, costs=True),
    "decryptAES": Callee("ss", _decrypted),
    "derivePassword": Callee("issss", _derived, costs=True),
    "encryptAES": Callee("ss", _encrypted),
    "htpasswd": Callee("ss", _htpasswd, costs=True),
    "randBytes": Callee("i", _random_bytes),
}
