"""argocd-cm and argocd-cmd-params-cm, key by key."""

from typing import Any

import pytest

from stackwright.gitops.clusters import IN_CLUSTER_SERVER, UnknownCluster, clusters_of, destination_cluster
from stackwright.gitops.diff.masks import hidden, masked_annotations
from stackwright.gitops.event_labels import EventLabels
from stackwright.gitops.memory import Memory
from stackwright.gitops.requests import SyncRequest, deviates
from stackwright.gitops.settings import Settings, Timing, parse_settings
from stackwright.gitops.timing import due, refreshes, spread


def test_nothing_said_is_what_argo_cd_does() -> None:
    found = parse_settings({})
    assert (found.timing, found.problems) == (Timing(), ())
    assert (found.timing.reconciliation, found.timing.jitter, found.timing.hard, found.timing.sync) == (120.0, 60.0, 0.0, 0.0)
    assert (found.impersonation, found.respect_rbac, found.app_namespaces, found.ignore_updates) == ("", "", None, True)


@pytest.mark.parametrize(
    ("key", "text", "seconds"),
    [
        ("timeout.reconciliation", "3m", 180.0),
        ("timeout.reconciliation", "90", 90.0),
        ("timeout.reconciliation", "0s", 0.0),
        ("timeout.reconciliation.jitter", "0", 0.0),
        ("timeout.hard.reconciliation", "1h30m", 5400.0),
    ],
)
def test_times_of_reconciliation_are_seconds_or_durations(key: str, text: str, seconds: float) -> None:
    name = {"timeout.reconciliation": "reconciliation", "timeout.reconciliation.jitter": "jitter"}.get(key, "hard")
    assert getattr(parse_settings({key: text}).timing, name) == seconds


def test_times_of_the_controller_are_parameters() -> None:
    parameters = {
        "controller.sync.timeout.seconds": "300",
        "controller.sync.wave.delay.seconds": "0",
        "controller.repo.error.grace.period.seconds": "30",
        "controller.self.heal.backoff.timeout.seconds": "4",
        "controller.self.heal.backoff.factor": "2",
        "controller.self.heal.backoff.cap.seconds": "60",
    }
    timing = parse_settings({}, parameters).timing
    assert (timing.sync, timing.wave_delay, timing.source_grace) == (300.0, 0.0, 30.0)
    assert (timing.heal_first, timing.heal_factor, timing.heal_longest) == (4.0, 2.0, 60.0)


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ({"timeout.hard.reconciliation": "soon"}, "timeout.hard.reconciliation"),
        ({"application.sync.impersonation.enabled": "perhaps"}, "application.sync.impersonation.enabled"),
        ({"resource.respectRBAC": "loose"}, "resource.respectRBAC"),
        ({"globalProjects": "{}"}, "globalProjects"),
        ({"resource.exclusions": "[: no"}, "resource.exclusions"),
    ],
)
def test_what_cannot_be_read_is_named_and_its_default_stands(raw: dict[str, str], named: str) -> None:
    found = parse_settings(raw)
    [problem] = found.problems
    assert problem.startswith(named)
    assert (found.timing, found.impersonation, found.respect_rbac, found.global_projects) == (Timing(), "", "", ())


@pytest.mark.parametrize(
    ("enabled", "enforced", "want"),
    [("true", None, "enforced"), ("true", "true", "enforced"), ("true", "false", "lenient"), ("false", "true", ""), (None, "true", "")],
)
def test_impersonation_is_enforced_unless_it_is_said_otherwise(enabled: str | None, enforced: str | None, want: str) -> None:
    raw = {"application.sync.impersonation.enabled": enabled, "application.sync.impersonation.enforced": enforced}
    assert parse_settings({key: value for key, value in raw.items() if value is not None}).impersonation == want


@pytest.mark.parametrize(
    ("listed", "namespace", "follows"),
    [
        (None, "anywhere", True),
        ("", "argocd", True),
        ("", "team", False),
        ("a, team-*", "team-1", True),
        ("/team-[0-9]+/", "team-1", True),
        ("/team-[0-9]+/", "team-x", False),
        ("/[/", "team-x", False),
    ],
)
def test_application_namespaces_are_globs_and_expressions(listed: str | None, namespace: str, follows: bool) -> None:
    parameters = {} if listed is None else {"application.namespaces": listed}
    assert parse_settings({}, parameters).follows(namespace, "argocd") is follows


EXCLUSIONS = """
- apiGroups: [example.org]
  clusters: ["https://far*"]
- kinds: [Secret]
"""


@pytest.mark.parametrize(
    ("group", "kind", "server", "reason"),
    [
        ("example.org", "Anything", "https://far.example.com", "no kinds are all kinds"),
        ("", "Secret", "https://near", "no groups are all groups"),
        ("", "Event", "", "events are nobody's, whatever is set"),
        ("metrics.k8s.io", "PodMetrics", "", "so are measurements"),
    ],
)
def test_exclusions_leave_kinds_out(group: str, kind: str, server: str, reason: str) -> None:
    assert parse_settings({"resource.exclusions": EXCLUSIONS}).is_excluded(group, kind, server), reason


