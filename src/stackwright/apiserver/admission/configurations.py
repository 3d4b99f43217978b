"""What webhook configurations and admission policies must look like before anybody is asked by them.

Source: k8s.io/kubernetes pkg/apis/admissionregistration/validation/validation.go and k8s.io/apiserver pkg/util/webhook/validation.go.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

from stackwright.api.meta import Object
from stackwright.api.selectors import SelectorError, from_object
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.kind import FieldError, Reason
from stackwright.apiserver.refusals import invalid
from stackwright.kernel import json

_GROUP = "admissionregistration.k8s.io"
_REVIEWS = ("v1", "v1beta1")
_HARMLESS = ("None", "NoneOnDryRun")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")
_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_URL_FORM = "; desired format: https://host[/path]"
_MOST_CONDITIONS = 64

Part = Mapping[str, Any]
Errors = Iterator[FieldError]


class ConfigurationChecks:
    """A Validator."""

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 422 with all problems."""
        obj, resource = attributes.object, attributes.resource
        if obj is None or resource.group != _GROUP or attributes.subresource or _content(obj) == _content(attributes.old or {}):
            return ()
        errors = list(problems(resource.plural, obj))
        if errors:
            raise invalid(resource, attributes.name, errors)
        return ()


def _content(obj: Object) -> object:
    return obj.get("spec"), obj.get("webhooks")


def problems(plural: str, obj: Object) -> Errors:
    """All that is wrong with an object of one of the group's resources."""
    spec: Part = obj.get("spec") or {}
    match plural:
        case "validatingwebhookconfigurations" | "mutatingwebhookconfigurations":
            yield from _hooks(obj.get("webhooks") or ())
        case "validatingadmissionpolicies":
            yield from _policy(spec)
            yield from _validations(spec)
        case "mutatingadmissionpolicies":
            yield from _policy(spec)
            yield from _mutations(spec)
        case "validatingadmissionpolicybindings":
            yield from _binding(spec)
            yield from _actions(spec.get("validationActions") or ())
        case "mutatingadmissionpolicybindings":
            yield from _binding(spec)


def _error(reason: Reason, field: str, message: str) -> FieldError:
    return FieldError(reason, field, message)


def _required(field: str, why: str = "") -> FieldError:
    return _error("FieldValueRequired", field, f"Required value: {why}" if why else "Required value")


def _bad(field: str, value: Any, rule: str) -> FieldError:
    return _error("FieldValueInvalid", field, f"Invalid value: {json.dumps(value).decode()}: {rule}")


def _unsupported(field: str, value: Any, supported: Sequence[str]) -> FieldError:
    listed = ", ".join(f'"{each}"' for each in sorted(supported))
    return _error("FieldValueNotSupported", field, f"Unsupported value: {json.dumps(value).decode()}: supported values: {listed}")


def _duplicate(field: str, value: Any) -> FieldError:
    return _error("FieldValueDuplicate", field, f"Duplicate value: {json.dumps(value).decode()}")


def _choice(owner: Part, name: str, field: str, supported: Sequence[str]) -> Errors:
    if owner.get(name) is not None and owner[name] not in supported:
        yield _unsupported(f"{field}.{name}", owner[name], supported)


def _hooks(hooks: Sequence[Part]) -> Errors:
    seen: set[str] = set()
    for index, hook in enumerate(hooks):
        field, name = f"webhooks[{index}]", str(hook.get("name") or "")
        yield from _hook(hook, field)
        yield from _review_versions(hook.get("admissionReviewVersions") or (), f"{field}.admissionReviewVersions")
        if name in seen:
            yield _duplicate(f"{field}.name", name)
        seen.add(name)


def _hook(hook: Part, field: str) -> Errors:
    yield from _qualified_name(f"{field}.name", str(hook.get("name") or ""))
    for index, rule in enumerate(hook.get("rules") or ()):
        yield from _rule(rule, f"{field}.rules[{index}]")
    yield from _choice(hook, "failurePolicy", field, ("Fail", "Ignore"))
    yield from _choice(hook, "matchPolicy", field, ("Equivalent", "Exact"))
    if hook.get("sideEffects") is None:
        yield _required(f"{field}.sideEffects", f"must specify one of {', '.join(_HARMLESS)}")
    yield from _choice(hook, "sideEffects", field, _HARMLESS)
    seconds = hook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        yield _bad(f"{field}.timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds")
    yield from _selectors(hook, field)
    yield from _client(hook.get("clientConfig") or {}, f"{field}.clientConfig")
    yield from _choice(hook, "reinvocationPolicy", field, ("IfNeeded", "Never"))
    yield from _conditions(hook.get("matchConditions") or (), f"{field}.matchConditions")


