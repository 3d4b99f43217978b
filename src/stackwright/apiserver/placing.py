"""Objects put where the URL says.

Source: k8s.io/apiserver pkg/registry/rest (EnsureObjectNamespaceMatchesRequestNamespace) and pkg/endpoints/handlers (checkName).
"""

from stackwright.api.meta import Object, metadata_of
from stackwright.api.status import bad_request
from stackwright.apiserver.target import Target

_ELSEWHERE = "the namespace of the provided object does not match the namespace sent on the request"


def placed(obj: Object, target: Target) -> Object:
    """With the namespace and name of the URL. Raises StatusError 400 when the body says others."""
    meta = dict(metadata_of(obj))
    if target.name and meta.setdefault("name", target.name) != target.name:
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({target.name})")
    if target.namespace and meta.setdefault("namespace", target.namespace) not in ("", target.namespace):
        raise bad_request(_ELSEWHERE)
    if target.namespace:
        meta["namespace"] = target.namespace
    else:
        meta.pop("namespace", None)
    return {**obj, "metadata": meta}
