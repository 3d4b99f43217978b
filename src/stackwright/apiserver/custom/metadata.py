"""What is asked of the metadata of custom objects.

Source: k8s.io/apimachinery pkg/api/validation/objectmeta.go and pkg/util/validation.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.apiserver.builtin.schemas import named
from stackwright.apiserver.custom.definition.problems import domain_problems, invalid, label_problems, required
from stackwright.apiserver.faults import fault_of
from stackwright.apiserver.kind import FieldError
from stackwright.store.schema import Schema

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_MOST_DEEP = 100
_MOST_ANNOTATIONS = 256 * 1024
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_ALLOWED = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
_EXAMPLES = "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
_VALUE_RULE = (
    f"a valid label must be an empty string or {_ALLOWED.removeprefix('must ')} (e.g. 'MyValue',  or 'my_value',  or '12345', "
    "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def metadata_errors(obj: Object) -> list[FieldError]:
    """Every broken rule, in the order of the fields."""
    return _errors_of(metadata_of(obj), "metadata")


def _errors_of(meta: Mapping[str, Any], at: str) -> list[FieldError]:
    return [
        *_name_errors(meta, at),
        *_label_errors(meta.get("labels") or {}, f"{at}.labels"),
        *_annotation_errors(meta.get("annotations") or {}, f"{at}.annotations"),
        *_owner_errors(meta.get("ownerReferences") or (), f"{at}.ownerReferences"),
        *_finalizer_errors(meta.get("finalizers") or (), f"{at}.finalizers"),
    ]


def embedded_errors(value: Any, schema: Schema, path: str = "", depth: int = 0) -> Iterator[FieldError]:
    """Of the whole objects that an object holds."""
    if depth > _MOST_DEEP:
        return
    if isinstance(value, Mapping):
        if schema.embedded:
            yield from _object_errors(value, path)
        for key, item in value.items():
            if isinstance(item, Mapping | list) and (child := schema.child(key)) is not None:
                at = f"{path}[{key}]" if key not in schema.properties else f"{path}.{key}" if path else key
                yield from embedded_errors(item, child, at, depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from embedded_errors(item, schema.items, f"{path}[{index}]", depth + 1)


def _object_errors(value: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    for name in ("apiVersion", "kind"):
        text, at = value.get(name), f"{path}.{name}"
        if name not in value:
            yield required(at, "must not be empty")
        elif not isinstance(text, str):
            yield invalid(at, text, "must be a string")
        elif not text:
            yield invalid(at, text, "must not be empty")
        elif name == "kind" and (problems := label_problems(text.lower())):
            yield invalid(at, text, f"may have mixed case, but should otherwise match: {problems}")
        elif name == "apiVersion" and text.count("/") > 1:
            yield invalid(at, text, f"unexpected GroupVersion string: {text}")
    meta, at = value.get("metadata"), f"{path}.metadata"
    if meta is None:
        return
    known = named(OBJECT_META)
    problem = fault_of(meta, known, "ObjectMeta") if isinstance(meta, Mapping) else f"invalid type {type(meta).__name__}"
    yield from [invalid(at, meta, problem)] if problem else _errors_of({"name": "any", **meta}, at)


def _name_errors(meta: Mapping[str, Any], at: str) -> Iterator[FieldError]:
    generated, name = str(meta.get("generateName") or ""), str(meta.get("name") or "")
    if generated and (problems := domain_problems(generated.rstrip("-.") or generated)):
        yield invalid(f"{at}.generateName", generated, problems)
    if problems := domain_problems(name):
        yield invalid(f"{at}.name", name, problems)


def _label_errors(labels: Mapping[str, str], at: str) -> Iterator[FieldError]:
    for key, value in labels.items():
        yield from (invalid(at, key, problem) for problem in _key_problems(key))
        if len(value) > 63:
            yield invalid(at, value, "must be no more than 63 bytes")
        if value and not _NAME.match(value):
            yield invalid(at, value, _VALUE_RULE)


def _annotation_errors(annotations: Mapping[str, str], at: str) -> Iterator[FieldError]:
    for key in annotations:
        yield from (invalid(at, key, problem) for problem in _key_problems(key.lower()))
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > _MOST_ANNOTATIONS:
        yield FieldError("FieldValueTooLong", at, f"Too long: may not be more than {_MOST_ANNOTATIONS} bytes")


def _key_problems(key: str) -> Iterator[str]:
    """Of a qualified name: a name, with a domain and a slash before it if need be."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        yield f"a qualified name {_ALLOWED} {_EXAMPLES} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif slash and (problems := domain_problems(prefix)):
        yield f"prefix part {problems}"
    if not name:
        yield "name part must be non-empty"
    elif len(name) > 63:
        yield "name part must be no more than 63 bytes"
    if not _NAME.match(name):
        yield f"name part {_ALLOWED} {_EXAMPLES}"


def _owner_errors(owners: Sequence[Mapping[str, Any]], at: str) -> Iterator[FieldError]:
    for owner in owners:
        version = str(owner.get("apiVersion") or "")
        if not version.rpartition("/")[2]:
            yield invalid(f"{at}.apiVersion", version, "version must not be empty")
        for field in ("kind", "name", "uid"):
            if not owner.get(field):
                yield invalid(f"{at}.{field}", owner.get(field) or "", "must not be empty")
    ruling = [str(owner.get("name")) for owner in owners if owner.get("controller")]
    if len(ruling) > 1:
        told = f'Found "true" in references for {ruling[0]} and {ruling[1]}'
        yield invalid(at, list(owners), f"Only one reference can have Controller set to true. {told}")


def _finalizer_errors(finalizers: Sequence[str], at: str) -> Iterator[FieldError]:
    for name in finalizers:
        yield from (invalid(at, name, problem) for problem in _key_problems(name))


_STANDARD = frozenset({"orphan", "foregroundDeletion", "kubernetes"})
_UNQUALIFIED = "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers"


def finalizer_warnings(new: Object, old: Object | None) -> list[str]:
    """Of finalizers that somebody else may come to use as well."""
    before = set(metadata_of(old).get("finalizers") or ()) if old else set()
    added = sorted(set(metadata_of(new).get("finalizers") or ()) - before)
    return [f'metadata.finalizers: "{name}": {_UNQUALIFIED}' for name in added if "/" not in name and name not in _STANDARD]