def _qualified_name(field: str, name: str) -> Errors:
    if not name:
        yield _required(field)
    elif len(name) > 253 or not _SUBDOMAIN.match(name):
        yield _bad(field, name, _SUBDOMAIN_RULE)
    elif name.count(".") < 2:
        yield _bad(field, name, "should be a domain with at least three segments separated by dots")


def _review_versions(versions: Sequence[str], field: str) -> Errors:
    if not versions:
        yield _required(field, f"must specify one of {', '.join(_REVIEWS)}")
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            yield _duplicate(f"{field}[{index}]", version)
    if not set(versions) & set(_REVIEWS):
        yield _bad(field, list(versions), f"must include at least one of {', '.join(_REVIEWS)}")


def _client(client: Part, field: str) -> Errors:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        yield _required(field, "exactly one of url or service is required")
    elif url is not None:
        yield from _url(str(url), f"{field}.url")
    elif service is not None:
        yield from _service(service, f"{field}.service")


def _url(url: str, field: str) -> Errors:
    try:
        parts: SplitResult = urlsplit(url)
    except ValueError as error:
        yield _required(field, f"url must be a valid URL: {error}{_URL_FORM}")
        return
    if parts.scheme != "https":
        yield _bad(field, parts.scheme, f"'https' is the only allowed URL scheme{_URL_FORM}")
    host = parts.netloc.rpartition("@")[2]
    if not host:
        yield _bad(field, host, f"host must be specified{_URL_FORM}")
    if "@" in parts.netloc:
        yield _bad(field, parts.netloc.rpartition("@")[0], "user information is not permitted in the URL")
    if parts.fragment:
        yield _bad(field, parts.fragment, "fragments are not permitted in the URL")
    if parts.query:
        yield _bad(field, parts.query, "query parameters are not permitted in the URL")


def _service(service: Part, field: str) -> Errors:
    for name in ("name", "namespace"):
        if not service.get(name):
            yield _required(f"{field}.{name}", f"service {name} is required")
    port, path = service.get("port", 443), service.get("path")
    if not 1 <= port <= 65535:
        yield _bad(f"{field}.port", port, "port is not valid: must be between 1 and 65535, inclusive")
    if path is not None and not str(path).startswith("/"):
        yield _bad(f"{field}.path", path, "must start with a '/'")


def _rule(rule: Part, field: str) -> Errors:
    operations = rule.get("operations") or ()
    if not operations:
        yield _required(f"{field}.operations")
    if "*" in operations and len(operations) > 1:
        yield _bad(f"{field}.operations", list(operations), "if '*' is present, must not specify other operations")
    for index, operation in enumerate(operations):
        if operation not in _OPERATIONS:
            yield _unsupported(f"{field}.operations[{index}]", operation, _OPERATIONS)
    for name, called in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        listed = rule.get(name) or ()
        if not listed:
            yield _required(f"{field}.{name}")
        if "*" in listed and len(listed) > 1:
            yield _bad(f"{field}.{name}", list(listed), f"if '*' is present, must not specify other {called}")
    yield from _resources(rule.get("resources") or (), f"{field}.resources")
    yield from _choice(rule, "scope", field, _SCOPES)


def _resources(resources: Sequence[str], field: str) -> Errors:
    if not resources:
        yield _required(field)
    for index, resource in enumerate(resources):
        if not resource:
            yield _required(f"{field}[{index}]")
    if "*/*" in resources and len(resources) > 1:
        yield _bad(field, list(resources), "if '*/*' is present, must not specify other resources")
    elif "*" in resources and any("/" not in each and each != "*" for each in resources):
        yield _bad(field, list(resources), "if '*' is present, must not specify other resources without subresources")


def _selectors(owner: Part, field: str) -> Errors:
    for name in ("namespaceSelector", "objectSelector"):
        try:
            from_object(owner.get(name))
        except SelectorError as error:
            yield _bad(f"{field}.{name}", owner.get(name), error.message)


def _conditions(conditions: Sequence[Part], field: str) -> Errors:
    if len(conditions) > _MOST_CONDITIONS:
        yield _error("FieldValueTooMany", field, f"Too many: {len(conditions)}: must have at most {_MOST_CONDITIONS} items")
    for index, condition in enumerate(conditions):
        where, name = f"{field}[{index}]", condition.get("name") or ""
        if not str(condition.get("expression") or "").strip():
            yield _required(f"{where}.expression")
        if not name:
            yield _required(f"{where}.name")
        elif any(name == other.get("name") for other in conditions[:index]):
            yield _duplicate(f"{where}.name", name)


