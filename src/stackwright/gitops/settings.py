"""argocd-cm and argocd-cmd-params-cm, read into one value. Bad entries are left out and told.

Source: Argo CD's docs/operator-manual/argocd-cm.yaml and argocd-cmd-params-cm.yaml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from stackwright.gitops.customizations import Customization, parse_customizations
from stackwright.gitops.event_labels import EventLabels
from stackwright.gitops.project.globs import matches
from stackwright.gitops.setting_values import Values, names_namespace
from stackwright.gitops.tracking import INSTANCE_LABEL, Tracking, TrackingMethod
from stackwright.kernel.errors import BadInput

Filter = Mapping[str, Any]
DEFAULT_EXCLUSIONS: Sequence[Filter] = (
    {"apiGroups": ["", "discovery.k8s.io"], "kinds": ["Endpoints", "EndpointSlice"]},
    {"apiGroups": ["authentication.k8s.io", "authorization.k8s.io"], "kinds": ["*"]},
    {"apiGroups": ["certificates.k8s.io"], "kinds": ["CertificateSigningRequest"]},
)
CORE_EXCLUSIONS: Sequence[Filter] = (
    {"apiGroups": ["events.k8s.io", "metrics.k8s.io"]},
    {"apiGroups": [""], "kinds": ["Event"]},
    {"apiGroups": ["coordination.k8s.io"], "kinds": ["Lease"]},
)
"""Kinds that nobody manages, whatever the settings say."""
_RENDERING = ("kustomize.", "helm.", "jsonnet.", "enable.", "reposerver.")
"""Settings that what sources give depends on."""
_METHODS: Mapping[str, TrackingMethod] = {"annotation": "annotation", "label": "label", "annotation+label": "annotation+label"}


@dataclass(frozen=True, slots=True)
class Timing:
    """Units: seconds. Shape: 0 for never; `jitter` is added to `reconciliation` in part, another part for each Application;
    `heal_*` are the pauses between attempts to undo what others changed.
    """

    reconciliation: float = 120.0
    jitter: float = 60.0
    hard: float = 0.0
    sync: float = 0.0
    wave_delay: float = 2.0
    source_grace: float = 180.0
    heal_first: float = 2.0
    heal_factor: float = 3.0
    heal_longest: float = 300.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Shape: `raw` are argocd-cm's keys, `rendering` those of both that sources look at; `app_namespaces` None leaves it to projects alone
    where Applications may live; `impersonation` is empty (off), `enforced`, or `lenient`: then who finds no account of its own uses the
    engine's.
    """

    raw: Mapping[str, str] = field(default_factory=dict)
    tracking: Tracking = field(default_factory=Tracking)
    customizations: tuple[Customization, ...] = ()
    exclusions: tuple[Filter, ...] = tuple(DEFAULT_EXCLUSIONS)
    inclusions: tuple[Filter, ...] = ()
    timing: Timing = field(default_factory=Timing)
    ignore_aggregated_roles: bool = False
    ignored_status: str = "all"
    ignore_differences_on_updates: bool = True
    ignore_updates: bool = True
    app_namespaces: tuple[str, ...] | None = None
    global_projects: tuple[Mapping[str, Any], ...] = ()
    impersonation: Literal["", "enforced", "lenient"] = ""
    respect_rbac: Literal["", "normal", "strict"] = ""
    persist_health: bool = True
    server_side_diff: bool = False
    in_cluster: bool = True
    event_labels: EventLabels = field(default_factory=EventLabels)
    rendering: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def is_excluded(self, group: str, kind: str, server: str = "") -> bool:
        """Whether objects of a kind are looked at at all."""
        if self.inclusions and not any(_hits(item, group, kind, server) for item in self.inclusions):
            return True
        return any(_hits(item, group, kind, server) for item in (*CORE_EXCLUSIONS, *self.exclusions))

    def follows(self, namespace: str, control_namespace: str) -> bool:
        """Whether Applications of a namespace are the engine's at all; their projects have a say as well."""
        return namespace == control_namespace or self.app_namespaces is None or names_namespace(self.app_namespaces, namespace)


