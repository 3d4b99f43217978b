"""Tokens of ServiceAccounts: issued with an audience, an end and perhaps a bound object; good while what they name exists.

Source: k8s.io/kubernetes pkg/serviceaccount (claims.go) and pkg/registry/core/serviceaccount/storage/token.go.
"""

import uuid
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any

from stackwright.api.meta import Object, is_deleting, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.user import User
from stackwright.apiserver.auth.jwt import BadToken, SigningKey
from stackwright.apiserver.auth.rbac import Objects
from stackwright.kernel.clock import Clock, parse_rfc3339

ISSUER = "https://kubernetes.default.svc"
LASTING_ISSUER = "kubernetes/serviceaccount"
"""Of tokens that are kept in Secrets and end with them."""
_EXTRA = "authentication.kubernetes.io/"
_BUCKETS = {"pod": "pods", "secret": "secrets", "node": "nodes"}
_LEEWAY = timedelta(seconds=60)
"""How long after its deletionTimestamp a bound object still carries its tokens."""


def _jti() -> str:
    return str(uuid.uuid4())


def groups_of(namespace: str) -> tuple[str, ...]:
    return "system:serviceaccounts", f"system:serviceaccounts:{namespace}"


def split_user_name(name: str) -> tuple[str, str] | None:
    """Namespace and name of the ServiceAccount whose user name this is."""
    parts = name.split(":")
    return (parts[2], parts[3]) if len(parts) == 4 and parts[:2] == ["system", "serviceaccount"] and all(parts[2:]) else None


@dataclass(frozen=True, slots=True)
class ServiceAccountTokens:
    """Issues and checks. Shape: `audiences` are those that this server itself answers to."""

    key: SigningKey
    objects: Objects
    clock: Clock
    issuer: str = ISSUER
    audiences: tuple[str, ...] = (ISSUER,)
    jti: Callable[[], str] = _jti

    def issue(self, account: Object, audiences: Sequence[str], seconds: int, bound: Object | None = None) -> tuple[str, datetime]:
        """The token and when it ends."""
        now = self.clock.now().replace(microsecond=0)
        ends = now + timedelta(seconds=seconds)
        private: dict[str, Any] = {"namespace": namespace_of(account), "serviceaccount": _named(account)}
        if bound is not None:
            private |= self._bound(bound)
        claims = {
            "aud": list(audiences or self.audiences), "exp": int(ends.timestamp()), "iat": int(now.timestamp()), "iss": self.issuer,
            "jti": self.jti(), "kubernetes.io": private, "nbf": int(now.timestamp()),
            "sub": f"system:serviceaccount:{namespace_of(account)}:{name_of(account)}",
        }  # fmt: skip
        return self.key.sign(claims), ends

    def issue_lasting(self, account: Object, secret: Object) -> str:
        """A token that is good while `secret` holds it."""
        prefix = f"{LASTING_ISSUER}/"
        claims = {
            "iss": LASTING_ISSUER, f"{prefix}namespace": namespace_of(account), f"{prefix}secret.name": name_of(secret),
            f"{prefix}service-account.name": name_of(account), f"{prefix}service-account.uid": uid_of(account),
            "sub": f"system:serviceaccount:{namespace_of(account)}:{name_of(account)}",
        }  # fmt: skip
        return self.key.sign(claims)

    def _bound(self, bound: Object) -> dict[str, Any]:
        found = {str(bound.get("kind", "")).lower(): _named(bound)}
        node = self.objects.get("nodes", "", str((bound.get("spec") or {}).get("nodeName") or ""))
        return found | ({"node": _named(node)} if node is not None and bound.get("kind") == "Pod" else {})

    def authenticate(self, token: str, audiences: Sequence[str] = ()) -> tuple[User, list[str]]:
        """The user, and which of `audiences` (the server's own by default) the token is for. Raises BadToken."""
        claims = self.key.verify(token)
        if claims.get("iss") == LASTING_ISSUER:
            return self._lasting(token, claims), list(self.audiences)
        now = self.clock.now().timestamp()
        if claims.get("iss") != self.issuer or now > claims.get("exp", 0) or now + 10 < claims.get("nbf", 0):
            raise BadToken("the token is not valid at this time")
        meant = [audience for audience in audiences or self.audiences if audience in claims.get("aud", ())]
        if not meant:
            raise BadToken("the token is for another audience")
        return self._user(claims), meant

    def _lasting(self, token: str, claims: Mapping[str, Any]) -> User:
        """Raises BadToken."""
        prefix = f"{LASTING_ISSUER}/"
        namespace, name = str(claims.get(f"{prefix}namespace")), str(claims.get(f"{prefix}service-account.name"))
        uid = str(claims.get(f"{prefix}service-account.uid"))
        secret = self.objects.get("secrets", namespace, str(claims.get(f"{prefix}secret.name"))) or {}
        held = (secret.get("data") or {}).get("token") or ""
        if not compare_digest(b64encode(token.encode()), held.encode()) or is_deleting(secret):
            raise BadToken("the Secret that held the token does not hold it any longer")
        self._check_alive("serviceaccounts", namespace, {"name": name, "uid": uid})
        return User(f"system:serviceaccount:{namespace}:{name}", groups_of(namespace), uid)

    def _user(self, claims: Mapping[str, Any]) -> User:
        private = claims.get("kubernetes.io") or {}
        namespace, account = str(private.get("namespace", "")), private.get("serviceaccount") or {}
        self._check_alive("serviceaccounts", namespace, account)
        extra = {f"{_EXTRA}credential-id": (f"JTI={claims.get('jti')}",)}
        for kind, bucket in _BUCKETS.items():
            if (bound := private.get(kind)) is not None:
                if kind != "node" or "pod" not in private:
                    self._check_alive(bucket, "" if kind == "node" else namespace, bound)
                if kind != "secret":
                    extra |= {f"{_EXTRA}{kind}-name": (bound["name"],), f"{_EXTRA}{kind}-uid": (bound["uid"],)}
        name = f"system:serviceaccount:{namespace}:{account.get('name')}"
        return User(name, groups_of(namespace), str(account.get("uid")), dict(sorted(extra.items())))

    def _check_alive(self, bucket: str, namespace: str, claimed: Mapping[str, Any]) -> None:
        found = self.objects.get(bucket, namespace, str(claimed.get("name") or ""))
        if found is None or uid_of(found) != claimed.get("uid"):
            raise BadToken(f"the {bucket} object that the token names is gone")
        deleted = metadata_of(found).get("deletionTimestamp")
        if deleted and self.clock.now().astimezone(UTC) > parse_rfc3339(deleted) + _LEEWAY:
            raise BadToken(f"the {bucket} object that the token names has been deleted")


def _named(obj: Object) -> dict[str, str]:
    return {"name": name_of(obj), "uid": uid_of(obj)}