def _policy(spec: Part) -> Errors:
    yield from _choice(spec, "failurePolicy", "spec", ("Fail", "Ignore"))
    kind = spec.get("paramKind")
    if kind is not None:
        for name in ("apiVersion", "kind"):
            if not kind.get(name):
                yield _required(f"spec.paramKind.{name}")
    constraints = spec.get("matchConstraints")
    if constraints is None:
        yield _required("spec.matchConstraints")
    else:
        yield from _match(constraints, "spec.matchConstraints")
        if not constraints.get("resourceRules"):
            yield _required("spec.matchConstraints.resourceRules")
    yield from _conditions(spec.get("matchConditions") or (), "spec.matchConditions")


def _match(constraints: Part, field: str) -> Errors:
    yield from _choice(constraints, "matchPolicy", field, ("Equivalent", "Exact"))
    yield from _selectors(constraints, field)
    for name in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(constraints.get(name) or ()):
            yield from _rule(rule, f"{field}.{name}[{index}]")


def _validations(spec: Part) -> Errors:
    validations, annotations = spec.get("validations") or (), spec.get("auditAnnotations") or ()
    if not validations and not annotations:
        for name in ("validations", "auditAnnotations"):
            yield _required(f"spec.{name}", "validations or auditAnnotations must contain at least one item")
    for index, validation in enumerate(validations):
        yield from _validation(validation, f"spec.validations[{index}]")
    for index, annotation in enumerate(annotations):
        for name in ("key", "valueExpression"):
            if not str(annotation.get(name) or "").strip():
                yield _required(f"spec.auditAnnotations[{index}].{name}")


def _validation(validation: Part, field: str) -> Errors:
    expression, message = str(validation.get("expression") or ""), validation.get("message")
    if not expression.strip():
        yield _required(f"{field}.expression", "expression is not specified")
    if message is not None and not str(message).strip():
        yield _bad(f"{field}.message", message, "message must be non-empty if specified")
    elif message and "\n" in str(message).strip():
        yield _bad(f"{field}.message", message, "message must not contain line breaks")
    elif not message and "\n" in expression.strip():
        yield _required(f"{field}.message", "message must be specified if expression contains line breaks")
    yield from _choice(validation, "reason", field, _REASONS)


def _mutations(spec: Part) -> Errors:
    if not spec.get("mutations"):
        yield _required("spec.mutations", "mutations must contain at least one item")
    if spec.get("reinvocationPolicy") is None:
        yield _required("spec.reinvocationPolicy")
    yield from _choice(spec, "reinvocationPolicy", "spec", ("IfNeeded", "Never"))
    for index, mutation in enumerate(spec.get("mutations") or ()):
        field = f"spec.mutations[{index}]"
        yield from _choice(mutation, "patchType", field, ("ApplyConfiguration", "JSONPatch"))
        for type, name in (("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")):
            if mutation.get("patchType") == type and not (mutation.get(name) or {}).get("expression"):
                yield _required(f"{field}.{name}.expression")


def _binding(spec: Part) -> Errors:
    if not spec.get("policyName"):
        yield _required("spec.policyName")
    reference = spec.get("paramRef")
    if reference is not None:
        yield from _reference(reference)
    if spec.get("matchResources") is not None:
        yield from _match(spec["matchResources"], "spec.matchResources")


def _reference(reference: Part) -> Errors:
    named, selected = bool(reference.get("name")), reference.get("selector") is not None
    if named and selected:
        for name in ("name", "selector"):
            yield _error("FieldValueForbidden", f"spec.paramRef.{name}", "Forbidden: name and selector are mutually exclusive")
    if not named and not selected:
        yield _required("spec.paramRef", "one of name or selector must be specified")
    if reference.get("parameterNotFoundAction") is None:
        yield _required("spec.paramRef.parameterNotFoundAction")
    yield from _choice(reference, "parameterNotFoundAction", "spec.paramRef", ("Allow", "Deny"))


def _actions(actions: Sequence[str]) -> Errors:
    field = "spec.validationActions"
    if not actions:
        yield _required(field)
    for index, action in enumerate(actions):
        if action not in ("Audit", "Deny", "Warn"):
            yield _unsupported(f"{field}[{index}]", action, ("Audit", "Deny", "Warn"))
        if action in actions[:index]:
            yield _duplicate(f"{field}[{index}]", action)
    if {"Deny", "Warn"} <= set(actions):
        rule = "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers"
        yield _bad(field, list(actions), f"{rule} serves no purpose)")
