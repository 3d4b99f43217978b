"""What is asked of a definition, beyond its schemas.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, name_of
from stackwright.apiserver.custom.definition.defaults import versions_of
from stackwright.apiserver.custom.definition.problems import domain_problems, forbidden, invalid, label_problems, required, unsupported
from stackwright.apiserver.custom.definition.schemas import schema_errors
from stackwright.apiserver.kind import FieldError

_APPROVAL = "api-approved.kubernetes.io"
_PROTECTED = re.compile(r"(.*\.)?(k8s|kubernetes)\.io\Z")
_HOISTED = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")
_COLUMN_TYPES = ("integer", "number", "string", "boolean", "date")
_COLUMN_FORMATS = ("int32", "int64", "float", "double", "byte", "date", "date-time", "password")
_PLAIN_PATH = re.compile(r"(\.[A-Za-z_][A-Za-z0-9_\-]*|\['[^']+'\])+\Z")
_MOST_FIELDS = 8
_SELECTABLE = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."


def errors_of(definition: Object) -> list[FieldError]:
    """Every broken rule of a new definition."""
    return [*_name_errors(definition), *_spec_errors(definition), *_stored_errors(definition), *_approval_errors(definition)]


def update_errors_of(new: Object, old: Object) -> list[FieldError]:
    """Every broken rule of a changed one; what was wrong before in its schemas stays allowed."""
    kept: list[FieldError] = []
    if new.get("spec") != old.get("spec"):
        before = set(map(str, _spec_errors(old)))
        kept = [error for error in _spec_errors(new) if str(error) not in before]
    return [*_name_errors(new), *kept, *_stored_errors(new), *_fixed_errors(new, old), *_approval_errors(new)]


def hoisted(spec: Mapping[str, Any]) -> frozenset[str]:
    """The fields in which all versions agree: problems in them are told of the whole definition."""
    versions = [each for each in spec.get("versions") or () if isinstance(each, Mapping)]
    return frozenset(name for name in _HOISTED if versions and all(each.get(name) == versions[0].get(name) for each in versions))


def _name_errors(definition: Object) -> Iterator[FieldError]:
    spec = definition.get("spec") or {}
    if name_of(definition) != f"{(spec.get('names') or {}).get('plural') or ''}.{spec.get('group') or ''}":
        yield invalid("metadata.name", name_of(definition), 'must be spec.names.plural+"."+spec.group')


def _spec_errors(definition: Object) -> Iterator[FieldError]:
    spec = definition.get("spec") or {}
    names = spec.get("names") or {}
    yield from _group_errors(str(spec.get("group") or ""))
    yield from _choice_errors("spec.scope", spec.get("scope"), ("Cluster", "Namespaced"))
    if spec.get("preserveUnknownFields"):
        yield invalid("spec.preserveUnknownFields", True, "must be false")
    for index, version in enumerate(versions_of(definition)):
        if (version.get("schema") or {}).get("openAPIV3Schema") is None:
            yield required(f"spec.versions[{index}].schema.openAPIV3Schema")
    yield from _version_errors(definition)
    for field in ("plural", "singular", "kind", "listKind"):
        if not names.get(field):
            yield required(f"spec.names.{field}")
    yield from _names_errors(names)
    yield from _content_errors(spec)
    yield from _conversion_errors(spec.get("conversion") or {})


def _group_errors(group: str) -> Iterator[FieldError]:
    if not group:
        yield required("spec.group")
    elif problems := domain_problems(group):
        yield invalid("spec.group", group, problems)
    elif "." not in group:
        yield invalid("spec.group", group, "should be a domain with at least one dot")


def _choice_errors(field: str, value: Any, allowed: Sequence[str]) -> Iterator[FieldError]:
    if not value:
        yield required(field)
    elif value not in allowed:
        yield unsupported(field, value, allowed)


def _version_errors(definition: Object) -> Iterator[FieldError]:
    spec, versions = definition.get("spec") or {}, versions_of(definition)
    for index, version in enumerate(versions):
        name = str(version.get("name") or "")
        if problems := label_problems(name):
            yield invalid(f"spec.versions[{index}].name", name, problems)
        warning = version.get("deprecationWarning")
        if warning is not None and not version.get("deprecated"):
            yield invalid(f"spec.versions[{index}].deprecationWarning", warning, "can only be set for deprecated versions")
    if len({version.get("name") for version in versions}) != len(versions):
        yield invalid("spec.versions", _internal(spec), "must contain unique version names")
    if sum(bool(version.get("storage")) for version in versions) != 1:
        yield invalid("spec.versions", _internal(spec), "must have exactly one version marked as storage version")


def _internal(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The versions as the server holds them: without what they all agree in."""
    up = hoisted(spec)
    return [
        {
            "Name": version.get("name") or "",
            "Served": bool(version.get("served")),
            "Storage": bool(version.get("storage")),
            "Deprecated": bool(version.get("deprecated")),
            "DeprecationWarning": version.get("deprecationWarning"),
            **{name[0].upper() + name[1:]: None if name in up else version.get(name) for name in _HOISTED},
        }
        for version in spec.get("versions") or ()
        if isinstance(version, Mapping)
    ]


