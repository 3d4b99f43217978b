"""Two objects that mean the same become the same: what the system fills in and what nobody can decide does not count.

Source: Argo CD's gitops-engine pkg/diff (Normalize and its parts).
"""

import base64
from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, gvk_of, metadata_of
from stackwright.gitops.diff.threeway import without_last_applied
from stackwright.gitops.diff.typed import settled
from stackwright.kernel import json
from stackwright.store.schema import Schema

_SYSTEM_FIELDS = frozenset(
    ("creationTimestamp", "uid", "resourceVersion", "generation", "managedFields", "selfLink", "deletionTimestamp",
     "deletionGracePeriodSeconds")
)  # fmt: skip


def normalised(obj: Object, schema: Schema | None = None, *, ignored_status: str = "all", ignore_aggregated_roles: bool = False) -> Object:
    """The argument is not changed."""
    found = without_last_applied(without_system_fields(obj))
    gvk = gvk_of(found)
    if (gvk.group, gvk.kind) == ("", "Secret"):
        found = with_data(found)
    if schema is not None:
        found = settled(found, schema, typed="$ref" in (schema.raw or ()))
    match gvk.group, gvk.kind:
        case "rbac.authorization.k8s.io", "Role" | "ClusterRole":
            found = _with_rules(found, obj, ignore_aggregated_roles)
        case "", "Endpoints":
            found = _with_sorted_subsets(found)
        case "apps", "StatefulSet":
            found = _without_claim_status(found)
        case _:
            pass
    if ignored_status == "all" or (ignored_status == "crd" and gvk.kind == "CustomResourceDefinition"):
        found = {key: value for key, value in found.items() if key != "status"}
    return found


def without_system_fields(obj: Object) -> Object:
    """Without what only the API server writes."""
    metadata = {key: value for key, value in metadata_of(obj).items() if key not in _SYSTEM_FIELDS}
    return {**obj, "metadata": {key: value for key, value in metadata.items() if value not in (None, {}, [])}}


def with_data(secret: Object) -> Object:
    """A Secret's stringData as the API server stores it."""
    texts = secret.get("stringData")
    data = secret.get("data")
    found = {key: value for key, value in secret.items() if key not in ("stringData", "data")}
    merged = {key: "" if value is None else value for key, value in (data if isinstance(data, Mapping) else {}).items()}
    for key, value in (texts if isinstance(texts, Mapping) else {}).items():
        merged[key] = base64.b64encode(("" if value is None else str(value)).encode()).decode()
    return found | ({"data": merged} if merged or data is not None else {})


def _with_rules(role: Object, given: Object, ignore_aggregated: bool) -> Object:
    """No rules are null, which asks for none; those of an aggregated role are somebody else's, where that is to be ignored."""
    if ignore_aggregated and role.get("aggregationRule"):
        return {key: value for key, value in role.items() if key != "rules"}
    return {**role, "rules": None} if "rules" in given and not given["rules"] else role


def _without_claim_status(stateful_set: Object) -> Object:
    """Without the status that the API server writes into volume claim templates."""
    spec = stateful_set.get("spec")
    claims = spec.get("volumeClaimTemplates") if isinstance(spec, Mapping) else None
    if not isinstance(spec, Mapping) or not isinstance(claims, list):
        return stateful_set
    bare = [{key: value for key, value in claim.items() if key != "status"} if isinstance(claim, Mapping) else claim for claim in claims]
    return {**stateful_set, "spec": {**spec, "volumeClaimTemplates": bare}}


def _with_sorted_subsets(endpoints: Object) -> Object:
    subsets = endpoints.get("subsets")
    if not isinstance(subsets, list):
        return endpoints
    return {**endpoints, "subsets": _sorted([_subset(item) for item in subsets if isinstance(item, Mapping)])}


def _subset(subset: Mapping[str, Any]) -> Mapping[str, Any]:
    ports = [{"protocol": "TCP", **port} for port in subset.get("ports") or () if isinstance(port, Mapping)]
    found = {**subset, **({"ports": _sorted(ports)} if ports else {})}
    for field in ("addresses", "notReadyAddresses"):
        if isinstance(subset.get(field), list):
            found[field] = _sorted(subset[field])
    return found


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=json.canonical)
