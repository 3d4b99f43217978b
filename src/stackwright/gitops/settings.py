"""argocd-cm, read into one value. Bad entries are left out and told.

Source: Argo CD's docs/operator-manual/argocd-cm.yaml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.gitops.customizations import Customization, parse_customizations
from stackwright.gitops.project.globs import matches
from stackwright.gitops.tracking import INSTANCE_LABEL, Tracking, TrackingMethod
from stackwright.kernel import duration, yaml
from stackwright.kernel.errors import BadInput

Filter = Mapping[str, Any]
DEFAULT_EXCLUSIONS: Sequence[Filter] = (
    {"apiGroups": ["", "discovery.k8s.io"], "kinds": ["Endpoints", "EndpointSlice"]},
    {"apiGroups": ["coordination.k8s.io"], "kinds": ["Lease"]},
    {"apiGroups": ["authentication.k8s.io", "authorization.k8s.io"], "kinds": ["*"]},
    {"apiGroups": ["certificates.k8s.io"], "kinds": ["CertificateSigningRequest"]},
    {"apiGroups": ["", "events.k8s.io"], "kinds": ["Event"]},
    {"apiGroups": ["metrics.k8s.io"], "kinds": ["*"]},
)
DEFAULT_RECONCILIATION_SECONDS = 120.0
_METHODS: Mapping[str, TrackingMethod] = {"annotation": "annotation", "label": "label", "annotation+label": "annotation+label"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Shape: `raw` are argocd-cm's keys. Units: `reconciliation_seconds` 0 for never."""

    raw: Mapping[str, str] = field(default_factory=dict)
    tracking: Tracking = field(default_factory=Tracking)
    customizations: tuple[Customization, ...] = ()
    exclusions: tuple[Filter, ...] = tuple(DEFAULT_EXCLUSIONS)
    inclusions: tuple[Filter, ...] = ()
    reconciliation_seconds: float = DEFAULT_RECONCILIATION_SECONDS
    ignore_aggregated_roles: bool = False
    ignored_status: str = "all"
    ignore_differences_on_updates: bool = False
    problems: tuple[str, ...] = ()

    def is_excluded(self, group: str, kind: str, server: str = "") -> bool:
        """Whether objects of a kind are looked at at all."""
        if self.inclusions and not any(_hits(item, group, kind, server) for item in self.inclusions):
            return True
        return any(_hits(item, group, kind, server) for item in self.exclusions)


def parse_settings(raw: Mapping[str, str]) -> Settings:
    """Never raises: what cannot be read is named in `problems` and its default stands."""
    problems: list[str] = []
    compare = _mapping(raw, "resource.compareoptions", problems)
    method = _METHODS.get(raw.get("application.resourceTrackingMethod", "annotation"))
    if method is None:
        problems.append(
            f"application.resourceTrackingMethod: {raw['application.resourceTrackingMethod']!r}: expected one of {', '.join(_METHODS)}"
        )
    return Settings(
        raw,
        Tracking(method or "annotation", raw.get("application.instanceLabelKey") or INSTANCE_LABEL, raw.get("installationID") or ""),
        _customizations(raw, problems),
        _filters(raw, "resource.exclusions", problems) if "resource.exclusions" in raw else tuple(DEFAULT_EXCLUSIONS),
        _filters(raw, "resource.inclusions", problems),
        _seconds(raw, "timeout.reconciliation", problems),
        bool(compare.get("ignoreAggregatedRoles")),
        str(compare.get("ignoreResourceStatusField") or "all"),
        compare.get("ignoreDifferencesOnResourceUpdates", True) is not False,
        tuple(problems),
    )


def _customizations(raw: Mapping[str, str], problems: list[str]) -> tuple[Customization, ...]:
    try:
        return parse_customizations(raw)
    except BadInput as error:
        problems.append(f"resource.customizations: {error}")
        return ()


def _mapping(raw: Mapping[str, str], key: str, problems: list[str]) -> Mapping[str, Any]:
    found = _yaml(raw, key, problems)
    if found is not None and not isinstance(found, Mapping):
        problems.append(f"{key}: expected a map")
    return found if isinstance(found, Mapping) else {}


def _filters(raw: Mapping[str, str], key: str, problems: list[str]) -> tuple[Filter, ...]:
    found = _yaml(raw, key, problems)
    if found is not None and not isinstance(found, list):
        problems.append(f"{key}: expected a list")
    return tuple(item for item in found if isinstance(item, Mapping)) if isinstance(found, list) else ()


def _yaml(raw: Mapping[str, str], key: str, problems: list[str]) -> Any:
    try:
        return yaml.load(raw.get(key) or "")
    except yaml.YamlError as error:
        problems.append(f"{key}: {error}")
        return None


def _seconds(raw: Mapping[str, str], key: str, problems: list[str]) -> float:
    text = raw.get(key)
    if not text:
        return DEFAULT_RECONCILIATION_SECONDS
    try:
        return float(text) if text.isdigit() else duration.parse(text)
    except BadInput as error:
        problems.append(f"{key}: {error}")
        return DEFAULT_RECONCILIATION_SECONDS


def _hits(item: Filter, group: str, kind: str, server: str) -> bool:
    return (
        any(matches(str(pattern), group) for pattern in item.get("apiGroups") or ())
        and any(matches(str(pattern), kind) for pattern in item.get("kinds") or ())
        and (not item.get("clusters") or not server or any(matches(str(pattern), server) for pattern in item["clusters"]))
    )
