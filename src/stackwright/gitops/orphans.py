"""Objects in an Application's namespace that nobody manages. Pure.

Source: Argo CD's controller/appcontroller.go (`getResourceTree`, orphaned resources).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, ObjectKey, key_of, owners_of
from stackwright.gitops.project.globs import matches

_ALWAYS_THERE = (("", "Service", "kubernetes"), ("", "ServiceAccount", "default"), ("", "ConfigMap", "kube-root-ca.crt"))


def orphans(objects: Iterable[Object], managed: Callable[[Object], bool], ignored: Sequence[Mapping[str, Any]] = ()) -> list[ObjectKey]:
    """Top-level objects that no Application manages, but those that every namespace has and those that the project ignores."""
    keys = (key_of(obj) for obj in objects if not owners_of(obj) and not managed(obj))
    return sorted(key for key in keys if not _is_always_there(key) and not any(_hits(rule, key) for rule in ignored))


def warning(count: int) -> str:
    return f"Application has {count} orphaned resources"


def _is_always_there(key: ObjectKey) -> bool:
    group_kind_name = (key.group, key.kind, key.name)
    if group_kind_name in _ALWAYS_THERE:
        return group_kind_name != ("", "Service", "kubernetes") or key.namespace == "default"
    return False


def _hits(rule: Mapping[str, Any], key: ObjectKey) -> bool:
    """A rule without a name is about every object of the kind."""
    return (
        matches(str(rule.get("group") or ""), key.group)
        and matches(str(rule.get("kind") or ""), key.kind)
        and (not rule.get("name") or matches(str(rule["name"]), key.name))
    )
