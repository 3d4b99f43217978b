"""For whom a request speaks."""

from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.api.user import ANONYMOUS, AUTHENTICATED, MASTERS, UNAUTHENTICATED, User
from stackwright.apiserver.auth.assembly import Auth
from stackwright.apiserver.auth.ports import Access

MASTER, ANN = User("admin", (MASTERS, AUTHENTICATED)), User("ann", (AUTHENTICATED,))
LIST_PODS = Access("list", "", "v1", "pods", "", "ns")
AUTHENTICATION = "authentication.k8s.io"


def rule(group: str, resource: str, verb: str, *names: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": [verb]} | ({"resourceNames": list(names)} if names else {})


def grant(shelf: Any, *rules: dict[str, Any], user: User = ANN) -> None:
    """In the whole cluster."""
    role = {"metadata": {"name": "speaker"}, "rules": list(rules)}
    reference = {"kind": "ClusterRole", "name": "speaker"}
    shelf.put("clusterroles.rbac.authorization.k8s.io", role)
    subject = {"kind": "User", "name": user.name}
    shelf.put(
        "clusterrolebindings.rbac.authorization.k8s.io", {"metadata": {"name": "speaker"}, "subjects": [subject], "roleRef": reference}
    )


SPOKEN_FOR = [
    ({}, MASTER),
    ({"user": "ann"}, ANN),
    ({"user": "ann", "group": "a,b"}, User("ann", ("a", "b", AUTHENTICATED))),
    ({"user": "ann", "group": UNAUTHENTICATED}, User("ann", (UNAUTHENTICATED,))),
    ({"user": "system:anonymous"}, ANONYMOUS),
    (
        {"user": "system:serviceaccount:ns:robot"},
        User("system:serviceaccount:ns:robot", ("system:serviceaccounts", "system:serviceaccounts:ns", AUTHENTICATED)),
    ),
    ({"user": "system:node:n"}, User("system:node:n", ("system:nodes", AUTHENTICATED))),
    ({"user": "ann", "uid": "u", "extra-team": "red,blue"}, User("ann", (AUTHENTICATED,), "u", {"team": ("red", "blue")})),
]


@pytest.mark.parametrize("headers,expected", SPOKEN_FOR)
def test_a_master_speaks_for_anybody_with_the_groups_they_have(headers: dict[str, str], expected: User, auth: Auth) -> None:
    named = {f"impersonate-{key}": value for key, value in headers.items()}
    assert auth.impersonation.speaking(MASTER, named, LIST_PODS) == expected


@pytest.mark.parametrize(
    "headers,shown",
    [
        ({"group": "a"}, 'UID:"", Groups:[]string{"a"}, Extra:map[string][]string(nil)'),
        ({"uid": "u", "extra-t": "x"}, 'UID:"u", Groups:[]string(nil), Extra:map[string][]string{"t":[]string{"x"}}'),
    ],
)
def test_attributes_of_nobody_are_a_bad_request(headers: dict[str, str], shown: str, auth: Auth) -> None:
    named = {f"impersonate-{key}": value for key, value in headers.items()}
    with pytest.raises(StatusError) as refused:
        auth.impersonation.speaking(MASTER, named, LIST_PODS)
    told = f'requested &user.DefaultInfo{{Name:"", {shown}}} without impersonating a user name'
    assert (refused.value.http_status, refused.value.message) == (400, told)


def test_who_may_speak_for_nobody_hears_what_the_first_way_lacks(auth: Auth) -> None:
    def message(user: str, access: Access) -> str:
        with pytest.raises(StatusError) as refused:
            auth.impersonation.speaking(ANN, {"impersonate-user": user}, access)
        assert refused.value.http_status == 403
        return refused.value.message

    assert message("bob", LIST_PODS) == (
        'pods is forbidden: User "ann" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "ns"'
    )
    assert "impersonate-on:serviceaccount:list" in message("system:serviceaccount:ns:robot", LIST_PODS)
    assert message("bob", Access("get", path="/metrics")) == (
        'forbidden: User "ann" cannot impersonate-on:user-info:get path "/metrics"'
    )  # fmt: skip


def test_the_old_verb_opens_everything_that_the_other_may(auth: Auth, shelf: Any) -> None:
    grant(shelf, rule("", "users", "impersonate", "joe"))
    speak = auth.impersonation.speaking
    assert speak(ANN, {"impersonate-user": "joe"}, LIST_PODS).name == "joe"
    for headers in ({"user": "bob"}, {"user": "joe", "group": MASTERS}, {"user": "joe", "uid": "u"}, {"user": "joe", "extra-team": "red"}):
        with pytest.raises(StatusError):
            speak(ANN, {f"impersonate-{key}": value for key, value in headers.items()}, LIST_PODS)


def test_the_new_verbs_open_one_identity_for_one_action(auth: Auth, shelf: Any) -> None:
    identity = rule(AUTHENTICATION, "users", "impersonate:user-info", "joe")
    grant(shelf, identity, rule("", "pods", "impersonate-on:user-info:list"))
    speak = auth.impersonation.speaking
    assert speak(ANN, {"impersonate-user": "joe"}, LIST_PODS).name == "joe"
    with pytest.raises(StatusError, match="cannot impersonate-on:user-info:delete"):
        speak(ANN, {"impersonate-user": "joe"}, Access("delete", "", "v1", "pods", "", "ns", "p"))
    with pytest.raises(StatusError, match='cannot impersonate:user-info resource "users" in API group "authentication'):
        speak(ANN, {"impersonate-user": "bob"}, LIST_PODS)
    with pytest.raises(StatusError, match='cannot impersonate:user-info resource "groups"'):
        speak(ANN, {"impersonate-user": "joe", "impersonate-group": MASTERS}, LIST_PODS)


def test_a_node_agent_speaks_for_its_own_node_only(auth: Auth, shelf: Any) -> None:
    agent = User("system:serviceaccount:ns:agent", (AUTHENTICATED,), extra={"authentication.kubernetes.io/node-name": ("n1",)})
    identity = rule(AUTHENTICATION, "nodes", "impersonate:associated-node")
    grant(shelf, identity, rule("", "pods", "impersonate-on:associated-node:list"), user=agent)
    speak = auth.impersonation.speaking
    assert speak(agent, {"impersonate-user": "system:node:n1"}, LIST_PODS).groups == ("system:nodes", AUTHENTICATED)
    with pytest.raises(StatusError):
        speak(agent, {"impersonate-user": "system:node:n2"}, LIST_PODS)
