"""One webhook of a configuration, read.

Source: k8s.io/api admissionregistration/v1 and k8s.io/apiserver pkg/admission/configuration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, name_of, uid_of
from stackwright.apiserver.calling.client import HookClient, read_client

_DEFAULT_TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Hook:
    """Shape: `configuration` refers to the object that declares it."""

    name: str
    configuration: Mapping[str, str]
    client: HookClient
    rules: Sequence[Mapping[str, Any]]
    match_policy: str
    namespace_selector: Mapping[str, Any]
    object_selector: Mapping[str, Any]
    conditions: Sequence[Mapping[str, str]]
    fails: bool
    side_effects: str
    versions: Sequence[str]
    reinvoked: bool

    @property
    def changes_other_things(self) -> bool:
        """Such a hook is not asked on a dry run."""
        return self.side_effects not in ("None", "NoneOnDryRun")

    @property
    def version(self) -> str:
        """Of AdmissionReview: the first that we know."""
        return next((version for version in self.versions if version in ("v1", "v1beta1")), "v1")


def hooks_of(configurations: Sequence[Object]) -> list[Hook]:
    """In the order in which they are asked: by configuration, then as listed."""
    return [_read(hook, reference_to(each)) for each in sorted(configurations, key=name_of) for hook in each.get("webhooks") or ()]


def reference_to(obj: Object) -> dict[str, str]:
    """An ObjectReference."""
    found = {"apiVersion": str(obj.get("apiVersion") or ""), "kind": str(obj.get("kind") or "")}
    return found | {"name": name_of(obj), "uid": uid_of(obj)}


def _read(hook: Mapping[str, Any], configuration: Mapping[str, str]) -> Hook:
    return Hook(
        name=str(hook.get("name") or ""),
        configuration=configuration,
        client=read_client(hook.get("clientConfig") or {}, int(hook.get("timeoutSeconds") or _DEFAULT_TIMEOUT)),
        rules=hook.get("rules") or (),
        match_policy=hook.get("matchPolicy") or "Equivalent",
        namespace_selector=hook.get("namespaceSelector") or {},
        object_selector=hook.get("objectSelector") or {},
        conditions=hook.get("matchConditions") or (),
        fails=hook.get("failurePolicy", "Fail") != "Ignore",
        side_effects=hook.get("sideEffects") or "Unknown",
        versions=hook.get("admissionReviewVersions") or (),
        reinvoked=hook.get("reinvocationPolicy") == "IfNeeded",
    )
