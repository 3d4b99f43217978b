"""Secret values hidden from whoever looks at a difference: equal values under equal masks.

Source: Argo CD's gitops-engine pkg/diff (HideSecretData).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of
from stackwright.gitops.diff.normalise import with_data
from stackwright.gitops.diff.threeway import LAST_APPLIED
from stackwright.kernel import json

_FIRST, _STEP = 8, 4
_UNREADABLE = "+" * _FIRST
_Values = Callable[[Object], Mapping[str, Any]]


def hidden(target: Object | None, live: Object | None, annotations: Sequence[str] = ()) -> tuple[Object | None, Object | None]:
    """Both Secrets with masks in place of values; of a key, each distinct value has a mask of its own.

    `annotations` names those that are masked as well. What a client-side apply left in an annotation is masked inside, or as a
    whole where it cannot be read.
    """
    shown = [None if obj is None else with_data(obj) for obj in (target, live)]
    inner = [None if obj is None else _applied(obj) for obj in shown]
    parts = [_masked(obj, (*shown, *inner), annotations) for obj in (*shown, *inner)]
    return _with_applied(parts[0], parts[2]), _with_applied(parts[1], parts[3])


def masked_annotations(settings: Mapping[str, str]) -> tuple[str, ...]:
    """The annotations of Secrets that argocd-cm wants hidden: `resource.sensitive.mask.annotations`."""
    listed = str(settings.get("resource.sensitive.mask.annotations") or "").split(",")
    return tuple(name.strip() for name in listed if name.strip())


def _applied(obj: Object) -> Object | None:
    try:
        found = json.loads(str(annotations_of(obj).get(LAST_APPLIED, "null")))
    except json.JSONDecodeError:
        return None
    return with_data(found) if isinstance(found, Mapping) else None


def _masked(obj: Object | None, all: Sequence[Object | None], names: Sequence[str]) -> Object | None:
    if obj is None:
        return None
    found = obj
    if _data(obj):
        found = {**found, "data": {key: _mask(key, value, all, _data) for key, value in _data(obj).items()}}
    given = annotations_of(obj)
    secret = {name: _mask(name, given[name], all, annotations_of) for name in names if name in given}
    return _with_annotations(found, secret) if secret else found


def _data(obj: Object) -> Mapping[str, Any]:
    data = obj.get("data")
    return data if isinstance(data, Mapping) else {}


def _mask(key: str, value: Any, all: Sequence[Object | None], values: _Values) -> str:
    """The first distinct value gets the shortest mask."""
    distinct = list(dict.fromkeys(str(values(obj)[key]) for obj in all if obj is not None and key in values(obj)))
    return "+" * (_FIRST + _STEP * distinct.index(str(value)))


def _with_annotations(obj: Object, changed: Mapping[str, str]) -> Object:
    return {**obj, "metadata": {**metadata_of(obj), "annotations": {**annotations_of(obj), **changed}}}


def _with_applied(obj: Object | None, inner: Object | None) -> Object | None:
    if obj is None or LAST_APPLIED not in annotations_of(obj):
        return obj
    return _with_annotations(obj, {LAST_APPLIED: _UNREADABLE if inner is None else json.dumps(inner).decode()})
