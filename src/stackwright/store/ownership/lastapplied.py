"""The annotation of client-side apply, when `kubectl` goes over to server-side apply.

Source: k8s.io/apimachinery pkg/util/managedfields/internal (lastappliedmanager.go, lastappliedupdater.go).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of
from stackwright.kernel import json
from stackwright.store.ownership.applied import field_set
from stackwright.store.ownership.compare import compare
from stackwright.store.ownership.fieldset import NOTHING, Node, difference
from stackwright.store.schema import Schema

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
MANAGER = "kubectl"
_ANNOTATIONS_LIMIT = 256 * 1024


def still_as_applied(live: Object, annotations: Mapping[str, str], schema: Schema) -> Node:
    """The fields that client-side apply set and that still have the value it gave them: these may be taken over without a conflict."""
    text = annotations.get(ANNOTATION)
    if not text:
        return NOTHING
    try:
        last = json.loads(text)
    except ValueError:
        return NOTHING
    if not isinstance(last, Mapping):
        return NOTHING
    comparison = compare(last, live, schema)
    return difference(difference(field_set(last, schema), comparison.changed), comparison.removed)


def followed(new: Mapping[str, Any], patch: Object, manager: str) -> Mapping[str, Any]:
    """`new` with the annotation telling of `patch`, where there is one and `kubectl` applied."""
    annotations = annotations_of(new)
    if manager != MANAGER or not annotations.get(ANNOTATION):
        return new
    told = {**annotations, ANNOTATION: go_json(_bare(patch)) + "\n"}
    if sum(len(key.encode()) + len(value.encode()) for key, value in told.items()) > _ANNOTATIONS_LIMIT:
        del told[ANNOTATION]
    return {**new, "metadata": {**metadata_of(new), "annotations": told}}


def _bare(patch: Object) -> Object:
    meta = dict(metadata_of(patch))
    annotations = {key: value for key, value in (meta.pop("annotations", None) or {}).items() if key != ANNOTATION}
    return {**patch, "metadata": meta | ({"annotations": annotations} if annotations else {})}


def go_json(value: Any) -> str:
    """Sorted keys, and the characters escaped that Go's encoder escapes."""
    text = json.canonical(value).decode()
    for char, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(char, escape)
    return text
