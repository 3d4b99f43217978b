"""Whose settings count for an Application."""

import base64
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from stackwright.client.informer import Informer
from stackwright.gitops.notifications.configurations import CONFIG, PARAMETERS, SECRET, SELF_SERVICE, Configurations
from stackwright.gitops.notifications.decide import decide
from stackwright.gitops.notifications.services import outgoing
from stackwright.gitops.notifications.subscriptions import wanted, without_others
from stackwright.gitops.notifications.types import Destination, Notification
from stackwright.kernel.errors import BadInput


class Store:
    """Objects by (name, namespace), as an informer has them."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.objects = {(each["metadata"]["name"], each["metadata"]["namespace"]): each for each in objects}

    def get(self, name: str, namespace: str = "") -> dict[str, Any] | None:
        return self.objects.get((name, namespace))


def named(name: str, namespace: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "data": {key.replace("__", "."): value for key, value in data.items()}}


def switch(on: str) -> dict[str, Any]:
    return {"metadata": {"name": PARAMETERS, "namespace": "argocd"}, "data": {SELF_SERVICE: on}}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def configurations(on: str = "true") -> tuple[Configurations, Store]:
    configs = Store(
        named(CONFIG, "argocd", service__slack="token: $word", context="site: north"),
        named(CONFIG, "team", service__webhook__hook="url: 'https://example.org/$word'"),
        switch(on),
    )
    secrets = Store(named(SECRET, "argocd", word=encoded("control")), named(SECRET, "team", word=encoded("own")))
    return Configurations(cast("Informer", configs), cast("Informer", secrets), "argocd", {"argocdUrl": "https://cd"}), configs


def test_a_namespace_has_its_own_settings_with_its_own_secrets_beside_the_control_planes() -> None:
    own, control = configurations()[0].of("team")
    assert (own.namespace, own.services) == ("team", {"hook": ("webhook", {"url": "https://example.org/own"})})
    assert (control.namespace, control.services) == ("", {"slack": ("slack", {"token": "control"})})
    assert control.context == {"argocdUrl": "https://cd", "site": "north"}


@pytest.mark.parametrize(
    ("on", "namespace", "why"),
    [("false", "team", "it is not allowed"), ("true", "argocd", "it is the control plane's"), ("true", "bare", "it has no settings")],
)
def test_otherwise_the_control_planes_settings_count_alone(on: str, namespace: str, why: str) -> None:
    assert [each.namespace for each in configurations(on)[0].of(namespace)] == [""], why


def test_what_changed_is_read_again_and_says_whose_applications_it_is_about() -> None:
    found, configs = configurations()
    found.of("team")
    changed = named(CONFIG, "team", service__webhook__new="url: 'https://example.org'")
    configs.objects[CONFIG, "team"] = changed
    assert found.changed(changed) == "team"
    assert list(found.of("team")[0].services) == ["new"]
    assert [found.changed(switch("false")), found.changed(named(SECRET, "argocd")), found.changed(named("other", "team"))] == ["", "", None]


def test_a_service_that_only_one_of_them_has_is_told_by_that_one() -> None:
    own, control = configurations()[0].of("team")
    prefix = "notifications.argoproj.io/subscribe.on-created"
    annotations = {f"{prefix}.{service}": "room" for service in ("slack", "hook", "forge", "nowhere")}
    app = {"metadata": {"name": "shop", "annotations": annotations}}
    found = [
        [destination.service for destination in without_others(wanted(app, None, one), one, [other])["on-created"]]
        for one, other in ((own, control), (control, own))
    ]
    assert found == [["hook", "nowhere"], ["slack", "forge", "nowhere"]]


def test_what_a_namespaces_own_settings_told_is_remembered_apart() -> None:
    own, control = configurations()[0].of("team")
    app = {"metadata": {"name": "shop"}}
    asked = {"on-created": dict.fromkeys([Destination("hook", "")])}
    keys = [decide(asked, each, {"app": app}, {}).due[0].key for each in (own, control)]
    assert keys[0] == f"team:{keys[1]}"


def test_a_namespaces_own_settings_do_not_mark_commits_of_our_forge() -> None:
    own, _ = configurations()[0].of("team")
    with pytest.raises(BadInput, match="control plane"):
        outgoing(Notification("told"), Destination("forge", ""), own, {"metadata": {"name": "shop"}}, datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("namespace", "project", "followed", "counts", "why"),
    [
        ("argocd", None, "", True, "it is the control plane's"),
        ("team", ["team"], None, True, "its project lets it live there"),
        ("team", ["team"], "other, te*", True, "it is followed too"),
        ("team", ["team"], "other", False, "it is not followed"),
        ("team", ["other"], None, False, "its project does not let it live there"),
        ("team", None, None, False, "it has no project"),
    ],
)
def test_applications_that_are_not_the_engines_tell_nothing(
    namespace: str, project: list[str] | None, followed: str | None, counts: bool, why: str
) -> None:
    parameters = {"metadata": {"name": PARAMETERS, "namespace": "argocd"}, "data": {"application.namespaces": followed}}
    configs = Store(*([parameters] if followed is not None else []))
    found = Configurations(cast("Informer", configs), cast("Informer", Store()), "argocd", {})
    app = {"metadata": {"name": "shop", "namespace": namespace}}
    assert found.counts(app, None if project is None else {"spec": {"sourceNamespaces": project}}) is counts, why
