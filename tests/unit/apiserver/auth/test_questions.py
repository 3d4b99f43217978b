"""Reviews and token requests, asked of a whole server."""

from typing import Any

import pytest

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.api.user import AUTHENTICATED
from stackwright.apiserver.auth.assembly import Auth
from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.registry import Registry
from stackwright.apiserver.server import ApiServer
from stackwright.kernel import json
from stackwright.kernel.http import Request
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore

ADMIN = {"authorization": "Bearer secret", "content-type": "application/json"}
AUTHENTICATION, AUTHORIZATION = "authentication.k8s.io", "authorization.k8s.io"
ACCOUNT = {"kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "ns", "uid": "u-1"}}


@pytest.fixture
def ask(auth: Auth, clock: Any) -> Any:
    registry = Registry()
    for kind in builtin_kinds():
        if kind.resource.group in (AUTHENTICATION, AUTHORIZATION) or kind.resource.qualified in ("serviceaccounts", "configmaps"):
            registry.add(kind)
    store = ObjectStore(MemoryJournal())
    parts = Parts(
        store,
        registry,
        auth.authenticator,
        auth.authorizer,
        clock,
        questions=auth.questions,
        documents=auth.documents,
        impersonation=auth.impersonation,
    )
    server = ApiServer(parts)

    async def post(path: str, obj: Object | None, method: str = "POST", query: Any = (), **headers: str) -> Any:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        body = json.dumps(obj) if obj is not None else b""
        response = await server.handle(Request(method, path, query, {**ADMIN, **named}, body))
        found = json.loads(response.body)
        if response.status >= 400:
            raise StatusError.parse(response.status, found)
        return found

    return post


def access_review(kind: str, **spec: Any) -> Object:
    return {"apiVersion": f"{AUTHORIZATION}/v1", "kind": kind, "spec": spec}


async def test_anybody_may_ask_who_they_are_and_what_they_may(ask: Any, shelf: Any) -> None:
    shelf.grant("r", [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}], {"kind": "User", "name": "ann"})
    who = {"apiVersion": f"{AUTHENTICATION}/v1", "kind": "SelfSubjectReview"}
    found = await ask(f"/apis/{AUTHENTICATION}/v1/selfsubjectreviews", who, impersonate_user="ann", impersonate_group="devs")
    assert found["status"]["userInfo"] == {"username": "ann", "groups": ["devs", AUTHENTICATED]}
    path = f"/apis/{AUTHORIZATION}/v1/selfsubjectaccessreviews"
    for verb, allowed in (("get", True), ("delete", False)):
        attributes = {"verb": verb, "resource": "configmaps", "namespace": "ns"}
        review = access_review("SelfSubjectAccessReview", resourceAttributes=attributes)
        status = (await ask(path, review, impersonate_user="ann"))["status"]
        assert status["allowed"] is allowed
        assert ("reason" in status) is allowed


async def test_an_access_review_asks_for_a_user_or_a_path(ask: Any) -> None:
    path = f"/apis/{AUTHORIZATION}/v1/subjectaccessreviews"
    public = {"path": "/version", "verb": "get"}
    review = access_review("SubjectAccessReview", user="x", groups=[AUTHENTICATED], nonResourceAttributes=public)
    assert (await ask(path, review))["status"]["allowed"]
    for spec in ({"user": "x"}, {"resourceAttributes": {"verb": "get", "resource": "pods"}}):
        with pytest.raises(StatusError) as refused:
            await ask(path, access_review("SubjectAccessReview", **spec))
        assert refused.value.http_status == 422
    with pytest.raises(StatusError) as refused:
        await ask(path, access_review("SubjectAccessReview", user="x", nonResourceAttributes=public), impersonate_user="ann")
    assert refused.value.http_status == 403


async def test_what_a_user_may_in_a_namespace_is_listed(ask: Any, shelf: Any) -> None:
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    shelf.grant("r", [rule], {"kind": "User", "name": "ann"})
    review = access_review("SelfSubjectRulesReview", namespace="ns")
    status = (await ask(f"/apis/{AUTHORIZATION}/v1/selfsubjectrulesreviews", review, impersonate_user="ann"))["status"]
    assert rule in status["resourceRules"]
    assert status["incomplete"] is False


