"""Which writes a webhook or a policy is asked about. Pure but for a look at the namespace.

Source: k8s.io/apiserver pkg/admission/plugin/webhook/predicates (rules, namespace, object) and plugin/policy/matching.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stackwright.api.meta import Object, Resource, labels_of
from stackwright.api.selectors import from_object
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.registry import Registry, served, to_stored

_OWN_GROUP = "admissionregistration.k8s.io"
_QUESTIONS = frozenset({"authentication.k8s.io", "authorization.k8s.io"})
Selector = Mapping[str, Any]


def is_exempt(resource: Resource) -> bool:
    """What configures admission is never itself subject to webhooks and policies: nobody could repair it. Nor are mere questions."""
    return resource.group == _OWN_GROUP or resource.group in _QUESTIONS


def rule_matches(rule: Mapping[str, Any], attributes: Attributes) -> bool:
    resource = attributes.resource
    return (
        _listed(rule.get("operations"), attributes.operation)
        and _listed(rule.get("apiGroups"), resource.group)
        and _listed(rule.get("apiVersions"), resource.version)
        and any(_names(text, resource.plural, attributes.subresource) for text in rule.get("resources") or ())
        and rule.get("scope", "*") in ("*", "Namespaced" if resource.namespaced else "Cluster")
        and (not rule.get("resourceNames") or attributes.name in rule["resourceNames"])
    )


def _listed(items: Sequence[str] | None, wanted: str) -> bool:
    return "*" in (items or ()) or wanted in (items or ())


def _names(text: str, plural: str, subresource: str) -> bool:
    resource, _, sub = text.partition("/")
    return resource in ("*", plural) and sub in ((subresource, "*") if sub else (subresource,))


def matched_as(rules: Sequence[Mapping[str, Any]], policy: str, attributes: Attributes, registry: Registry) -> Attributes | None:
    """The write as the rules name it; None when they do not.

    Shape: with the policy Equivalent the same objects in another served version match too; the result then speaks of that one.
    """
    if any(rule_matches(rule, attributes) for rule in rules):
        return attributes
    if policy == "Exact":
        return None
    here = attributes.resource
    for version in registry.groups().get(here.group, ()):
        kind = registry.find(here.group, version, here.plural)
        if kind is not None and version != here.version:
            other = replace(attributes, resource=kind.resource)
            if any(rule_matches(rule, other) for rule in rules):
                old, new = (converted(obj, here, kind.resource, registry) for obj in (attributes.old, attributes.object))
                return replace(other, old=old, object=new)
    return None


def converted(obj: Object | None, source: Resource, target: Resource, registry: Registry) -> Object | None:
    """The object in another version of its kind. Raises Unprepared."""
    kinds = [registry.find(each.group, each.version, each.plural) for each in (source, target)]
    if obj is None or source.version == target.version or kinds[0] is None or kinds[1] is None:
        return obj
    if in_version := getattr(kinds[0], "in_version", None):
        found: Object = kinds[1].defaulted(in_version(obj, target.api_version))
        return found
    return served(kinds[1], to_stored(kinds[0], obj))


def namespace_matches(selector: Selector | None, attributes: Attributes, objects: Objects) -> bool:
    """Cluster-scoped objects other than namespaces are matched by every selector."""
    matching = from_object(selector or {})
    if matching is None or not matching:
        return True
    if attributes.resource.qualified == "namespaces":
        return matching.matches(labels_of(attributes.object or attributes.old or {}))
    if not attributes.namespace:
        return True
    return matching.matches(labels_of(objects.get("namespaces", "", attributes.namespace) or {}))


def object_matches(selector: Selector | None, attributes: Attributes) -> bool:
    """The new or the old object is selected."""
    matching = from_object(selector or {})
    if matching is None or not matching:
        return True
    return any(matching.matches(labels_of(obj)) for obj in (attributes.object, attributes.old) if obj is not None)


def namespace_of(attributes: Attributes, objects: Objects) -> Object | None:
    """The namespace that a write is in, as expressions see it."""
    return objects.get("namespaces", "", attributes.namespace) if attributes.namespace else None
