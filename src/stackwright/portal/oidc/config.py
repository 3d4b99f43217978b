"""What `oidc.config` of argocd-cm says. Pure.

Source: Argo CD's docs/operator-manual/user-management/index.md and util/settings (`OIDCConfig`, references to Secrets).
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from stackwright.kernel import duration, json, yaml
from stackwright.kernel.errors import BadInput

DEFAULT_SCOPES = ("openid", "profile", "email", "groups")
LEEWAY_SECONDS = 60.0
SecretValue = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """Shape: `authority` is PEM, empty for the system's; `claims` go into the request as they are;
    `audiences` are those that a token may be for; `insecure` lets certificates be anything.
    Units: `renew_seconds` before its end a session is renewed.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    cli_client_id: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    claims: str = ""
    logout_url: str = ""
    authority: str = ""
    pkce: bool = False
    audiences: tuple[str, ...] = ()
    skip_missing_audience: bool = False
    user_info_groups: bool = False
    user_info_path: str = ""
    renew_seconds: float = LEEWAY_SECONDS
    insecure: bool = False


def parse_config(settings: Mapping[str, str], secret_value: SecretValue) -> OidcConfig | None:
    """None where nobody set it up.

    Shape: `secret_value` gives a key of a Secret, None for none. Raises BadInput naming every field that is wrong.
    """
    text = settings.get("oidc.config") or ""
    if not text.strip():
        return None
    raw, problems = _resolved(_read(text), secret_value)
    insecure = settings.get("oidc.tls.insecure.skip.verify") == "true"
    problems += [f"{key}: expected a value" for key in ("issuer", "clientID") if not raw.get(key)]
    issuer = str(raw.get("issuer") or "")
    problems += _issuer_problems(issuer, insecure)
    scopes, audiences = _words(raw, "requestedScopes", problems), _words(raw, "allowedAudiences", problems)
    claims = raw.get("requestedIDTokenClaims") or {}
    if not isinstance(claims, Mapping):
        problems.append("requestedIDTokenClaims: expected a mapping of claims")
    renew = _seconds(str(raw.get("refreshTokenThreshold") or ""), problems)
    if problems:
        raise BadInput(f"oidc.config of argocd-cm: {'; '.join(problems)}", hint="see how-to/single-sign-on.md")
    own = tuple(word for word in (str(raw["clientID"]), str(raw.get("cliClientID") or "")) if word)
    return OidcConfig(
        name=str(raw.get("name") or "SSO"),
        issuer=issuer,
        client_id=str(raw["clientID"]),
        client_secret=str(raw.get("clientSecret") or ""),
        cli_client_id=str(raw.get("cliClientID") or ""),
        scopes=scopes or DEFAULT_SCOPES,
        claims=json.dumps({"id_token": claims}).decode() if claims else "",
        logout_url=str(raw.get("logoutURL") or ""),
        authority=str(raw.get("rootCA") or ""),
        pkce=raw.get("enablePKCEAuthentication") is True,
        audiences=audiences or own,
        skip_missing_audience=raw.get("skipAudienceCheckWhenTokenHasNoAudience") is True,
        user_info_groups=raw.get("enableUserInfoGroups") is True,
        user_info_path=str(raw.get("userInfoPath") or ""),
        renew_seconds=max(renew, LEEWAY_SECONDS),
        insecure=insecure,
    )


def shown(config: OidcConfig) -> dict[str, Any]:
    """As the API's settings tell it: what a command line needs to log in by itself; no secret."""
    claims = json.loads(config.claims)["id_token"] if config.claims else {}
    found: dict[str, Any] = {"name": config.name, "issuer": config.issuer, "clientID": config.client_id}
    found |= {"cliClientID": config.cli_client_id, "scopes": list(config.scopes)}
    return found | ({"idTokenClaims": claims} if claims else {}) | {"enablePKCEAuthentication": config.pkce}


@lru_cache(maxsize=4)
def _read(text: str) -> Mapping[str, Any]:
    """Raises BadInput."""
    found = list(yaml.load_all(text))
    if len(found) != 1 or not isinstance(found[0], Mapping):
        raise BadInput("oidc.config of argocd-cm: expected one mapping in YAML")
    return found[0]


def _resolved(raw: Mapping[str, Any], secret_value: SecretValue) -> tuple[dict[str, Any], list[str]]:
    """With references in place of which their values stand: `$key` of argocd-secret, `$secret:key` of any other."""
    found, problems = dict(raw), []
    for key, value in raw.items():
        if not (isinstance(value, str) and value.startswith("$")):
            continue
        name, colon, entry = value[1:].partition(":")
        secret, entry = (name, entry) if colon else ("argocd-secret", name)
        resolved = secret_value(secret.strip(), entry.strip())
        if resolved is None:
            labelled = " with the label app.kubernetes.io/part-of: argocd" if colon else ""
            problems.append(f"{key}: {value} names no key {entry!r} of a Secret {secret!r}{labelled}")
        found[key] = (resolved or "").strip()
    return found, problems


def _words(raw: Mapping[str, Any], key: str, problems: list[str]) -> tuple[str, ...]:
    value = raw.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        problems.append(f"{key}: expected a list of words")
        return ()
    return tuple(value)


def _seconds(text: str, problems: list[str]) -> float:
    try:
        return duration.parse(text) if text else 0.0
    except BadInput as error:
        problems.append(f"refreshTokenThreshold: {error.message}")
        return 0.0


def _issuer_problems(issuer: str, insecure: bool) -> list[str]:
    """Keys fetched in the clear can be anybody's."""
    if not issuer:
        return []
    parts = urlsplit(issuer)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return [f"issuer: {issuer!r}: expected an https URL"]
    if parts.scheme == "http" and not (insecure or is_loopback(parts.hostname)):
        return [f"issuer: {issuer!r}: expected https (http is for this machine only, or with oidc.tls.insecure.skip.verify)"]
    return []


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
