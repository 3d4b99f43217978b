"""Webhook configurations and admission policies.

Source: k8s.io/kubernetes pkg/apis/admissionregistration/validation.
"""

from typing import Any
from urllib.parse import urlsplit

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    port,
    required,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import selector

_FAILURES = ("Fail", "Ignore")
_MATCHES = ("Equivalent", "Exact")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")
_REVIEWS = ("v1", "v1beta1")
_ACTIONS = ("Audit", "Deny", "Warn")
_TWICE = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers "
    "serves no purpose)"
)
_FORM = "; desired format: https://host[/path]"
_MOST_CONDITIONS = 64


def hooks(obj: Object) -> Problems:
    """Of either kind of webhook configuration."""
    seen: set[str] = set()
    for place, hook in indexed("", obj, "webhooks"):
        yield from _hook(place, hook)
        name = hook.get("name") or ""
        if name in seen:
            yield duplicate(f"{place}.name", name)
        seen.add(name)


def full_name(path: str, name: str) -> Problems:
    """A domain of at least three segments."""
    if not name:
        yield required(path)
        return
    problems = names.subdomain(name)
    yield from words(path, name, problems)
    if not problems and name.count(".") < 2:
        yield invalid(path, name, "should be a domain with at least three segments separated by dots")


def _hook(path: str, hook: Any) -> Problems:
    yield from full_name(f"{path}.name", hook.get("name") or "")
    for place, rule in indexed(path, hook, "rules"):
        yield from _rule(place, rule)
    yield from one_of(f"{path}.failurePolicy", hook.get("failurePolicy"), _FAILURES)
    yield from one_of(f"{path}.matchPolicy", hook.get("matchPolicy"), _MATCHES)
    effects = hook.get("sideEffects")
    if effects is None:
        yield required(f"{path}.sideEffects", "must specify one of None, NoneOnDryRun")
    else:
        yield from one_of(f"{path}.sideEffects", effects, ("None", "NoneOnDryRun"))
    seconds = hook.get("timeoutSeconds")
    if isinstance(seconds, int) and not 1 <= seconds <= 30:
        yield invalid(f"{path}.timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds")
    for key in ("namespaceSelector", "objectSelector"):
        if hook.get(key) is not None:
            yield from selector(f"{path}.{key}", hook[key])
    yield from _client(f"{path}.clientConfig", mapping(hook, "clientConfig"))
    if hook.get("reinvocationPolicy") is not None:
        yield from one_of(f"{path}.reinvocationPolicy", hook["reinvocationPolicy"], ("IfNeeded", "Never"))
    yield from _versions(f"{path}.admissionReviewVersions", items(hook, "admissionReviewVersions"))
    yield from _conditions(path, hook)


def _versions(path: str, found: list[Any]) -> Problems:
    if not found:
        yield required(path, "must specify one of v1, v1beta1")
        return
    for index, each in enumerate(found):
        if each in found[:index]:
            yield invalid(f"{path}[{index}]", each, "duplicate version")
        yield from words(f"{path}[{index}]", each, names.old_label(each))
    if not set(found) & set(_REVIEWS):
        yield invalid(path, found, "must include at least one of v1, v1beta1")


def _client(path: str, config: Any) -> Problems:
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        yield required(path, "exactly one of url or service is required")
    elif url is not None:
        yield from _url(f"{path}.url", url)
    else:
        for key in ("name", "namespace"):
            if not service.get(key):
                yield required(f"{path}.service.{key}", f"service {key} is required")
        yield from port(f"{path}.service.port", service.get("port"))
        if service.get("path") is not None and not service["path"].startswith("/"):
            yield invalid(f"{path}.service.path", service["path"], "must start with a '/'")


def _url(path: str, text: str) -> Problems:
    parts = urlsplit(text)
    if parts.scheme != "https":
        yield invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{_FORM}")
    if not parts.netloc:
        yield invalid(path, parts.netloc, f"host must be specified{_FORM}")
    if parts.username is not None:
        yield invalid(path, parts.username, "user information is not permitted in the URL")
    if parts.fragment:
        yield invalid(path, parts.fragment, "fragments are not permitted in the URL")
    if parts.query:
        yield invalid(path, parts.query, "query parameters are not permitted in the URL")


def _rule(path: str, rule: Any) -> Problems:
    operations = items(rule, "operations")
    if not operations:
        yield required(f"{path}.operations")
    if len(operations) > 1 and "*" in operations:
        yield invalid(f"{path}.operations", operations, "if '*' is present, must not specify other operations")
    for index, each in enumerate(operations):
        yield from one_of(f"{path}.operations[{index}]", each, _OPERATIONS)
    yield from _scope(path, rule)


def _scope(path: str, rule: Any) -> Problems:
    for key, name in (("apiGroups", "API groups"), ("apiVersions", "API versions"), ("resources", "resources")):
        found = items(rule, key)
        if not found:
            yield required(f"{path}.{key}")
        elif key != "resources" and len(found) > 1 and "*" in found:
            yield invalid(f"{path}.{key}", found, f"if '*' is present, must not specify other {name}")
        for index, each in enumerate(found):
            if not each and key != "apiGroups":
                yield required(f"{path}.{key}[{index}]")
    if rule.get("scope") is not None:
        yield from one_of(f"{path}.scope", rule["scope"], _SCOPES)


