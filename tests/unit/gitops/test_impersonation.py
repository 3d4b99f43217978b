"""As whom objects are written."""

from typing import Any

import pytest

from stackwright.gitops.clusters import IN_CLUSTER, Cluster
from stackwright.gitops.impersonation import NoAccount, account_for, writer
from stackwright.gitops.settings import Settings

FAR = Cluster("https://far.example.com", "far")
HERE = IN_CLUSTER.server


def entry(server: str, namespace: str, account: str) -> dict[str, str]:
    return {"server": server, "namespace": namespace, "defaultServiceAccount": account}


def project(*entries: dict[str, str]) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"destinationServiceAccounts": list(entries)}}


def app(namespace: str = "shop") -> dict[str, Any]:
    spec = {"destination": {"server": HERE} | ({"namespace": namespace} if namespace else {})}
    return {"metadata": {"name": "web", "namespace": "team"}, "spec": spec}


@pytest.mark.parametrize(
    ("entries", "cluster", "namespace", "want", "reason"),
    [
        ([entry(HERE, "shop", "deployer")], IN_CLUSTER, "shop", "system:serviceaccount:shop:deployer", "exact"),
        ([entry("https://*", "sh?p", "deployer")], FAR, "shop", "system:serviceaccount:shop:deployer", "globs"),
        ([entry(HERE, "*", "ops:deployer")], IN_CLUSTER, "shop", "system:serviceaccount:ops:deployer", "a namespace of its own"),
        ([entry(HERE, "*", "a"), entry(HERE, "shop", "b")], IN_CLUSTER, "shop", "system:serviceaccount:shop:a", "the first that fits"),
        ([entry(HERE, "other", "a"), entry(HERE, "*", "b")], IN_CLUSTER, "shop", "system:serviceaccount:shop:b", "others are passed over"),
        ([entry(HERE, "*", "a")], IN_CLUSTER, "", "system:serviceaccount:team:a", "without a destination namespace the Application's"),
        ([entry(HERE, "*", "a")], FAR, "shop", "", "another cluster"),
        ([], IN_CLUSTER, "shop", "", "nothing is named"),
    ],
)
def test_the_first_entry_that_fits_names_the_account(
    entries: list[dict[str, str]], cluster: Cluster, namespace: str, want: str, reason: str
) -> None:
    assert account_for(project(*entries), app(namespace), cluster) == want, reason


@pytest.mark.parametrize("name", ["", "  ", "a*", "!a", "a/b", "{a}"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(NoAccount, match="default service account contains invalid chars"):
        account_for(project(entry("*", "*", name)), app(), IN_CLUSTER)


class Client:
    def speaking_as(self, user: str) -> Any:
        return user


@pytest.mark.parametrize(("mode", "named", "want"), [("", True, "own"), ("enforced", True, "other"), ("lenient", False, "own")])
def test_who_writes_depends_on_the_settings(mode: Any, named: bool, want: str) -> None:
    client: Any = Client()
    entries = [entry("*", "*", "a")] if named else []
    found = writer(client, Settings(impersonation=mode), project(*entries), app(), IN_CLUSTER)
    assert found == (client if want == "own" else "system:serviceaccount:shop:a")


def test_nobody_writes_where_nothing_fits_and_that_is_enforced() -> None:
    client: Any = Client()
    with pytest.raises(NoAccount, match=f"no matching service account found for destination server {HERE} and namespace shop"):
        writer(client, Settings(impersonation="enforced"), project(), app(), IN_CLUSTER)
