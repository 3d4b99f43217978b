"""Changes of living objects that nobody needs to look at: `resource.customizations.ignoreResourceUpdates` of argocd-cm.

Source: Argo CD's docs/operator-manual/reconcile.md and controller/cache/cache.go (`skipResourceUpdate`).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of, gvk_of, metadata_of
from stackwright.gitops.diff.ignore import Ignored, ignored_for, without
from stackwright.gitops.diff.managers import paths_of_managers, without_path
from stackwright.gitops.health.resource import health_of
from stackwright.gitops.settings import Settings
from stackwright.kernel.errors import BadInput

IGNORE_UPDATES = "argocd.argoproj.io/ignore-resource-updates"
_UNSEEN = frozenset(("resourceVersion", "generation", "managedFields"))


class Updates:
    """What one state of the settings says. What it found out of a kind is kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rules: dict[tuple[str, str], Ignored] = {}

    def matters(self, obj: Object, previous: Object | None, *, managed: bool) -> bool:
        """Whether a change may change what is told of an Application.

        Shape: `previous` None for what came or went; `managed` for what belongs to an Application; other objects ask for it by annotation.
        """
        if previous is None or not self._settings.ignore_updates or not (managed or annotations_of(obj).get(IGNORE_UPDATES) == "true"):
            return True
        ignored = self._ignored(obj)
        try:
            if _seen(obj, ignored) != _seen(previous, ignored):
                return True
        except BadInput:
            return True
        return bool(ignored) and self._health(obj) != self._health({**previous, "apiVersion": obj["apiVersion"], "kind": obj["kind"]})

    def _ignored(self, obj: Object) -> Ignored:
        gvk = gvk_of(obj)
        key = (gvk.group, gvk.kind)
        if key not in self._rules:
            self._rules[key] = rules_for(*key, self._settings)
        return self._rules[key]

    def _health(self, obj: Object) -> str:
        found = health_of(obj, self._settings.customizations)
        return "" if found is None else found.status


def rules_for(group: str, kind: str, settings: Settings) -> Ignored:
    """The rules for updates, and those for differences where `resource.compareoptions` counts them as well."""
    names = ("ignoreResourceUpdates", "ignoreDifferences") if settings.ignore_differences_on_updates else ("ignoreResourceUpdates",)
    return ignored_for(group, kind, "", "", (), settings.customizations, names)


def _seen(obj: Object, ignored: Ignored) -> Mapping[str, Any]:
    """What is left to look at."""
    for path in paths_of_managers(obj, ignored.managers):
        obj = without_path(obj, path)
    metadata = {key: value for key, value in metadata_of(obj).items() if key not in _UNSEEN}
    rest = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}
    return without({**rest, "metadata": metadata}, ignored)
