"""Who asks: tokens and the anonymous user."""

import base64
from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.api.user import ANONYMOUS, AUTHENTICATED
from stackwright.apiserver.auth.assembly import Auth
from stackwright.apiserver.auth.jwt import BadToken, SigningKey
from stackwright.apiserver.auth.token_secrets import filled

ACCOUNT = {"metadata": {"name": "robot", "namespace": "ns", "uid": "u-1"}}
ADMIN = {"authorization": "Bearer secret"}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_known_token_is_its_user_and_no_token_is_anonymous(auth: Auth) -> None:
    assert auth.authenticator.authenticate(ADMIN).name == "admin"
    assert auth.authenticator.authenticate({}) == ANONYMOUS
    assert auth.authenticator.authenticate({"authorization": "Basic YTpi"}) == ANONYMOUS


@pytest.mark.parametrize("token", ["wrong", "eyJhbGciOiJub25lIn0.e30.", "a.b", "a.b.c", "ü", "." * 100_000])
def test_a_wrong_token_is_refused_and_never_anonymous(token: str, auth: Auth) -> None:
    with pytest.raises(StatusError) as refused:
        auth.authenticator.authenticate(bearer(token))
    assert (refused.value.http_status, refused.value.message) == (401, "Unauthorized")


def test_a_token_of_an_account_is_good_until_its_end(auth: Auth, shelf: Any, clock: Any) -> None:
    shelf.put("serviceaccounts", ACCOUNT)
    token, _ = auth.accounts.issue(ACCOUNT, (), 600)
    user = auth.authenticator.authenticate(bearer(token))
    assert (user.name, user.uid) == ("system:serviceaccount:ns:robot", "u-1")
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:ns", AUTHENTICATED)
    clock.advance(601)
    with pytest.raises(StatusError):
        auth.authenticator.authenticate(bearer(token))


def test_a_token_ends_with_its_account_and_with_what_it_is_bound_to(auth: Auth, shelf: Any) -> None:
    pod = {"kind": "Pod", "metadata": {"name": "p", "namespace": "ns", "uid": "u-2"}, "spec": {"serviceAccountName": "robot"}}
    shelf.put("serviceaccounts", ACCOUNT)
    shelf.put("pods", pod)
    plain, _ = auth.accounts.issue(ACCOUNT, (), 600)
    bound, _ = auth.accounts.issue(ACCOUNT, (), 600, pod)
    assert auth.authenticator.authenticate(bearer(bound)).extra["authentication.kubernetes.io/pod-name"] == ("p",)
    shelf.drop("pods", "ns", "p")
    with pytest.raises(StatusError):
        auth.authenticator.authenticate(bearer(bound))
    auth.authenticator.authenticate(bearer(plain))
    shelf.put("serviceaccounts", {"metadata": {**ACCOUNT["metadata"], "uid": "another"}})
    with pytest.raises(StatusError):
        auth.authenticator.authenticate(bearer(plain))


def test_a_token_for_somebody_else_opens_nothing_here(auth: Auth, shelf: Any) -> None:
    shelf.put("serviceaccounts", ACCOUNT)
    token, _ = auth.accounts.issue(ACCOUNT, ["vault"], 600)
    with pytest.raises(BadToken):
        auth.accounts.authenticate(token)
    assert auth.accounts.authenticate(token, ["vault", "other"])[1] == ["vault"]


def test_a_token_in_a_secret_is_good_while_the_secret_holds_it(auth: Auth, shelf: Any) -> None:
    shelf.put("serviceaccounts", ACCOUNT)
    secret = {"metadata": {"name": "tok", "namespace": "ns"}, "type": "kubernetes.io/service-account-token"}
    new: Any = filled(secret, ACCOUNT, auth.accounts, "PEM")
    assert new["metadata"]["annotations"] == {"kubernetes.io/service-account.uid": "u-1"}
    assert filled(new, ACCOUNT, auth.accounts, "PEM") is None
    token = base64.b64decode(new["data"]["token"]).decode()
    with pytest.raises(BadToken):
        auth.accounts.authenticate(token)
    shelf.put("secrets", new)
    assert auth.authenticator.authenticate(bearer(token)).name == "system:serviceaccount:ns:robot"
    shelf.put("secrets", {**new, "data": {**new["data"], "token": base64.b64encode(b"another").decode()}})
    with pytest.raises(BadToken):
        auth.accounts.authenticate(token)


def test_a_changed_token_and_one_of_another_cluster_are_refused(key: SigningKey) -> None:
    token = key.sign({"sub": "a"})
    assert key.verify(token) == {"sub": "a"}
    head, body, signature = token.split(".")
    forged = base64.urlsafe_b64encode(b'{"sub":"b"}').rstrip(b"=").decode()
    for wrong in (f"{head}.{forged}.{signature}", f"{head}.{body}.", SigningKey.generate().sign({"sub": "a"})):
        with pytest.raises(BadToken):
            key.verify(wrong)
    assert SigningKey.load(key.dump()).verify(token) == {"sub": "a"}