def parse_settings(raw: Mapping[str, str], parameters: Mapping[str, str] | None = None) -> Settings:
    """From argocd-cm and argocd-cmd-params-cm. Never raises: what cannot be read is named in `problems` and its default stands."""
    values, params = Values(raw), Values(parameters or {})
    compare = values.mapping("resource.compareoptions")
    impersonated, enforced = (
        values.flag(f"application.sync.impersonation.{name}", default=on) for name, on in (("enabled", False), ("enforced", True))
    )
    found = Settings(
        raw,
        _tracking(values),
        _customizations(raw, values),
        values.mappings("resource.exclusions") if "resource.exclusions" in raw else tuple(DEFAULT_EXCLUSIONS),
        values.mappings("resource.inclusions"),
        _timing(values, params),
        bool(compare.get("ignoreAggregatedRoles")),
        str(compare.get("ignoreResourceStatusField") or "all"),
        compare.get("ignoreDifferencesOnResourceUpdates", True) is not False,
        values.flag("resource.ignoreResourceUpdatesEnabled", default=True),
        params.names("application.namespaces") if "application.namespaces" in (parameters or {}) else None,
        values.mappings("globalProjects"),
        ("enforced" if enforced else "lenient") if impersonated else "",
        _respect_rbac(values),
        params.flag("controller.resource.health.persist", default=True),
        params.flag("controller.diff.server.side", default=False),
        values.flag("cluster.inClusterEnabled", default=True),
        EventLabels(values.names("resource.includeEventLabelKeys"), values.names("resource.excludeEventLabelKeys")),
    )
    rendering = {key: value for key, value in {**raw, **(parameters or {})}.items() if key.startswith(_RENDERING)}
    return replace(found, rendering=rendering, problems=(*values.problems, *params.problems))


def _tracking(values: Values) -> Tracking:
    named = values.text("application.resourceTrackingMethod", "annotation")
    if named not in _METHODS:
        values.problems.append(f"application.resourceTrackingMethod: {named!r}: expected one of {', '.join(_METHODS)}")
    label = values.text("application.instanceLabelKey", INSTANCE_LABEL)
    return Tracking(_METHODS.get(named, "annotation"), label, values.text("installationID"))


def _timing(values: Values, params: Values) -> Timing:
    usual = Timing()
    return Timing(
        values.seconds("timeout.reconciliation", usual.reconciliation),
        values.seconds("timeout.reconciliation.jitter", usual.jitter),
        values.seconds("timeout.hard.reconciliation", usual.hard),
        params.seconds("controller.sync.timeout.seconds", usual.sync),
        params.seconds("controller.sync.wave.delay.seconds", usual.wave_delay),
        params.seconds("controller.repo.error.grace.period.seconds", usual.source_grace),
        params.seconds("controller.self.heal.backoff.timeout.seconds", usual.heal_first),
        params.number("controller.self.heal.backoff.factor", usual.heal_factor),
        params.seconds("controller.self.heal.backoff.cap.seconds", usual.heal_longest),
    )


def _respect_rbac(values: Values) -> Literal["", "normal", "strict"]:
    match values.text("resource.respectRBAC"):
        case "":
            return ""
        case "normal":
            return "normal"
        case "strict":
            return "strict"
        case other:
            values.problems.append(f"resource.respectRBAC: {other!r}: expected normal or strict")
            return ""


def _customizations(raw: Mapping[str, str], values: Values) -> tuple[Customization, ...]:
    try:
        return parse_customizations(raw)
    except BadInput as error:
        values.problems.append(f"resource.customizations: {error}")
        return ()


def _hits(item: Filter, group: str, kind: str, server: str) -> bool:
    return (
        _names_any(item.get("apiGroups"), group)
        and _names_any(item.get("kinds"), kind)
        and (not server or _names_any(item.get("clusters"), server))
    )


def _names_any(patterns: Any, text: str) -> bool:
    """No patterns are for everything."""
    return not patterns or any(matches(str(pattern), text) for pattern in patterns)
