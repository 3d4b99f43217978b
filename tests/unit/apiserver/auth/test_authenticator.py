"""Who asks: tokens, the anonymous user, impersonation."""

import base64
from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.api.user import ANONYMOUS, AUTHENTICATED, MASTERS, User
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


# -- impersonation -------------------------------------------------------------------------------------------------------


def test_a_master_speaks_for_others_with_their_groups(auth: Auth) -> None:
    def impersonated(**headers: str) -> User:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return auth.authenticator.authenticate({**ADMIN, **named})

    assert impersonated(impersonate_user="ann") == User("ann", (AUTHENTICATED,))
    assert impersonated(impersonate_user="ann", impersonate_group="a,b").groups == ("a", "b", AUTHENTICATED)
    robot = impersonated(impersonate_user="system:serviceaccount:ns:robot")
    assert robot.groups == ("system:serviceaccounts", "system:serviceaccounts:ns", AUTHENTICATED)
    rich = impersonated(impersonate_user="ann", impersonate_uid="u", impersonate_extra_team="red")
    assert (rich.uid, rich.extra) == ("u", {"team": ("red",)})


def refusal(subject: str, resource: str, group: str, scope: str) -> str:
    return f'{subject} is forbidden: User "ann" cannot impersonate resource "{resource}" in API group "{group}" {scope}'


AUTHENTICATION, CLUSTER = "authentication.k8s.io", "at the cluster scope"
REFUSALS = [
    ({"impersonate-user": "bob"}, refusal('users "bob"', "users", "", CLUSTER)),
    ({"impersonate-user": "joe", "impersonate-group": MASTERS}, refusal('groups "system:masters"', "groups", "", CLUSTER)),
    (
        {"impersonate-user": "system:serviceaccount:ns:robot"},
        refusal('serviceaccounts "robot"', "serviceaccounts", "", 'in the namespace "ns"'),
    ),
    (
        {"impersonate-user": "joe", "impersonate-extra-team": "red"},
        refusal(f'userextras.{AUTHENTICATION} "red"', "userextras/team", AUTHENTICATION, CLUSTER),
    ),
    (
        {"impersonate-user": "joe", "impersonate-uid": "u"},
        refusal(f'uids.{AUTHENTICATION} "u"', "uids", AUTHENTICATION, CLUSTER),
    ),
]


@pytest.mark.parametrize("headers,message", REFUSALS)
def test_others_speak_only_for_whom_they_may(headers: dict[str, str], message: str, auth: Auth, shelf: Any) -> None:
    rule = {"apiGroups": [""], "resources": ["users"], "resourceNames": ["joe"], "verbs": ["impersonate"]}
    reference = {"kind": "ClusterRole", "name": "speaker"}
    shelf.put("clusterroles.rbac.authorization.k8s.io", {"metadata": {"name": "speaker"}, "rules": [rule]})
    binding = {"metadata": {"name": "speaker"}, "subjects": [{"kind": "User", "name": "ann"}], "roleRef": reference}
    shelf.put("clusterrolebindings.rbac.authorization.k8s.io", binding)
    as_ann = type(auth.authenticator)(Always(User("ann", (AUTHENTICATED,))), auth.authorizer)  # type: ignore[call-arg]
    assert as_ann.authenticate({"impersonate-user": "joe"}).name == "joe"
    with pytest.raises(StatusError) as refused:
        as_ann.authenticate(headers)
    assert (refused.value.http_status, refused.value.message) == (403, message)


class Always:
    def __init__(self, user: User) -> None:
        self._user = user

    def authenticate(self, headers: Any) -> User:
        return self._user


def test_groups_without_a_user_are_an_error(auth: Auth) -> None:
    with pytest.raises(StatusError) as failed:
        auth.authenticator.authenticate({**ADMIN, "impersonate-group": "a"})
    assert failed.value.http_status == 500
