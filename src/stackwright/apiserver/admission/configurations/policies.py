"""What admission policies and their bindings must look like.

Source: k8s.io/kubernetes pkg/apis/admissionregistration/validation/validation.go.
"""

from collections.abc import Sequence

from stackwright.apiserver.admission.configurations.words import (
    Errors,
    Part,
    bad,
    choice,
    conditions,
    duplicate,
    forbidden,
    required,
    rule_problems,
    selectors,
    unsupported,
)

_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")


def policy(spec: Part) -> Errors:
    """Of what both kinds of policies share."""
    yield from choice(spec, "failurePolicy", "spec", ("Fail", "Ignore"))
    kind = spec.get("paramKind")
    if kind is not None:
        for name in ("apiVersion", "kind"):
            if not kind.get(name):
                yield required(f"spec.paramKind.{name}")
    constraints = spec.get("matchConstraints")
    if constraints is None:
        yield required("spec.matchConstraints")
    else:
        yield from _match(constraints, "spec.matchConstraints")
        if not constraints.get("resourceRules"):
            yield required("spec.matchConstraints.resourceRules")
    yield from conditions(spec.get("matchConditions") or (), "spec.matchConditions")


def _match(constraints: Part, field: str) -> Errors:
    yield from choice(constraints, "matchPolicy", field, ("Equivalent", "Exact"))
    yield from selectors(constraints, field)
    for name in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(constraints.get(name) or ()):
            yield from rule_problems(rule, f"{field}.{name}[{index}]")


def validations(spec: Part) -> Errors:
    """Of a ValidatingAdmissionPolicy."""
    listed, annotations = spec.get("validations") or (), spec.get("auditAnnotations") or ()
    if not listed and not annotations:
        for name in ("validations", "auditAnnotations"):
            yield required(f"spec.{name}", "validations or auditAnnotations must contain at least one item")
    for index, validation in enumerate(listed):
        yield from _validation(validation, f"spec.validations[{index}]")
    for index, annotation in enumerate(annotations):
        for name in ("key", "valueExpression"):
            if not str(annotation.get(name) or "").strip():
                yield required(f"spec.auditAnnotations[{index}].{name}")


def _validation(validation: Part, field: str) -> Errors:
    expression, message = str(validation.get("expression") or ""), validation.get("message")
    if not expression.strip():
        yield required(f"{field}.expression", "expression is not specified")
    if message is not None and not str(message).strip():
        yield bad(f"{field}.message", message, "message must be non-empty if specified")
    elif message and "\n" in str(message).strip():
        yield bad(f"{field}.message", message, "message must not contain line breaks")
    elif not message and "\n" in expression.strip():
        yield required(f"{field}.message", "message must be specified if expression contains line breaks")
    yield from choice(validation, "reason", field, _REASONS)


def mutations(spec: Part) -> Errors:
    """Of a MutatingAdmissionPolicy."""
    if not spec.get("mutations"):
        yield required("spec.mutations", "mutations must contain at least one item")
    if spec.get("reinvocationPolicy") is None:
        yield required("spec.reinvocationPolicy")
    yield from choice(spec, "reinvocationPolicy", "spec", ("IfNeeded", "Never"))
    for index, mutation in enumerate(spec.get("mutations") or ()):
        field = f"spec.mutations[{index}]"
        yield from choice(mutation, "patchType", field, ("ApplyConfiguration", "JSONPatch"))
        for type, name in (("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")):
            if mutation.get("patchType") == type and not (mutation.get(name) or {}).get("expression"):
                yield required(f"{field}.{name}.expression")


def binding(spec: Part) -> Errors:
    """Of a binding of either kind."""
    if not spec.get("policyName"):
        yield required("spec.policyName")
    reference = spec.get("paramRef")
    if reference is not None:
        yield from _reference(reference)
    if spec.get("matchResources") is not None:
        yield from _match(spec["matchResources"], "spec.matchResources")


def _reference(reference: Part) -> Errors:
    named, selected = bool(reference.get("name")), reference.get("selector") is not None
    if named and selected:
        for name in ("name", "selector"):
            yield forbidden(f"spec.paramRef.{name}", "name and selector are mutually exclusive")
    if not named and not selected:
        yield required("spec.paramRef", "one of name or selector must be specified")
    if reference.get("parameterNotFoundAction") is None:
        yield required("spec.paramRef.parameterNotFoundAction")
    yield from choice(reference, "parameterNotFoundAction", "spec.paramRef", ("Allow", "Deny"))


def actions(listed: Sequence[str]) -> Errors:
    """Of a ValidatingAdmissionPolicyBinding."""
    field = "spec.validationActions"
    if not listed:
        yield required(field)
    for index, action in enumerate(listed):
        if action not in ("Audit", "Deny", "Warn"):
            yield unsupported(f"{field}[{index}]", action, ("Audit", "Deny", "Warn"))
        if action in listed[:index]:
            yield duplicate(f"{field}[{index}]", action)
    if {"Deny", "Warn"} <= set(listed):
        rule = "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers"
        yield bad(field, list(listed), f"{rule} serves no purpose)")
