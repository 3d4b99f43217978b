"""Labels of an Application and its project that its Events carry: `resource.includeEventLabelKeys`. Pure.

Source: Argo CD's util/argo/argo.go (`GetAppEventLabels`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stackwright.api.meta import Object, labels_of
from stackwright.gitops.project.globs import any_matches


@dataclass(frozen=True, slots=True)
class EventLabels:
    """Globs of label keys."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def of(self, app: Object, project: Object | None) -> Mapping[str, str]:
        """The Application's own value goes before the project's."""
        if not self.include:
            return {}
        known = {**labels_of(project or {}), **labels_of(app)}
        return {key: value for key, value in known.items() if any_matches(self.include, key) and not any_matches(self.exclude, key)}