def _names_errors(names: Mapping[str, Any]) -> Iterator[FieldError]:
    for field in ("plural", "singular"):
        if names.get(field) and (problems := label_problems(str(names[field]))):
            yield invalid(f"spec.names.{field}", names[field], problems)
    for field in ("kind", "listKind"):
        if names.get(field) and (problems := label_problems(str(names[field]).lower())):
            yield invalid(f"spec.names.{field}", names[field], f"may have mixed case, but should otherwise match: {problems}")
    for field in ("shortNames", "categories"):
        for index, text in enumerate(names.get(field) or ()):
            if problems := label_problems(str(text)):
                yield invalid(f"spec.names.{field}[{index}]", text, problems)
    if names.get("kind") and names.get("kind") == names.get("listKind"):
        yield invalid("spec.names.listKind", names["listKind"], "kind and listKind may not be the same")


def _content_errors(spec: Mapping[str, Any]) -> Iterator[FieldError]:
    """Of schemas, subresources, columns and selectable fields; once where all versions agree."""
    up = hoisted(spec)
    versions = [each for each in spec.get("versions") or () if isinstance(each, Mapping)]
    for name, check in (
        ("schema", _schema_errors),
        ("subresources", _subresource_errors),
        ("additionalPrinterColumns", _column_errors),
        ("selectableFields", _selectable_errors),
    ):
        if name in up:
            yield from check(versions[0], "spec.validation" if name == "schema" else f"spec.{name}")
            continue
        for index, version in enumerate(versions):
            yield from check(version, f"spec.versions[{index}].{name}")


