"""Sessions that were given back before their end: remembered until then. Pure.

Shape: a text of argocd-secret, JSON of digests with the seconds since 1970 when they end.
"""

from collections.abc import Mapping

from stackwright.kernel import json

KEY = "server.revokedTokens"
MAX_REMEMBERED = 5_000


def revoked_of(secret: Mapping[str, str]) -> dict[str, int]:
    try:
        found = json.loads(secret.get(KEY) or "{}")
    except json.JSONDecodeError:
        return {}
    return {str(key): int(value) for key, value in found.items() if isinstance(value, int)} if isinstance(found, dict) else {}


def with_revoked(known: Mapping[str, int], digest: str, ends: int, now: float) -> dict[str, str]:
    """Entries of argocd-secret. What has ended by itself is forgotten; of too many, what ends first."""
    kept = {key: value for key, value in known.items() if value > now} | {digest: ends}
    last = sorted(kept.items(), key=lambda item: item[1])[-MAX_REMEMBERED:]
    return {KEY: json.dumps(dict(last)).decode()}