async def test_a_requested_token_is_reviewed_and_opens_the_door(ask: Any, shelf: Any) -> None:
    shelf.put("serviceaccounts", ACCOUNT)
    request = {"apiVersion": f"{AUTHENTICATION}/v1", "kind": "TokenRequest", "spec": {"audiences": [], "expirationSeconds": 600}}
    issued = await ask("/api/v1/namespaces/ns/serviceaccounts/robot/token", request)
    token = issued["status"]["token"]
    assert issued["status"]["expirationTimestamp"] == "2026-01-01T00:10:00Z"
    review = {"apiVersion": f"{AUTHENTICATION}/v1", "kind": "TokenReview", "spec": {"token": token}}
    status = (await ask(f"/apis/{AUTHENTICATION}/v1/tokenreviews", review))["status"]
    assert status["authenticated"] and status["user"]["username"] == "system:serviceaccount:ns:robot"
    wrong = {**review, "spec": {"token": "wrong"}}
    assert (await ask(f"/apis/{AUTHENTICATION}/v1/tokenreviews", wrong))["status"]["error"] == "invalid bearer token"
    who = await ask(f"/apis/{AUTHENTICATION}/v1/selfsubjectreviews", {"kind": "SelfSubjectReview"}, authorization=f"Bearer {token}")
    assert who["status"]["userInfo"]["username"] == "system:serviceaccount:ns:robot"


async def test_a_token_for_an_account_made_anew_is_a_conflict(ask: Any, shelf: Any) -> None:
    shelf.put("serviceaccounts", ACCOUNT)
    request = {"apiVersion": f"{AUTHENTICATION}/v1", "kind": "TokenRequest", "metadata": {"uid": "u-0"}, "spec": {}}
    with pytest.raises(StatusError) as refused:
        await ask("/api/v1/namespaces/ns/serviceaccounts/robot/token", request)
    assert refused.value.http_status == 409
    assert refused.value.message == (
        'Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "robot": '
        "the UID in the token request (u-0) does not match the UID of the service account (u-1)"
    )


TOKEN_REFUSALS = [
    ({"expirationSeconds": "soon"}, 400, "must be an integer"),
    ({"expirationSeconds": 1}, 422, "may not specify a duration less than 10 minutes"),
    ({"expirationSeconds": 1 << 33}, 422, "may not specify a duration larger than 2^32 seconds"),
    ({"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "p"}}, 404, 'pods "p" not found'),
    ({"boundObjectRef": {"kind": "ConfigMap", "apiVersion": "v1", "name": "p"}}, 400, "cannot bind token"),
]


@pytest.mark.parametrize("spec,code,message", TOKEN_REFUSALS)
async def test_a_token_is_not_issued_for_too_long_or_for_nothing(spec: Any, code: int, message: str, ask: Any, shelf: Any) -> None:
    shelf.put("serviceaccounts", ACCOUNT)
    request = {"apiVersion": f"{AUTHENTICATION}/v1", "kind": "TokenRequest", "spec": spec}
    with pytest.raises(StatusError) as refused:
        await ask("/api/v1/namespaces/ns/serviceaccounts/robot/token", request)
    assert refused.value.http_status == code and message in refused.value.message


async def test_the_issuer_publishes_its_key_to_accounts_and_not_to_everybody(ask: Any, auth: Auth) -> None:
    found = await ask("/.well-known/openid-configuration", None, "GET", host="api.example:443")
    assert (found["issuer"], found["jwks_uri"]) == ("https://kubernetes.default.svc", "https://api.example:443/openid/v1/jwks")
    assert (await ask("/openid/v1/jwks", None, "GET"))["keys"][0]["kid"] == auth.accounts.key.key_id
    with pytest.raises(StatusError):
        await ask("/openid/v1/jwks", None, "GET", impersonate_user="ann")


async def test_who_may_change_may_not_make_by_that(ask: Any, shelf: Any) -> None:
    shelf.grant("p", [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch", "update"]}], {"kind": "User", "name": "ann"})
    applied = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    with pytest.raises(StatusError) as refused:
        headers = {"impersonate_user": "ann", "content_type": "application/apply-patch+yaml"}
        await ask("/api/v1/namespaces/ns/configmaps/c", applied, "PATCH", (("fieldManager", "m"),), **headers)
    assert (refused.value.http_status, refused.value.reason) == (403, "Forbidden")
