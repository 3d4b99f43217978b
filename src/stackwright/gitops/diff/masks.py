"""Secret values hidden from whoever looks at a difference: equal values under equal masks.

Source: Argo CD's gitops-engine pkg/diff (HideSecretData).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of
from stackwright.gitops.diff.normalise import with_data
from stackwright.gitops.diff.threeway import LAST_APPLIED
from stackwright.kernel import json

_FIRST, _STEP = 8, 4


def hidden(target: Object | None, live: Object | None, annotations: Sequence[str] = ()) -> tuple[Object | None, Object | None]:
    """Both Secrets with masks in place of values; of a key, each distinct value has a mask of its own."""
    objects = [None if obj is None else with_data(obj) for obj in (target, live)]
    before = _applied(live)
    parts = [*objects, before]
    masked = [obj and _masked_data(obj, parts) for obj in parts]
    masked = [obj and _masked_annotations(obj, parts, annotations) for obj in masked]
    shown = masked[1]
    if shown is not None and masked[2] is not None:
        shown = _with_applied(shown, masked[2])
    return masked[0], shown


def _applied(live: Object | None) -> Object | None:
    text = annotations_of(live).get(LAST_APPLIED) if live is not None else None
    if not text:
        return None
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return None
    return with_data(found) if isinstance(found, Mapping) else None


def _masked_data(obj: Object, all: Sequence[Object | None]) -> Object:
    data = obj.get("data")
    if not isinstance(data, Mapping):
        return obj
    return {**obj, "data": {key: _mask(value, [_datum(other, key) for other in all]) for key, value in data.items()}}


def _datum(obj: Object | None, key: str) -> Any:
    data = None if obj is None else obj.get("data")
    return data.get(key) if isinstance(data, Mapping) else None


def _mask(value: Any, values: Sequence[Any]) -> str:
    """The first distinct value gets the shortest mask."""
    distinct = list(dict.fromkeys(str(item) for item in values if item is not None))
    return "+" * (_FIRST + _STEP * distinct.index(str(value)))


def _masked_annotations(obj: Object, all: Sequence[Object | None], names: Sequence[str]) -> Object:
    present = [name for name in names if name in annotations_of(obj)]
    if not present:
        return obj
    hidden_ones = {
        name: _mask(annotations_of(obj)[name], [annotations_of(other).get(name) if other is not None else None for other in all])
        for name in present
    }
    return _with_annotations(obj, {**annotations_of(obj), **hidden_ones})


def _with_annotations(obj: Object, annotations: Mapping[str, str]) -> Object:
    return {**obj, "metadata": {**metadata_of(obj), "annotations": dict(annotations)}}


def _with_applied(live: Object, masked: Object) -> Object:
    return _with_annotations(live, {**annotations_of(live), LAST_APPLIED: json.dumps(masked).decode()})