def _schema_errors(version: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    node = (version.get("schema") or {}).get("openAPIV3Schema")
    if isinstance(node, Mapping) and node:
        yield from schema_errors(node, f"{field}.openAPIV3Schema")


def _column_errors(version: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        at = f"{field}[{index}]"
        if not column.get("name"):
            yield required(f"{at}.name")
        if not column.get("type"):
            yield required(f"{at}.type", f"must be one of {','.join(sorted(_COLUMN_TYPES))}")
        elif column["type"] not in _COLUMN_TYPES:
            yield invalid(f"{at}.type", column["type"], f"must be one of {','.join(sorted(_COLUMN_TYPES))}")
        if column.get("format") and column["format"] not in _COLUMN_FORMATS:
            yield invalid(f"{at}.format", column["format"], f"must be one of {','.join(sorted(_COLUMN_FORMATS))}")
        path = str(column.get("jsonPath") or "")
        if not path:
            yield required(f"{at}.JSONPath")
        elif not path.startswith("."):
            yield invalid(f"{at}.JSONPath", path, "must be a simple json path starting with .")


def _selectable_errors(version: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    fields = version.get("selectableFields") or ()
    seen: set[str] = set()
    for index, each in enumerate(fields):
        path, at = str(each.get("jsonPath") or ""), f"{field}[{index}].jsonPath"
        if not path:
            yield required(at)
        elif not _PLAIN_PATH.match(path):
            yield invalid(at, path, "is an invalid path")
        elif path.startswith(".metadata"):
            yield invalid(at, path, "must not point to fields in metadata")
        elif path in seen:
            yield FieldError("FieldValueDuplicate", at, f'Duplicate value: "{path}"')
        elif problem := _unselectable(version, path):
            yield invalid(at, path, problem)
        seen.add(path)
    if len(seen) > _MOST_FIELDS:
        yield FieldError("FieldValueTooMany", field, f"Too many: {len(seen)}: must have at most {_MOST_FIELDS} items")


def _unselectable(version: Mapping[str, Any], path: str) -> str:
    node: Any = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    for name in path.removeprefix(".").split("."):
        node = (node.get("properties") or {}).get(name)
        if not isinstance(node, Mapping):
            return "is an invalid path: does not refer to a valid field"
    return "" if node.get("type") in ("string", "integer", "boolean") else _SELECTABLE


def _subresource_errors(version: Mapping[str, Any], field: str) -> Iterator[FieldError]:
    scale = (version.get("subresources") or {}).get("scale")
    if scale is None:
        return
    for name, roots, place in (
        ("specReplicasPath", (".spec.",), "under .spec"),
        ("statusReplicasPath", (".status.",), "under .status"),
        ("labelSelectorPath", (".spec.", ".status."), "under either .spec or .status"),
    ):
        path, at = str(scale.get(name) or ""), f"{field}.scale.{name}"
        if not path and name != "labelSelectorPath":
            yield required(at)
        elif path and not path.startswith("."):
            yield invalid(at, path, "must be a simple json path starting with .")
        elif path and not path.startswith(roots):
            yield invalid(at, path, f"should be a json path {place}")


def _conversion_errors(conversion: Mapping[str, Any]) -> Iterator[FieldError]:
    strategy, webhook = conversion.get("strategy"), conversion.get("webhook") or {}
    yield from _choice_errors("spec.conversion.strategy", strategy, ("None", "Webhook"))
    config, versions = webhook.get("clientConfig"), webhook.get("conversionReviewVersions")
    if strategy == "Webhook":
        if not config:
            yield required("spec.conversion.webhookClientConfig", "required when strategy is set to Webhook")
        elif bool(config.get("url")) == bool(config.get("service")):
            yield required("spec.conversion.webhookClientConfig", "exactly one of url or service is required")
        if not versions:
            yield required("spec.conversion.conversionReviewVersions")
        elif not {"v1", "v1beta1"} & set(versions):
            yield invalid("spec.conversion.conversionReviewVersions", versions, "must include at least one of v1, v1beta1")
    elif strategy == "None":
        if config:
            yield forbidden("spec.conversion.webhookClientConfig", "should not be set when strategy is not set to Webhook")
        if versions:
            yield forbidden("spec.conversion.conversionReviewVersions", "should not be set when strategy is not set to Webhook")


def _stored_errors(definition: Object) -> Iterator[FieldError]:
    stored = (definition.get("status") or {}).get("storedVersions")
    names = {version.get("name") for version in versions_of(definition)}
    if not stored:
        yield invalid("status.storedVersions", stored, "must have at least one stored version")
    for index, name in enumerate(stored or ()):
        if name not in names:
            yield invalid(f"status.storedVersions[{index}]", name, _still_stored(str(name)))


def _still_stored(name: str) -> str:
    return (
        f"missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration "
        f"ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
    )


def _fixed_errors(new: Object, old: Object) -> Iterator[FieldError]:
    """What may not change once the names were accepted."""
    conditions = (old.get("status") or {}).get("conditions") or ()
    if not any(each.get("type") == "Established" and each.get("status") == "True" for each in conditions):
        return
    after, before = new.get("spec") or {}, old.get("spec") or {}
    for field, value, known in (
        ("spec.scope", after.get("scope"), before.get("scope")),
        ("spec.names.kind", (after.get("names") or {}).get("kind"), (before.get("names") or {}).get("kind")),
        ("spec.group", after.get("group"), before.get("group")),
        ("spec.names.plural", (after.get("names") or {}).get("plural"), (before.get("names") or {}).get("plural")),
    ):
        if value != known:
            yield invalid(field, value, "field is immutable")


def _approval_errors(definition: Object) -> Iterator[FieldError]:
    """The groups of Kubernetes are not for everybody."""
    group = str((definition.get("spec") or {}).get("group") or "")
    if not _PROTECTED.match(group):
        return
    approval, field = annotations_of(definition).get(_APPROVAL), f"metadata.annotations[{_APPROVAL}]"
    see = "see https://github.com/kubernetes/enhancements/pull/1111"
    if not approval:
        yield required(field, f'protected groups must have approval annotation "{_APPROVAL}", {see}')
    elif not approval.startswith(("unapproved", "http://", "https://")):
        allowed = 'with either a URL or a reason starting with "unapproved"'
        yield invalid(field, approval, f'protected groups must have approval annotation "{_APPROVAL}" {allowed}, {see}')
