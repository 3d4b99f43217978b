"""What the API warns of in objects that it accepts, by qualified resource.

Source: the WarningsOnCreate and WarningsOnUpdate of k8s.io/kubernetes pkg/registry/*/strategy.go.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, metadata_of, name_of
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.warnings.amounts import claim_fractions
from stackwright.apiserver.builtin.warnings.others import RULES
from stackwright.apiserver.builtin.warnings.pods import pod_warnings

_TEMPLATES: Mapping[str, Sequence[str]] = {
    "deployments.apps": ("spec", "template"),
    "replicasets.apps": ("spec", "template"),
    "daemonsets.apps": ("spec", "template"),
    "statefulsets.apps": ("spec", "template"),
    "replicationcontrollers": ("spec", "template"),
    "jobs.batch": ("spec", "template"),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
    "podtemplates": ("template",),
}
_NAMED_AFTER: Mapping[str, str] = {
    "pods": "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended",
    **dict.fromkeys(
        ("deployments.apps", "replicasets.apps", "replicationcontrollers", "jobs.batch", "cronjobs.batch"),
        "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended",
    ),
}
_MANY_COMPLETIONS, _MANY_AT_ONCE = 100_000, 10_000
_TOO_MANY = (
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to "
    "track completedIndexes when a big number of indexes fail"
)
_NEGATIVE_LIMIT = "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"


def warnings_of(qualified: str, new: Object, old: Object | None) -> Sequence[str]:
    """Texts of Warning headers for a new object, or a changed one."""
    if qualified == "pods":
        return [*_name(qualified, new, old), *pod_warnings(new, "")]
    path = _TEMPLATES.get(qualified)
    if path is None:
        rule = RULES.get(qualified)
        return list(rule(new, old)) if rule else ()
    if old is not None and metadata_of(new).get("generation") == metadata_of(old).get("generation") and qualified != "podtemplates":
        return list(_name(qualified, new, old))
    found = [*_name(qualified, new, old), *_indexed(_at(new, path[:-1])), *pod_warnings(_at(new, path), ".".join(path) + ".")]
    return [*found, *_stateful_set(new)] if qualified == "statefulsets.apps" else found


def _at(obj: Object, path: Sequence[str]) -> Mapping[str, Any]:
    found: Any = obj
    for key in path:
        found = found.get(key) or {}
    given: Mapping[str, Any] = found
    return given


def _name(qualified: str, new: Object, old: Object | None) -> Iterator[str]:
    text = _NAMED_AFTER.get(qualified)
    if text is None or old is not None:
        return
    if problems := names.label(name_of(new)):
        yield f"metadata.name: {text}: [{' '.join(problems)}]"


def _indexed(spec: Mapping[str, Any]) -> Iterator[str]:
    many = (spec.get("completions") or 0) > _MANY_COMPLETIONS and (spec.get("parallelism") or 0) > _MANY_AT_ONCE
    if spec.get("completionMode") == "Indexed" and many:
        yield _TOO_MANY


def _stateful_set(new: Object) -> Iterator[str]:
    spec = new.get("spec") or {}
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        yield from claim_fractions(claim.get("spec"), f"spec.volumeClaimTemplates[{index}]")
    if (spec.get("revisionHistoryLimit") or 0) < 0:
        yield _NEGATIVE_LIMIT
