"""`authorizer`: expressions that ask what the user of a request may do.

    authorizer.group('apps').resource('deployments').namespace('ns').check('create').allowed()

Values travel as maps of texts: the evaluator knows no objects of ours.

Source: k8s.io/apiserver pkg/cel/library/authz.go.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cel_expr_python import cel

from stackwright.api.user import User
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.webhooks.review import user_info
from stackwright.apiserver.auth.ports import Access, Authorizer
from stackwright.apiserver.auth.serviceaccounts import groups_of

_VALUE, _TEXT, _BOOL = cel.Type.Map(cel.Type.STRING, cel.Type.DYN), cel.Type.STRING, cel.Type.BOOL
_PARTS = ("path", "group", "resource", "subresource", "namespace", "name")
_IGNORED = ("fieldSelector", "labelSelector")
_USER, _ACCESS = "\x01user", "\x01access"

Value = Mapping[str, Any]
Declared = tuple[str, cel.Type, tuple[cel.Type, ...], bool, Callable[..., Any]]


def authorizer_of(attributes: Attributes) -> Value:
    """The variable `authorizer` of one write."""
    resource = attributes.resource
    here = {
        "group": resource.group,
        "resource": resource.plural,
        "subresource": attributes.subresource,
        "namespace": attributes.namespace,
        "name": attributes.name,
    }
    asking: dict[str, Any] = {_USER: user_info(attributes.user), _ACCESS: {}}
    return {**asking, "requestResource": {**asking, _ACCESS: here}}


def functions(authorizer: Authorizer) -> Sequence[Declared]:
    """What such a value can be asked."""

    def check(of: Value, verb: str) -> Value:
        decision = authorizer.authorize(_user(of), Access(verb, version="*", **of.get(_ACCESS, {})))
        return {"allowed": decision.allowed, "reason": decision.reason}

    found: list[Declared] = [(part, _VALUE, (_VALUE, _TEXT), True, _narrowed(part)) for part in _PARTS]
    found += [(part, _VALUE, (_VALUE, _TEXT), True, lambda of, _: of) for part in _IGNORED]
    return [
        *found,
        ("serviceAccount", _VALUE, (_VALUE, _TEXT, _TEXT), True, _as_account),
        ("check", _VALUE, (_VALUE, _TEXT), True, check),
        ("allowed", _BOOL, (_VALUE,), True, lambda of: bool(of.get("allowed"))),
        ("reason", _TEXT, (_VALUE,), True, lambda of: str(of.get("reason") or "")),
        ("errored", _BOOL, (_VALUE,), True, lambda of: False),
        ("error", _TEXT, (_VALUE,), True, lambda of: ""),
    ]


def _narrowed(part: str) -> Callable[[Value, str], Value]:
    def narrow(of: Value, text: str) -> Value:
        return {**of, _ACCESS: {**of.get(_ACCESS, {}), part: text}}

    return narrow


def _as_account(of: Value, namespace: str, name: str) -> Value:
    user = {"username": f"system:serviceaccount:{namespace}:{name}", "groups": [*groups_of(namespace), "system:authenticated"]}
    return {**of, _USER: user}


def _user(of: Value) -> User:
    found = of.get(_USER) or {}
    extra = {key: tuple(values) for key, values in (found.get("extra") or {}).items()}
    return User(str(found.get("username") or ""), tuple(found.get("groups") or ()), str(found.get("uid") or ""), extra)