def test_exclusions_of_one_cluster_leave_others_alone() -> None:
    found = parse_settings({"resource.exclusions": EXCLUSIONS})
    assert not found.is_excluded("example.org", "Anything", "https://near")
    assert not found.is_excluded("discovery.k8s.io", "EndpointSlice"), "what is set takes the place of the defaults"


def test_inclusions_leave_everything_else_out() -> None:
    found = parse_settings({"resource.inclusions": "[{apiGroups: [apps], kinds: ['*']}]"})
    assert (found.is_excluded("apps", "Deployment"), found.is_excluded("", "ConfigMap")) == (False, True)


def test_our_own_cluster_may_be_closed_to_applications() -> None:
    assert not parse_settings({"cluster.inClusterEnabled": "false"}).in_cluster
    with pytest.raises(UnknownCluster, match="is disabled"):
        destination_cluster({"server": IN_CLUSTER_SERVER}, clusters_of([], in_cluster=False))


# -- when to look anew ---------------------------------------------------------------------------------------------------------


def app(uid: str = "a") -> dict[str, Any]:
    return {"metadata": {"name": "web", "namespace": "argocd", "uid": uid}}


def test_a_refresh_is_due_after_the_interval_and_the_applications_part_of_the_jitter() -> None:
    timing, memory = Timing(reconciliation=100.0, jitter=10.0), Memory(rendered_at=1000.0)
    [moment] = refreshes(timing, app(), memory)
    assert 1100.0 <= moment <= 1110.0
    assert (due(timing, app(), memory, moment - 0.1), due(timing, app(), memory, moment)) == ("", "normal")


def test_applications_are_spread_over_the_jitter() -> None:
    places = [spread(app(f"uid-{number}")) for number in range(1000)]
    assert all(0.0 <= place < 1.0 for place in places)
    assert 80 < sum(place < 0.1 for place in places) < 120


def test_a_hard_refresh_has_its_own_interval() -> None:
    timing = Timing(reconciliation=0.0, hard=50.0)
    assert due(timing, app(), Memory(rendered_at=1000.0, hard_at=1000.0), 1050.0) == "hard"
    assert due(timing, app(), Memory(rendered_at=1000.0, hard_at=1010.0), 1050.0) == ""
    assert list(refreshes(timing, app(), Memory(hard_at=1000.0))) == [1050.0]


def test_no_interval_is_never() -> None:
    assert (list(refreshes(Timing(reconciliation=0.0), app(), Memory())), due(Timing(reconciliation=0.0), app(), Memory(), 1e9)) == ([], "")


# -- labels of events ----------------------------------------------------------------------------------------------------------


def test_events_carry_the_labels_that_are_asked_for() -> None:
    labels = EventLabels(("team", "env*"), ("env-secret",))
    one = {"metadata": {"labels": {"team": "a", "env-secret": "x", "other": "y"}}}
    project = {"metadata": {"labels": {"team": "b", "env": "prod"}}}
    assert labels.of(one, project) == {"team": "a", "env": "prod"}
    assert Settings().event_labels.of(one, project) == {}


# -- what others look at -------------------------------------------------------------------------------------------------------


def test_only_what_concerns_sources_is_given_to_them() -> None:
    found = parse_settings(
        {"kustomize.buildOptions": "-x", "timeout.reconciliation": "1m", "helm.valuesFileSchemes": "https"},
        {"reposerver.enable.git.submodule": "false", "controller.sync.timeout.seconds": "5"},
    )
    assert sorted(found.rendering) == ["helm.valuesFileSchemes", "kustomize.buildOptions", "reposerver.enable.git.submodule"]


@pytest.mark.parametrize(
    ("revision", "targets", "want"),
    [("", ["main"], False), ("main", ["main"], False), ("abc", ["main"], True), ("HEAD", [""], False), ("main", ["main", "v1"], True)],
)
def test_a_sync_to_another_revision_than_the_one_that_is_followed_is_known(revision: str, targets: list[str], want: bool) -> None:
    sources = [{"repoURL": "https://a", "targetRevision": target} for target in targets]
    spec = {"source": sources[0]} if len(sources) == 1 else {"sources": sources}
    assert deviates({"spec": spec}, SyncRequest(revision=revision)) is want


def test_annotations_of_secrets_that_are_named_are_masked() -> None:
    names = masked_annotations({"resource.sensitive.mask.annotations": "api-key, other"})
    secret = {"kind": "Secret", "metadata": {"name": "a", "annotations": {"api-key": "hush", "plain": "seen"}}, "data": {"p": "aHVzaA=="}}
    shown, _ = hidden(secret, None, names)
    assert shown is not None
    assert shown["metadata"]["annotations"] == {"api-key": "++++++++", "plain": "seen"}
    assert masked_annotations({}) == ()
