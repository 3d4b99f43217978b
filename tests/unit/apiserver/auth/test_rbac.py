"""What roles and bindings open, and that nobody grants what they do not hold."""

from typing import Any

import pytest

from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError
from stackwright.api.user import ANONYMOUS, AUTHENTICATED, MASTERS, User
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.assembly import Auth
from stackwright.apiserver.auth.bootstrap import bootstrap_bindings, bootstrap_roles, reconciled
from stackwright.apiserver.auth.ports import Access
from stackwright.apiserver.auth.rbac import aggregated_rules
from stackwright.apiserver.auth.rules import allows, shown, uncovered

GROUP = "rbac.authorization.k8s.io"
ANN = User("ann", ("devs", AUTHENTICATED))
READ: dict[str, Any] = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}


def get(resource: str, namespace: str = "ns", name: str = "", subresource: str = "", verb: str = "get", group: str = "") -> Access:
    return Access(verb, group, "v1", resource, subresource, namespace, name)


RULES = [
    (READ, get("configmaps"), True),
    (READ, get("configmaps", verb="delete"), False),
    (READ, get("secrets"), False),
    (READ, get("configmaps", group="apps"), False),
    (READ, get("configmaps", subresource="status"), False),
    ({**READ, "resources": ["*"]}, get("configmaps", subresource="status"), True),
    ({**READ, "resources": ["*/status"]}, get("configmaps", subresource="status"), True),
    ({**READ, "resources": ["*/status"]}, get("configmaps"), False),
    ({**READ, "resources": ["configmaps/status"]}, get("configmaps", subresource="status"), True),
    ({**READ, "resourceNames": ["one"]}, get("configmaps", name="one"), True),
    ({**READ, "resourceNames": ["one"]}, get("configmaps", name="two"), False),
    ({**READ, "resourceNames": ["one"]}, get("configmaps"), False),
    ({"verbs": ["get"], "nonResourceURLs": ["/healthz/*"]}, Access("get", path="/healthz/ping"), True),
    ({"verbs": ["get"], "nonResourceURLs": ["/healthz/*"]}, Access("get", path="/healthz"), False),
    ({"verbs": ["get"], "nonResourceURLs": ["/healthz"]}, Access("get", path="/healthz/ping"), False),
    ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, Access("get", path="/metrics"), False),
]


@pytest.mark.parametrize("rule,access,expected", RULES)
def test_a_rule_opens_exactly_what_it_names(rule: Any, access: Access, expected: bool) -> None:
    assert allows(rule, access) is expected


@pytest.mark.parametrize(
    "subject",
    [
        {"kind": "User", "name": "ann"},
        {"kind": "Group", "name": "devs"},
        {"kind": "Group", "name": AUTHENTICATED},
    ],
)
def test_a_binding_opens_its_namespace_to_users_and_groups(subject: Any, auth: Auth, shelf: Any) -> None:
    shelf.grant("reader", [READ], subject)
    decision = auth.authorizer.authorize(ANN, get("configmaps"))
    assert decision.allowed
    assert decision.reason.startswith('RBAC: allowed by RoleBinding "reader/ns" of Role "reader" to ')
    assert not auth.authorizer.authorize(ANN, get("configmaps", namespace="other")).allowed
    assert not auth.authorizer.authorize(ANN, get("configmaps", namespace="")).allowed
    assert not auth.authorizer.authorize(ANONYMOUS, get("configmaps")).allowed


def test_a_service_account_is_meant_by_namespace_and_name(auth: Auth, shelf: Any) -> None:
    shelf.grant("reader", [READ], {"kind": "ServiceAccount", "name": "robot", "namespace": "other"})
    assert auth.authorizer.authorize(User("system:serviceaccount:other:robot"), get("configmaps")).allowed
    assert not auth.authorizer.authorize(User("system:serviceaccount:ns:robot"), get("configmaps")).allowed


def test_a_binding_to_nothing_opens_nothing_and_says_so(auth: Auth, shelf: Any) -> None:
    shelf.grant("reader", [READ], {"kind": "User", "name": "ann"})
    shelf.drop(f"roles.{GROUP}", "ns", "reader")
    decision = auth.authorizer.authorize(ANN, get("configmaps"))
    assert (decision.allowed, decision.reason) == (False, f'RBAC: role.{GROUP} "reader" not found')


PUBLIC = [
    (ANONYMOUS, "/version", True),
    (ANONYMOUS, "/healthz", True),
    (ANONYMOUS, "/api", False),
    (ANONYMOUS, "/metrics", False),
    (ANN, "/api", True),
    (ANN, "/apis/apps/v1", True),
    (ANN, "/metrics", False),
    (User("prometheus", ("system:monitoring",)), "/metrics", True),
    (User("admin", (MASTERS,)), "/anything", True),
]


