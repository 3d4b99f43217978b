"""Lets those who may speak for others: constrained to single actions and kinds of users, or, as of old, in everything.

Source: k8s.io/apiserver pkg/endpoints/filters/impersonation (KEP 5284); the old way since Kubernetes 1.3.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from stackwright.api.status import StatusError, bad_request, forbidden
from stackwright.api.user import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User
from stackwright.apiserver.auth.ports import Access, Authorizer
from stackwright.apiserver.auth.serviceaccounts import groups_of, split_user_name

_EXTRA = "impersonate-extra-"
_AUTHENTICATION = "authentication.k8s.io"
_NODE, _NODES = "system:node:", "system:nodes"
_NODE_NAME = "authentication.kubernetes.io/node-name"
_MANY = 4
"""From so many groups or values on, the right to all of them is looked for first."""


@dataclass(frozen=True, slots=True)
class Impersonation:
    """Finds for whom a request speaks. Shape: several Impersonate-Group headers arrive as one, joined by commas."""

    authorizer: Authorizer

    def speaking(self, asking: User, headers: Mapping[str, str], access: Access) -> User:
        """`asking` itself without the headers. Raises StatusError 403 of the first mode that could apply, and 400."""
        wanted = wanted_user(headers)
        if wanted is None:
            return asking
        refused: StatusError | None = None
        for mode in (mode for mode in MODES if mode.concerns(wanted, asking)):
            try:
                self._check(mode, asking, wanted, access)
            except StatusError as error:
                refused = refused or error
            else:
                return mode.impersonated(wanted)
        assert refused is not None  # the old mode concerns everybody
        raise refused

    def _check(self, mode: "Mode", asking: User, wanted: User, access: Access) -> None:
        """Raises StatusError 403."""
        if mode.constrained:
            self._may(asking, replace(access, verb=f"impersonate-on:{mode.name}:{access.verb}"))
        for checked in mode.identity(wanted):
            self._may(asking, checked)
        group, version = (_AUTHENTICATION, "v1") if mode.constrained else ("", "v1")
        self._may_all(mode, asking, Access(mode.verb, group, version, "groups"), wanted.groups)
        for key, values in wanted.extra.items():
            self._may_all(mode, asking, Access(mode.verb, _AUTHENTICATION, "v1", "userextras", key), values)

    def _may_all(self, mode: "Mode", asking: User, access: Access, names: Sequence[str]) -> None:
        if mode.constrained and len(names) >= _MANY and self.authorizer.authorize(asking, replace(access, name="*")).allowed:
            return
        for name in names:
            self._may(asking, replace(access, name=name))

    def _may(self, asking: User, access: Access) -> None:
        decision = self.authorizer.authorize(asking, access)
        if not decision.allowed:
            raise denied(asking, access, decision.reason)


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to speak for others. Shape: `name` is empty for the old way."""

    name: str
    concerns: Callable[[User, User], bool]

    @property
    def constrained(self) -> bool:
        return bool(self.name)

    @property
    def verb(self) -> str:
        return f"impersonate:{self.name}" if self.name else "impersonate"

    def identity(self, wanted: User) -> Iterator[Access]:
        """What must be allowed for the name and the uid."""
        group = _AUTHENTICATION if self.constrained else ""
        account, node = split_user_name(wanted.name), wanted.name.removeprefix(_NODE)
        if account is not None:
            yield Access(self.verb, group, "v1", "serviceaccounts", "", *account)
        elif self.constrained and node != wanted.name:
            yield Access(self.verb, group, "v1", "nodes", name="*" if self.name == "associated-node" else node)
        else:
            yield Access(self.verb, group, "v1", "users", name=wanted.name)
        if wanted.uid:
            yield Access(self.verb, _AUTHENTICATION, "v1", "uids", name=wanted.uid)

    def impersonated(self, wanted: User) -> User:
        """With the groups that such a user has."""
        groups = list(wanted.groups)
        account = split_user_name(wanted.name)
        if account is not None and not groups:
            groups = list(groups_of(account[0]))
        if self.constrained and wanted.name.startswith(_NODE):
            groups = [_NODES]
        if wanted.name == ANONYMOUS.name:
            groups += [] if UNAUTHENTICATED in groups else [UNAUTHENTICATED]
        elif not {AUTHENTICATED, UNAUTHENTICATED} & set(groups):
            groups.append(AUTHENTICATED)
        return replace(wanted, groups=tuple(groups))


def _only_named(wanted: User) -> bool:
    return not (wanted.groups or wanted.uid or wanted.extra)


def _own_node(wanted: User, asking: User) -> bool:
    """A ServiceAccount's token names the node that its pod runs on."""
    nodes = asking.extra.get(_NODE_NAME) or ()
    return _only_named(wanted) and split_user_name(asking.name) is not None and list(nodes) == [wanted.name.removeprefix(_NODE)]


def _is_node(wanted: User) -> bool:
    return wanted.name.startswith(_NODE) and wanted.name != _NODE


MODES = (
    Mode("associated-node", lambda wanted, asking: _is_node(wanted) and _own_node(wanted, asking)),
    Mode("arbitrary-node", lambda wanted, asking: _is_node(wanted) and _only_named(wanted)),
    Mode("serviceaccount", lambda wanted, asking: split_user_name(wanted.name) is not None and _only_named(wanted)),
    Mode("user-info", lambda wanted, asking: not _is_node(wanted) and split_user_name(wanted.name) is None),
    Mode("", lambda wanted, asking: True),
)


def denied(user: User, access: Access, reason: str = "") -> StatusError:
    """403 in the words of the real server."""
    if access.path:
        return StatusError(403, "Forbidden", f'forbidden: User "{user.name}" cannot {access.verb} path "{access.path}"', {})
    what = f"{access.resource}/{access.subresource}" if access.subresource else access.resource
    scope = f'in the namespace "{access.namespace}"' if access.namespace else "at the cluster scope"
    cause = f'User "{user.name}" cannot {access.verb} resource "{what}" in API group "{access.group}" {scope}'
    return forbidden(access.group, access.resource, access.name, f"{cause}: {reason}" if reason else cause)


def wanted_user(headers: Mapping[str, str]) -> User | None:
    """Exactly what the headers say; None when they say nothing. Raises StatusError 400 for attributes without a user."""
    if not any(key.startswith("impersonate-") for key in headers):
        return None
    name, uid = headers.get("impersonate-user", ""), headers.get("impersonate-uid", "")
    groups = _listed(headers.get("impersonate-group", ""))
    extra = {
        unquote(key.removeprefix(_EXTRA)).lower(): tuple(_listed(value)) for key, value in headers.items() if key.startswith(_EXTRA)
    }  # fmt: skip
    wanted = User(name, tuple(groups), uid, extra)
    if name:
        return wanted
    if groups or uid or extra:
        raise bad_request(f"requested {_in_go(wanted)} without impersonating a user name")
    return None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _in_go(user: User) -> str:
    """As Go prints the value with %#v."""

    def texts(items: Sequence[str]) -> str:
        listed = ", ".join(f'"{item}"' for item in items)
        return f"[]string{{{listed}}}" if items else "[]string(nil)"

    pairs = ", ".join(f'"{key}":{texts(values)}' for key, values in sorted(user.extra.items()))
    extra = f"map[string][]string{{{pairs}}}" if user.extra else "map[string][]string(nil)"
    return f'&user.DefaultInfo{{Name:"", UID:"{user.uid}", Groups:{texts(user.groups)}, Extra:{extra}}}'
