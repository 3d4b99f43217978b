"""What a browser keeps for us but may neither read nor change: sealed with the platform's key, and good for a while."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from stackwright.kernel import json


class Seal:
    """Shape: `purpose` tells seals of one key apart, so that what was sealed for one thing is nothing for another."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hmac.new(key, b"seal:" + purpose.encode(), hashlib.sha256).digest()))

    def close(self, content: Mapping[str, Any], now: float) -> str:
        return self._fernet.encrypt_at_time(json.dumps(content), int(now)).decode()

    def open(self, sealed: str, now: float, seconds: int) -> Mapping[str, Any] | None:
        """None for what we did not seal, and for what was sealed more than `seconds` ago."""
        try:
            found = json.loads(self._fernet.decrypt_at_time(sealed.encode(), seconds, int(now)))
        except (InvalidToken, UnicodeEncodeError):
            return None
        return found if isinstance(found, Mapping) else None