def _conditions(path: str, owner: Any) -> Problems:
    found = items(owner, "matchConditions")
    if len(found) > _MOST_CONDITIONS:
        yield from words(f"{path}.matchConditions", len(found), [f"must have at most {_MOST_CONDITIONS} items"])
    seen: set[str] = set()
    for place, each in indexed(path, owner, "matchConditions"):
        name = each.get("name") or ""
        if not name:
            yield required(f"{place}.name")
        else:
            yield from words(f"{place}.name", name, names.qualified(name))
        if not (each.get("expression") or "").strip():
            yield required(f"{place}.expression")
        if name in seen:
            yield duplicate(f"{place}.name", name)
        seen.add(name)


def policy(obj: Object) -> Problems:
    """A ValidatingAdmissionPolicy; whether its expressions compile is judged where they are run."""
    spec = mapping(obj, "spec")
    yield from one_of("spec.failurePolicy", spec.get("failurePolicy"), _FAILURES)
    yield from _param_kind(spec)
    yield from _constraints(spec)
    yield from _conditions("spec", spec)
    if not items(spec, "validations") and not items(spec, "auditAnnotations"):
        yield required("spec.validations", "validations or auditAnnotations must contain at least one item")
        yield required("spec.auditAnnotations", "validations or auditAnnotations must contain at least one item")
    for place, each in indexed("spec", spec, "validations"):
        if not (each.get("expression") or "").strip():
            yield required(f"{place}.expression", "expression is not specified")
        message = each.get("message") or ""
        if message and not message.strip():
            yield invalid(f"{place}.message", message, "message must be non-empty if specified")
        if "\n" in message:
            yield invalid(f"{place}.message", message, "message must not contain line breaks")
        if each.get("reason") is not None:
            yield from one_of(f"{place}.reason", each["reason"], ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"))


def _param_kind(spec: Any) -> Problems:
    kind = spec.get("paramKind")
    if kind is not None:
        for key in ("apiVersion", "kind"):
            if not kind.get(key):
                yield required(f"spec.paramKind.{key}")


def _constraints(spec: Any) -> Problems:
    found = spec.get("matchConstraints")
    if found is None:
        yield required("spec.matchConstraints")
        return
    yield from _matched("spec.matchConstraints", found)
    if not items(found, "resourceRules"):
        yield required("spec.matchConstraints.resourceRules")


def _matched(path: str, found: Any) -> Problems:
    if found.get("matchPolicy") is not None:
        yield from one_of(f"{path}.matchPolicy", found["matchPolicy"], _MATCHES)
    for key in ("namespaceSelector", "objectSelector"):
        if found.get(key) is not None:
            yield from selector(f"{path}.{key}", found[key])
    for key in ("resourceRules", "excludeResourceRules"):
        for place, rule in indexed(path, found, key):
            yield from _rule(place, rule)


def mutating_policy(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from one_of("spec.failurePolicy", spec.get("failurePolicy"), _FAILURES)
    yield from _param_kind(spec)
    yield from _constraints(spec)
    yield from _conditions("spec", spec)
    if not items(spec, "mutations"):
        yield required("spec.mutations", "mutations must contain at least one item")
    policy = spec.get("reinvocationPolicy")
    if not policy:
        yield required("spec.reinvocationPolicy")
    elif policy not in ("IfNeeded", "Never"):
        yield not_supported("spec.reinvocationPolicy", policy, ("IfNeeded", "Never"))


def policy_binding(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from _bound(spec)
    actions = items(spec, "validationActions")
    if not actions:
        yield required("spec.validationActions", "at least one validation action is required")
    for index, each in enumerate(actions):
        if each in actions[:index]:
            yield duplicate(f"spec.validationActions[{index}]", each)
        yield from one_of(f"spec.validationActions[{index}]", each, _ACTIONS)
    if {"Deny", "Warn"} <= set(actions):
        yield invalid(
            "spec.validationActions",
            actions,
            _TWICE,
        )


def mutating_binding(obj: Object) -> Problems:
    yield from _bound(mapping(obj, "spec"))


def _bound(spec: Any) -> Problems:
    name = spec.get("policyName") or ""
    if not name:
        yield required("spec.policyName")
    else:
        yield from words("spec.policyName", name, names.subdomain(name))
    ref = spec.get("paramRef")
    if ref is not None:
        if ref.get("name") and ref.get("selector") is not None:
            yield forbidden("spec.paramRef.name", "name and selector are mutually exclusive")
        if not ref.get("name") and ref.get("selector") is None:
            yield required("spec.paramRef", "one of name or selector must be specified")
        if ref.get("parameterNotFoundAction") is None:
            yield required("spec.paramRef.parameterNotFoundAction")
        else:
            yield from one_of("spec.paramRef.parameterNotFoundAction", ref["parameterNotFoundAction"], ("Allow", "Deny"))
    if spec.get("matchResources") is not None:
        yield from _matched("spec.matchResources", spec["matchResources"])
