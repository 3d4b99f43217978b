"""GitHub Apps: how one tells who it is, to be given a token for a while.

Source: GitHub's documentation of authentication as an App installation.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

PUBLIC = "https://api.github.com"
_VALID = timedelta(minutes=9)
_BACKDATED = timedelta(seconds=60)
_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """Shape: `installation` is empty when it has to be found by the account's name; `base` is the API's address."""

    app: str
    installation: str
    private_key: str = field(repr=False)
    base: str = PUBLIC

    def installation_headers(self, now: datetime) -> dict[str, str]:
        """Those of the App itself. Raises BadInput when the key is none."""
        return {"accept": "application/vnd.github+json", "authorization": f"Bearer {self._told(now)}"}

    @property
    def token_url(self) -> str:
        return f"{self.base}/app/installations/{self.installation}/access_tokens"

    def _told(self, now: datetime) -> str:
        """A JWT. Its start lies back a little: clocks differ."""
        claims = {"iat": int((now - _BACKDATED).timestamp()), "exp": int((now + _VALID).timestamp()), "iss": self.app}
        content = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        signature = _rsa(self.private_key).sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{content}.{_text(signature)}"


@dataclass(frozen=True, slots=True)
class AppToken:
    text: str = field(repr=False)
    until: datetime

    def is_good(self, now: datetime) -> bool:
        return now + _MARGIN < self.until


def app_of(fields: Mapping[str, str], base: str = "") -> GitHubApp:
    """As repository Secrets hold it; `base` goes before the Secret's own address. Raises BadInput."""
    app, key = fields.get("githubAppID", "").strip(), fields.get("githubAppPrivateKey", "")
    if not app.isdigit():
        raise BadInput(f"githubAppID must be a number; found {app!r}")
    installation = fields.get("githubAppInstallationID", "").strip()
    if installation and not installation.isdigit():
        raise BadInput(f"githubAppInstallationID must be a number; found {installation!r}")
    return GitHubApp(app, installation, key, api_base(base or fields.get("githubAppEnterpriseBaseUrl", "")))


def api_base(given: str) -> str:
    """Where the REST API lies: `/api/v3` on a server of one's own, unless the address says so already.

    Source: go-github's WithEnterpriseURLs.
    """
    base = given.strip().rstrip("/")
    host = urlsplit(base).hostname or ""
    if not base:
        return PUBLIC
    return base if base.endswith("/api/v3") or host.startswith("api.") or ".api." in host else base + "/api/v3"


def token_of(body: Any) -> AppToken | None:
    """The answer of `token_url`; None when it holds no token."""
    if not isinstance(body, Mapping) or not body.get("token") or not body.get("expires_at"):
        return None
    try:
        return AppToken(str(body["token"]), datetime.fromisoformat(str(body["expires_at"]).replace("Z", "+00:00")))
    except ValueError:
        return None


def installation_for(body: Any, account: str) -> str:
    """Of the App's installations, the one for an account; empty when there is none."""
    for item in body if isinstance(body, list) else ():
        told = item.get("account") if isinstance(item, Mapping) else None
        if isinstance(told, Mapping) and str(told.get("login") or "").lower() == account.lower():
            return str(item.get("id") or "")
    return ""


def _rsa(pem: str) -> rsa.RSAPrivateKey:
    try:
        found = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput("githubAppPrivateKey: could not parse private key: expected an RSA key in PEM form") from error
    if not isinstance(found, rsa.RSAPrivateKey):
        raise BadInput("githubAppPrivateKey: expected an RSA key")
    return found


def _part(value: Mapping[str, Any]) -> str:
    return _text(json.dumps(value))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
