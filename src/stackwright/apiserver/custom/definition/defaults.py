"""What a definition says when it does not say it.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/v1/defaults.go.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object


def defaulted(definition: Object) -> Object:
    spec = definition.get("spec")
    if not isinstance(spec, Mapping):
        return definition
    names = spec.get("names") or {}
    filled = {
        **spec,
        "names": {**names, **_names(names)},
        "conversion": _conversion(spec.get("conversion") or {"strategy": "None"}),
    }
    return {**definition, "spec": filled}


def _names(names: Mapping[str, Any]) -> dict[str, str]:
    kind = str(names.get("kind") or "")
    found = {}
    if not names.get("singular"):
        found["singular"] = kind.lower()
    if not names.get("listKind") and kind:
        found["listKind"] = f"{kind}List"
    return found


def _conversion(conversion: Mapping[str, Any]) -> Mapping[str, Any]:
    """A webhook in the cluster is called at port 443."""
    webhook = conversion.get("webhook") or {}
    service = (webhook.get("clientConfig") or {}).get("service")
    if not isinstance(service, Mapping) or service.get("port"):
        return conversion
    config = {**webhook["clientConfig"], "service": {**service, "port": 443}}
    return {**conversion, "webhook": {**webhook, "clientConfig": config}}


def first_status(definition: Object) -> dict[str, Any]:
    """Of a definition that nobody has looked at."""
    stored = [each["name"] for each in versions_of(definition) if each.get("storage") and each.get("name")]
    return {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": stored[:1] or None}


def versions_of(definition: Object) -> list[Mapping[str, Any]]:
    return [each for each in (definition.get("spec") or {}).get("versions") or () if isinstance(each, Mapping)]