@pytest.mark.parametrize("user,path,expected", PUBLIC)
def test_the_default_roles_open_a_few_paths(user: User, path: str, expected: bool, auth: Auth) -> None:
    assert auth.authorizer.authorize(user, Access("get", path=path)).allowed is expected


# -- escalation ------------------------------------------------------------------------------------------------------------


def write(plural: str, obj: Object, user: User = ANN, old: Object | None = None) -> Attributes:
    resource = Resource(GROUP, "v1", plural, plural.title(), not plural.startswith("cluster"))
    return Attributes("UPDATE" if old else "CREATE", resource, "", "ns", "x", obj, old, user)


async def test_nobody_makes_a_role_of_more_than_they_hold(auth: Auth, shelf: Any) -> None:
    shelf.grant("mine", [READ], {"kind": "User", "name": "ann"})
    await auth.escalation.validate(write("roles", {"rules": [{**READ, "verbs": ["get"]}]}))
    more = {"rules": [{**READ, "verbs": ["get", "watch", "delete"]}]}
    with pytest.raises(StatusError) as refused:
        await auth.escalation.validate(write("roles", more))
    assert refused.value.message == (
        f'roles.{GROUP} "x" is forbidden: user "ann" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions '
        'not currently held:\n{APIGroups:[""], Resources:["configmaps"], Verbs:["watch" "delete"]}'
    )
    await auth.escalation.validate(write("roles", more, User("admin", (MASTERS,))))
    await auth.escalation.validate(write("roles", {**more, "metadata": {"labels": {"a": "b"}}}, old=more))


async def test_nobody_binds_a_role_of_more_than_they_hold_unless_they_may_bind(auth: Auth, shelf: Any) -> None:
    admin = {"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}}
    with pytest.raises(StatusError, match="is attempting to grant RBAC permissions not currently held"):
        await auth.escalation.validate(write("rolebindings", admin))
    with pytest.raises(StatusError) as missing:
        await auth.escalation.validate(write("rolebindings", {"roleRef": {"kind": "Role", "name": "nosuch"}}))
    assert missing.value.http_status == 404
    bind = {"apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": ["cluster-admin"], "verbs": ["bind"]}
    shelf.grant("binder", [bind], {"kind": "User", "name": "ann"})
    await auth.escalation.validate(write("rolebindings", admin))


def test_what_is_not_covered_is_told_once_for_each_resource() -> None:
    wanted = [{"apiGroups": ["apps", ""], "resources": ["a"], "verbs": ["get", "list"]}, {"nonResourceURLs": ["/x"], "verbs": ["get"]}]
    held = [{"apiGroups": ["apps"], "resources": ["*"], "verbs": ["*"]}]
    assert [shown(rule) for rule in uncovered(held, wanted)] == [
        '{APIGroups:[""], Resources:["a"], Verbs:["get" "list"]}',
        '{NonResourceURLs:["/x"], Verbs:["get"]}',
    ]
    assert uncovered([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}], wanted) == []


# -- defaults --------------------------------------------------------------------------------------------------------------


def test_a_default_gets_back_what_it_lost_and_keeps_what_was_added() -> None:
    wanted = next(role for role in bootstrap_roles() if role["metadata"]["name"] == "system:basic-user")
    assert reconciled(wanted, None) == wanted
    assert reconciled(wanted, wanted) is None
    fixed: Any = reconciled(wanted, {**wanted, "rules": [READ]})
    assert fixed["rules"][0] == READ and uncovered(fixed["rules"], wanted["rules"]) == []
    alone = {**wanted["metadata"], "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "false"}}
    assert reconciled(wanted, {**wanted, "metadata": alone, "rules": []}) is None
    binding = bootstrap_bindings()[0]
    assert (reconciled(binding, {**binding, "subjects": []}) or {})["subjects"] == binding["subjects"]


def test_a_role_gathers_the_rules_of_those_it_selects() -> None:
    selector = {"clusterRoleSelectors": [{"matchLabels": {"to": "x"}}]}
    gathering = {"metadata": {"name": "x", "labels": {"to": "x"}}, "aggregationRule": selector}
    others = [{"metadata": {"name": name, "labels": {"to": name[0]}}, "rules": [READ]} for name in ("x1", "x2", "y1")]
    assert aggregated_rules(gathering, [gathering, *others]) == [READ]
    assert aggregated_rules(others[0], others) is None
