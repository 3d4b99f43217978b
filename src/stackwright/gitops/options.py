"""Sync and compare options, of an Application and of single objects.

Source: Argo CD's docs/user-guide/sync-options and compare-options.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stackwright.api.meta import Object, annotations_of

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
DELETION_APPROVED = "argocd.argoproj.io/deletion-approved"
SYNC_WAVE = "argocd.argoproj.io/sync-wave"
HELM_WEIGHT = "helm.sh/hook-weight"
HELM_RESOURCE_POLICY = "helm.sh/resource-policy"


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """Shape: `values` by option name, the last one given wins; an option without a value is `true`."""

    values: Mapping[str, str] = field(default_factory=dict)

    def has(self, name: str, value: str = "true") -> bool:
        return self.values.get(name) == value

    def get(self, name: str) -> str:
        return self.values.get(name, "")


def parse_options(texts: Iterable[str]) -> SyncOptions:
    found: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.strip().partition("=")
        if name:
            found[name.strip()] = value.strip() if separator else "true"
    return SyncOptions(found)


def of_object(obj: Object | None) -> SyncOptions:
    """What the object's own annotation says."""
    return SyncOptions() if obj is None else parse_options(str(annotations_of(obj).get(SYNC_OPTIONS, "")).split(","))


def compare_options_of(obj: Object | None) -> SyncOptions:
    return SyncOptions() if obj is None else parse_options(str(annotations_of(obj).get(COMPARE_OPTIONS, "")).split(","))


def option(app: SyncOptions, name: str, *objects: Object | None) -> str:
    """An object's own word goes before the Application's."""
    for obj in objects:
        value = of_object(obj).get(name)
        if value:
            return value
    return app.get(name)


def requires_confirmation(obj: Object, app: SyncOptions, action: str) -> bool:
    """`action` is Prune or Delete."""
    return option(app, action, obj) == "confirm"


def wave_of(obj: Object) -> int:
    """The sync wave; an annotation that is no number counts as 0."""
    annotations = annotations_of(obj)
    for name in (SYNC_WAVE, HELM_WEIGHT):
        text = str(annotations.get(name, "")).strip()
        try:
            return int(text)
        except ValueError:
            continue
    return 0
