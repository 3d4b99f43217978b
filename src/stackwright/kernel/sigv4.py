"""Signs requests to AWS.

Source: AWS Signature Version 4.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Keys:
    """Shape: `session_token` is empty for keys that last."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


def signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, keys: Keys, region: str, service: str, now: datetime
) -> dict[str, str]:
    """The headers with those that make the request believed. Shape: names in lower case, without `host`, which the client sends itself."""
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    found = {name.lower(): value for name, value in headers.items()} | {"x-amz-date": moment}
    if keys.session_token:
        found["x-amz-security-token"] = keys.session_token
    parts = urlsplit(url)
    seen = {"host": parts.netloc, **found}
    names = ";".join(sorted(seen))
    canonical = "\n".join(
        (
            method,
            quote(parts.path or "/", safe="/-_.~"),
            _query(parts.query),
            *(f"{name}:{' '.join(seen[name].split())}" for name in sorted(seen)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join((ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(_key(keys, scope), to_sign.encode(), hashlib.sha256).hexdigest()
    told = f"{ALGORITHM} Credential={keys.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**found, "authorization": told}


def _query(query: str) -> str:
    pairs = sorted((quote(key, safe="-_.~"), quote(value, safe="-_.~")) for key, value in parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{key}={value}" for key, value in pairs)


def _key(keys: Keys, scope: str) -> bytes:
    found = f"AWS4{keys.secret_access_key}".encode()
    for step in scope.split("/"):
        found = hmac.new(found, step.encode(), hashlib.sha256).digest()
    return found
