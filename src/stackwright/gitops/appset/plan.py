"""What has to be done so that a set's Applications are as it asks. Pure.

Source: Argo CD's applicationset/controllers (createOrUpdateInCluster, deleteInCluster).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, annotations_of, controller_of, labels_of, metadata_of, name_of, uid_of
from stackwright.gitops.appset.policy import Policy
from stackwright.gitops.diff import DiffOptions
from stackwright.gitops.diff.respect import with_ignored_fields_of

_KEPT_ANNOTATIONS = ("notified.notifications.argoproj.io", "argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate")
_KEPT_FINALIZERS = ("pre-delete-finalizer.argocd.argoproj.io", "post-delete-finalizer.argocd.argoproj.io")


@dataclass(frozen=True, slots=True)
class Plan:
    """Shape: `updates` are whole objects with the resourceVersion that they are based on; all in the order of names."""

    creates: Sequence[Object] = ()
    updates: Sequence[Object] = ()
    deletes: Sequence[Object] = ()

    def __bool__(self) -> bool:
        return bool(self.creates or self.updates or self.deletes)


@dataclass(frozen=True, slots=True)
class Kept:
    """Names of labels and annotations that others may write on every Application."""

    labels: Sequence[str] = ()
    annotations: Sequence[str] = ()


def plan(
    appset: Object,
    wanted: Sequence[Object],
    live: Mapping[str, Object],
    policy: Policy,
    kept: Kept | None = None,
    refused: Iterable[str] = (),
) -> Plan:
    """`live` are the Applications of the set's namespace by name; `refused` are names that are neither made nor changed.

    Raises BadInput for an ignoreApplicationDifferences rule that cannot be read.
    """
    skipped = set(refused)
    creates, updates = [], []
    for app in sorted((app for app in wanted if name_of(app) not in skipped), key=name_of):
        before = live.get(name_of(app))
        if before is None:
            creates.append(owned(app, appset))
        elif policy.update and not _is_foreign(before, appset):
            after = updated(before, app, appset, kept or Kept())
            updates += [after] if _asked(after) != _asked(before) else []
    names = {name_of(app) for app in wanted}
    gone = [app for name, app in sorted(live.items()) if name not in names and is_owned(app, appset)] if policy.delete else []
    return Plan(creates, updates, [app for app in gone if not metadata_of(app).get("deletionTimestamp")])


def is_owned(app: Object, appset: Object) -> bool:
    owner = controller_of(app)
    return owner is not None and owner.get("uid") == uid_of(appset) and owner.get("kind") == "ApplicationSet"


def _is_foreign(app: Object, appset: Object) -> bool:
    return controller_of(app) is not None and not is_owned(app, appset)


def owned(app: Object, appset: Object) -> Object:
    """With the set as its controller, so that it goes when the set goes."""
    owner = {
        "apiVersion": str(appset.get("apiVersion") or "argoproj.io/v1alpha1"),
        "kind": "ApplicationSet",
        "name": name_of(appset),
        "uid": uid_of(appset),
        "controller": True,
        "blockOwnerDeletion": True,
    }
    others = [one for one in metadata_of(app).get("ownerReferences") or () if not one.get("controller")]
    return {**app, "metadata": {**metadata_of(app), "ownerReferences": [*others, owner]}}


def disowned(app: Object, appset: Object) -> Object:
    """Without the set as its owner, so that it stays when the set goes."""
    rest = [one for one in metadata_of(app).get("ownerReferences") or () if one.get("uid") != uid_of(appset)]
    metadata = {key: value for key, value in metadata_of(app).items() if key != "ownerReferences"}
    return {**app, "metadata": metadata | ({"ownerReferences": rest} if rest else {})}


def updated(before: Object, app: Object, appset: Object, kept: Kept) -> Object:
    """The live Application with what the set says. Its status, and what others may write, stay."""
    fields = appset["spec"].get("preservedFields") or {}
    annotations = _with_kept(
        annotations_of(app), annotations_of(before), (*_KEPT_ANNOTATIONS, *kept.annotations, *(fields.get("annotations") or ()))
    )
    labels = _with_kept(labels_of(app), labels_of(before), (*kept.labels, *(fields.get("labels") or ())))
    finalizers = list(metadata_of(app).get("finalizers") or ())
    finalizers += [one for one in metadata_of(before).get("finalizers") or () if one.startswith(_KEPT_FINALIZERS) and one not in finalizers]
    metadata = {key: value for key, value in metadata_of(before).items() if key not in ("annotations", "labels", "finalizers")}
    given = {"annotations": annotations, "labels": labels, "finalizers": finalizers}
    metadata |= {key: value for key, value in given.items() if value}
    after = {**before, "metadata": metadata, "spec": app["spec"]}
    if "operation" in app:
        after["operation"] = app["operation"]
    return owned(_respecting(after, before, appset), appset)


def _with_kept(wanted: Mapping[str, str], live: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {**wanted, **{name: live[name] for name in names if name in live}}


def _respecting(after: Object, before: Object, appset: Object) -> Object:
    """With the fields of ignoreApplicationDifferences as they live."""
    rules = [{"group": "argoproj.io", "kind": "Application", **rule} for rule in appset["spec"].get("ignoreApplicationDifferences") or ()]
    return with_ignored_fields_of(after, before, DiffOptions(rules)) if rules else after


def _asked(app: Object) -> Any:
    """All that a set has a say in; what is empty counts as absent, as the API types of Argo CD have it."""
    metadata = metadata_of(app)
    names = ("labels", "annotations", "finalizers", "ownerReferences")
    spec = {"project": "default", **_tidy(app.get("spec") or {})}
    return _tidy([spec, app.get("operation"), {name: metadata.get(name) for name in names}])


def _tidy(value: Any) -> Any:
    if isinstance(value, Mapping):
        pairs = ((key, _tidy(item)) for key, item in value.items())
        return {key: item for key, item in pairs if item not in (None, "", {}, [])}
    return [_tidy(item) for item in value] if isinstance(value, list) else value
