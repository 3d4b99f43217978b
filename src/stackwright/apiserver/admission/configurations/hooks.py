"""What webhook configurations must look like.

Source: k8s.io/kubernetes pkg/apis/admissionregistration/validation and k8s.io/apiserver pkg/util/webhook/validation.go.
"""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from stackwright.apiserver.admission.configurations.words import (
    Errors,
    Part,
    bad,
    choice,
    conditions,
    duplicate,
    required,
    rule_problems,
    selectors,
)

_REVIEWS = ("v1", "v1beta1")
_HARMLESS = ("None", "NoneOnDryRun")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_URL_FORM = "; desired format: https://host[/path]"


def hook_problems(hooks: Sequence[Part]) -> Errors:
    """Of all webhooks of a configuration."""
    seen: set[str] = set()
    for index, hook in enumerate(hooks):
        field, name = f"webhooks[{index}]", str(hook.get("name") or "")
        yield from _hook(hook, field)
        yield from _review_versions(hook.get("admissionReviewVersions") or (), f"{field}.admissionReviewVersions")
        if name in seen:
            yield duplicate(f"{field}.name", name)
        seen.add(name)


def _hook(hook: Part, field: str) -> Errors:
    yield from _qualified_name(f"{field}.name", str(hook.get("name") or ""))
    for index, rule in enumerate(hook.get("rules") or ()):
        yield from rule_problems(rule, f"{field}.rules[{index}]")
    yield from choice(hook, "failurePolicy", field, ("Fail", "Ignore"))
    yield from choice(hook, "matchPolicy", field, ("Equivalent", "Exact"))
    if hook.get("sideEffects") is None:
        yield required(f"{field}.sideEffects", f"must specify one of {', '.join(_HARMLESS)}")
    yield from choice(hook, "sideEffects", field, _HARMLESS)
    seconds = hook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        yield bad(f"{field}.timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds")
    yield from selectors(hook, field)
    yield from _client(hook.get("clientConfig") or {}, f"{field}.clientConfig")
    yield from choice(hook, "reinvocationPolicy", field, ("IfNeeded", "Never"))
    yield from conditions(hook.get("matchConditions") or (), f"{field}.matchConditions")


def _qualified_name(field: str, name: str) -> Errors:
    if not name:
        yield required(field)
    elif len(name) > 253 or not _SUBDOMAIN.match(name):
        yield bad(field, name, _SUBDOMAIN_RULE)
    elif name.count(".") < 2:
        yield bad(field, name, "should be a domain with at least three segments separated by dots")


def _review_versions(versions: Sequence[str], field: str) -> Errors:
    if not versions:
        yield required(field, f"must specify one of {', '.join(_REVIEWS)}")
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            yield duplicate(f"{field}[{index}]", version)
    if not set(versions) & set(_REVIEWS):
        yield bad(field, list(versions), f"must include at least one of {', '.join(_REVIEWS)}")


def _client(client: Part, field: str) -> Errors:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        yield required(field, "exactly one of url or service is required")
    elif url is not None:
        yield from _url(str(url), f"{field}.url")
    elif service is not None:
        yield from _service(service, f"{field}.service")


def _url(url: str, field: str) -> Errors:
    try:
        parts: SplitResult = urlsplit(url)
    except ValueError as error:
        yield required(field, f"url must be a valid URL: {error}{_URL_FORM}")
        return
    if parts.scheme != "https":
        yield bad(field, parts.scheme, f"'https' is the only allowed URL scheme{_URL_FORM}")
    host = parts.netloc.rpartition("@")[2]
    if not host:
        yield bad(field, host, f"host must be specified{_URL_FORM}")
    if "@" in parts.netloc:
        yield bad(field, parts.netloc.rpartition("@")[0], "user information is not permitted in the URL")
    if parts.fragment:
        yield bad(field, parts.fragment, "fragments are not permitted in the URL")
    if parts.query:
        yield bad(field, parts.query, "query parameters are not permitted in the URL")


def _service(service: Part, field: str) -> Errors:
    for name in ("name", "namespace"):
        if not service.get(name):
            yield required(f"{field}.{name}", f"service {name} is required")
    port, path = service.get("port", 443), service.get("path")
    if not 1 <= port <= 65535:
        yield bad(f"{field}.port", port, "port is not valid: must be between 1 and 65535, inclusive")
    if path is not None and not str(path).startswith("/"):
        yield bad(f"{field}.path", path, "must start with a '/'")
