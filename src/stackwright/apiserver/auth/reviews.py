"""Resources that are questions: who am I, may I, is this token good, give me a token. Nothing of them is stored.

Source: k8s.io/kubernetes pkg/registry/authentication, pkg/registry/authorization, pkg/registry/core/serviceaccount/storage/token.go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, metadata_of, uid_of
from stackwright.api.status import StatusError, bad_request, conflict, not_found
from stackwright.api.user import MASTERS, User
from stackwright.apiserver.auth.authenticator import BearerTokens, authenticated
from stackwright.apiserver.auth.jwt import BadToken
from stackwright.apiserver.auth.ports import Access, Answerer, Authorizer, Question
from stackwright.apiserver.auth.rbac import Objects, Rbac
from stackwright.apiserver.auth.rules import Rule
from stackwright.apiserver.auth.serviceaccounts import ServiceAccountTokens
from stackwright.apiserver.builtin.schemas import schema_of
from stackwright.kernel.clock import rfc3339
from stackwright.store import managed

_AUTHENTICATION, _AUTHORIZATION = "authentication.k8s.io", "authorization.k8s.io"
_TEN_MINUTES, _LONGEST = 600, 1 << 32
_NODE_AUTHORIZER = "node authorizer does not support user rule resolution"


def _with_owner(question: Question, group: str, kind: str, obj: Object, subresource: str = "") -> dict[str, Any]:
    """The server records field ownership even of what it does not store."""
    version = f"{group}/v1"
    rules = managed.Rules(schema_of(group, "v1", kind), version, kind, {subresource: {"f:status": {}}}, {"metadata": {}, "spec": {}})
    typed = {"kind": kind, "apiVersion": version, **{key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}}
    return dict(managed.after_update(typed, None, rules, managed.Writer(question.manager, rfc3339(question.now), subresource)))


def _invalid(kind: str, group: str, field: str, reason: str, message: str) -> StatusError:
    details = {"group": group, "kind": kind, "causes": [{"reason": reason, "message": message, "field": field}]}
    return StatusError(422, "Invalid", f'{kind}.{group} "" is invalid: {field}: {message}', details)


def user_info(user: User) -> dict[str, Any]:
    found: dict[str, Any] = {"username": user.name} if user.name else {}
    found |= {"uid": user.uid} if user.uid else {}
    found |= {"groups": list(user.groups)} if user.groups else {}
    return found | ({"extra": {key: list(values) for key, values in sorted(user.extra.items())}} if user.extra else {})


class SelfSubjectReviews:
    async def answer(self, question: Question) -> Object:
        meta = {"creationTimestamp": rfc3339(question.now)}
        return {
            "kind": "SelfSubjectReview",
            "apiVersion": f"{_AUTHENTICATION}/v1",
            "metadata": meta,
            "status": {"userInfo": user_info(question.user)},
        }


@dataclass(frozen=True, slots=True)
class TokenReviews:
    tokens: BearerTokens

    async def answer(self, question: Question) -> Object:
        """Raises StatusError 422."""
        spec = question.object.get("spec") or {}
        if not spec.get("token"):
            raise _invalid(
                "TokenReview", _AUTHENTICATION, "spec.token", "FieldValueRequired", "Required value: token is required for TokenReview"
            )
        meta: dict[str, Any] = {"metadata": {**metadata_of(question.object)}}
        status = self._judged(str(spec["token"]), spec.get("audiences") or ())
        return {**_with_owner(question, _AUTHENTICATION, "TokenReview", {**meta, "spec": spec}), "status": status}

    def _judged(self, token: str, audiences: Sequence[str]) -> dict[str, Any]:
        if (known := self.tokens.table.find(token)) is not None:
            meant = [audience for audience in audiences if audience in self.tokens.accounts.audiences]
            return {"authenticated": True, "user": user_info(authenticated(known))} | ({"audiences": meant} if meant else {})
        try:
            user, meant = self.tokens.accounts.authenticate(token, audiences)
        except BadToken:
            return {"user": {}, "error": "invalid bearer token"}
        return {"authenticated": True, "user": user_info(authenticated(user)), "audiences": meant}


@dataclass(frozen=True, slots=True)
class AccessReviews:
    """SelfSubjectAccessReview, SubjectAccessReview and LocalSubjectAccessReview."""

    kind: str
    authorizer: Authorizer

    async def answer(self, question: Question) -> Object:
        """Raises StatusError 400, 422."""
        spec = question.object.get("spec") or {}
        self._check(spec, question)
        decision = self.authorizer.authorize(self._user(spec, question.user), _access(spec))
        status: dict[str, Any] = {"allowed": decision.allowed} | ({"reason": decision.reason} if decision.reason else {})
        meta: dict[str, Any] = {"metadata": {**metadata_of(question.object)}}
        if question.namespace:
            meta["metadata"].setdefault("namespace", question.namespace)
        return {**_with_owner(question, _AUTHORIZATION, self.kind, {**meta, "spec": spec}), "status": status}

    def _check(self, spec: Mapping[str, Any], question: Question) -> None:
        resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        if (resource is None) == (path is None):
            field = "spec.resourceAttributes" if resource is None else "spec.nonResourceAttributes"
            message = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
            if resource is not None:
                message = "Invalid value: cannot be specified in combination with resourceAttributes"
            raise _invalid(self.kind, _AUTHORIZATION, field, "FieldValueInvalid", message)
        if self.kind != "SelfSubjectAccessReview" and not spec.get("user") and not spec.get("groups"):
            message = 'Invalid value: "": at least one of user or group must be specified'
            raise _invalid(self.kind, _AUTHORIZATION, "spec.user", "FieldValueInvalid", message)
        if self.kind == "LocalSubjectAccessReview" and (resource or {}).get("namespace") != question.namespace:
            raise bad_request("spec.resourceAttributes.namespace must match namespace: " + question.namespace)

    def _user(self, spec: Mapping[str, Any], asking: User) -> User:
        if self.kind == "SelfSubjectAccessReview":
            return asking
        extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
        return User(str(spec.get("user") or ""), tuple(spec.get("groups") or ()), str(spec.get("uid") or ""), extra)


def _access(spec: Mapping[str, Any]) -> Access:
    if (path := spec.get("nonResourceAttributes")) is not None:
        return Access(str(path.get("verb") or ""), path=str(path.get("path") or ""))
    asked = spec["resourceAttributes"]
    fields = ("verb", "group", "version", "resource", "subresource", "namespace", "name")
    return Access(*(str(asked.get(field) or "") for field in fields))


@dataclass(frozen=True, slots=True)
class SelfSubjectRulesReviews:
    rbac: Rbac

    async def answer(self, question: Question) -> Object:
        """Raises StatusError 400."""
        namespace = str((question.object.get("spec") or {}).get("namespace") or "")
        if not namespace:
            raise bad_request("no namespace on request")
        rules, faults = self.rbac.rules(question.user, namespace)
        if MASTERS in question.user.groups:
            rules = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, {"verbs": ["*"], "nonResourceURLs": ["*"]}, *rules]
        status = {
            "resourceRules": [_kept(rule, "apiGroups", "resources", "resourceNames") for rule in rules if "resources" in rule],
            "nonResourceRules": [_kept(rule, "nonResourceURLs") for rule in rules if "nonResourceURLs" in rule],
            "incomplete": False,
            "evaluationError": ", ".join([*faults, _NODE_AUTHORIZER]),
        }
        typed = {"kind": "SelfSubjectRulesReview", "apiVersion": f"{_AUTHORIZATION}/v1", "metadata": {}, "spec": {}}
        return {**typed, "status": status}


def _kept(rule: Rule, *fields: str) -> dict[str, Any]:
    return {field: list(rule[field]) for field in ("verbs", *fields) if rule.get(field)}


@dataclass(frozen=True, slots=True)
class TokenRequests:
    """POST serviceaccounts/<name>/token."""

    tokens: ServiceAccountTokens
    objects: Objects

    async def answer(self, question: Question) -> Object:
        """Raises StatusError 404, 409, 422."""
        account = self.objects.get("serviceaccounts", question.namespace, question.name)
        if account is None:
            raise not_found("", "serviceaccounts", question.name)
        _check_incarnation(question, account)
        spec = question.object.get("spec") or {}
        seconds = _checked_seconds(spec.get("expirationSeconds", 3600))
        bound = self._bound(spec.get("boundObjectRef"), question, account)
        token, ends = self.tokens.issue(account, spec.get("audiences") or (), seconds, bound)
        defaulted = {**spec, "expirationSeconds": seconds}
        body = _with_owner(question, _AUTHENTICATION, "TokenRequest", {"metadata": {}, "spec": defaulted}, "token")
        meta = {
            "name": question.name, "namespace": question.namespace, "uid": uid_of(account), "creationTimestamp": rfc3339(question.now),
        }  # fmt: skip
        shown = {"audiences": list(spec.get("audiences") or self.tokens.audiences), "expirationSeconds": seconds}
        shown["boundObjectRef"] = spec.get("boundObjectRef")
        status = {"token": token, "expirationTimestamp": rfc3339(ends)}
        return {**body, "metadata": meta | body["metadata"], "spec": shown, "status": status}

    def _bound(self, reference: Mapping[str, Any] | None, question: Question, account: Object) -> Object | None:
        if not reference:
            return None
        kind, name = str(reference.get("kind") or ""), str(reference.get("name") or "")
        if kind not in ("Pod", "Secret", "Node"):
            group, _, version = str(reference.get("apiVersion") or "").rpartition("/")
            raise bad_request(f"cannot bind token to object of type {group}/{version}, Kind={kind}")
        plural = kind.lower() + "s"
        found = self.objects.get(plural, "" if kind == "Node" else question.namespace, name)
        if found is None:
            raise not_found("", plural, name)
        used = (found.get("spec") or {}).get("serviceAccountName")
        if kind == "Pod" and used != question.name:
            raise bad_request(f'cannot bind token for serviceaccount "{question.name}" to pod running with different serviceaccount name.')
        if reference.get("uid") and reference["uid"] != uid_of(found):
            cause = f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record."
            raise conflict("", kind, name, cause + " The object might have been deleted and then recreated")
        return found


def _check_incarnation(question: Question, account: Object) -> None:
    """Raises StatusError 409: a token for an account that was made anew meanwhile is not what the client wants."""
    uid = str(metadata_of(question.object).get("uid") or "")
    if uid and uid != uid_of(account):
        cause = f"the UID in the token request ({uid}) does not match the UID of the service account ({uid_of(account)})"
        raise conflict(_AUTHENTICATION, "TokenRequest", question.name, cause)


def _checked_seconds(seconds: Any) -> int:
    """Raises StatusError 400, 422."""
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise bad_request("the object provided is unrecognized: spec.expirationSeconds must be an integer")
    problem = ""
    if seconds < _TEN_MINUTES:
        problem = "may not specify a duration less than 10 minutes"
    elif seconds > _LONGEST:
        problem = "may not specify a duration larger than 2^32 seconds"
    if problem:
        field = "spec.expirationSeconds"
        raise _invalid("TokenRequest", _AUTHENTICATION, field, "FieldValueInvalid", f"Invalid value: {seconds}: {problem}")
    return seconds


def questions(tokens: BearerTokens, authorizer: Rbac, objects: Objects) -> dict[tuple[str, str], Answerer]:
    """Who answers, by qualified resource and subresource."""
    access = {
        f"{kind.lower()}s.{_AUTHORIZATION}": AccessReviews(kind, authorizer)
        for kind in ("SelfSubjectAccessReview", "SubjectAccessReview", "LocalSubjectAccessReview")
    }
    found: dict[tuple[str, str], Answerer] = {(qualified, ""): review for qualified, review in access.items()}
    return found | {
        (f"selfsubjectrulesreviews.{_AUTHORIZATION}", ""): SelfSubjectRulesReviews(authorizer),
        (f"selfsubjectreviews.{_AUTHENTICATION}", ""): SelfSubjectReviews(),
        (f"tokenreviews.{_AUTHENTICATION}", ""): TokenReviews(tokens),
        ("serviceaccounts", "token"): TokenRequests(tokens.accounts, objects),
    }
