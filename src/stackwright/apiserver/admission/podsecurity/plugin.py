"""Refuses pods that break the level of their namespace, and warns of pods and their templates.

Source: k8s.io/pod-security-admission admission.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, labels_of
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.podsecurity.levels import PREFIX, Level, existing_warnings, label_errors, level_of
from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.refusals import invalid

_TEMPLATED: Mapping[str, tuple[str, ...]] = {
    "podtemplates": ("template",),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        (
            "replicationcontrollers",
            "replicasets.apps",
            "deployments.apps",
            "statefulsets.apps",
            "daemonsets.apps",
            "jobs.batch",
        ),
        ("spec", "template"),
    ),
}
_PODS_CHECKED = 3000


@dataclass(frozen=True, slots=True)
class PodSecurity:
    """A Validator."""

    objects: Objects

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 403, 422."""
        obj, resource = attributes.object, attributes.resource.qualified
        if obj is None:
            return ()
        if resource == "namespaces" and not attributes.subresource:
            return self._namespace(attributes, obj)
        if resource == "pods" and attributes.subresource in ("", "ephemeralcontainers") and not _same_spec(attributes):
            return self._pod(attributes, obj)
        if resource in _TEMPLATED and not attributes.subresource:
            return self._warn(attributes, _template(obj, _TEMPLATED[resource]))
        return ()

    def _labels(self, attributes: Attributes) -> Mapping[str, str]:
        return labels_of(self.objects.get("namespaces", "", attributes.namespace) or {})

    def _pod(self, attributes: Attributes, pod: Object) -> Sequence[str]:
        level = level_of(self._labels(attributes), "enforce")
        attributes.annotations[f"{PREFIX}enforce-policy"] = str(level)
        found = level.violations(pod.get("metadata") or {}, pod.get("spec") or {})
        if found:
            raise attributes.refused(f'violates PodSecurity "{level}": {", ".join(map(str, found))}')
        return self._warn(attributes, pod)

    def _warn(self, attributes: Attributes, template: Mapping[str, Any] | None) -> Sequence[str]:
        if template is None:
            return ()
        labels = self._labels(attributes)
        if text := _would_violate(level_of(labels, "audit"), template):
            attributes.annotations[f"{PREFIX}audit-violations"] = text
        text = _would_violate(level_of(labels, "warn"), template)
        return [text] if text else ()

    def _namespace(self, attributes: Attributes, namespace: Object) -> Sequence[str]:
        old = labels_of(attributes.old) if attributes.old is not None else {}
        errors = label_errors(labels_of(namespace))
        if errors and errors != label_errors(old):
            raise invalid(attributes.resource, attributes.name, errors)
        level = level_of(labels_of(namespace), "enforce")
        if attributes.old is None or not level.is_stricter(level_of(old, "enforce")):
            return ()
        return existing_warnings(attributes.name, level, self.objects.list("pods", attributes.name)[:_PODS_CHECKED])


def _would_violate(level: Level, template: Mapping[str, Any]) -> str:
    found = level.violations(template.get("metadata") or {}, template.get("spec") or {})
    return f'would violate PodSecurity "{level}": {", ".join(map(str, found))}' if found else ""


def _same_spec(attributes: Attributes) -> bool:
    return attributes.old is not None and (attributes.object or {}).get("spec") == attributes.old.get("spec")


def _template(obj: Object, path: Sequence[str]) -> Mapping[str, Any] | None:
    found: Any = obj
    for key in path:
        found = (found or {}).get(key)
    return found if isinstance(found, Mapping) else None
