"""Connections into a pod: what a client is told that wants one where nothing runs.

Source: k8s.io/kubernetes pkg/registry/core/pod/rest/subresources.go, as far as it refuses.
"""

from stackwright.api.status import StatusError, not_found
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.registry import bucket_of
from stackwright.apiserver.target import Target

_VERBS = {
    "exec": "no command can be executed in it",
    "attach": "there is no process to attach to",
    "portforward": "no port can be forwarded to it",
    "proxy": "requests cannot be passed on to it",
}


def refuse_connection(parts: Parts, target: Target) -> StatusError:
    """404 for what is not there, else one sentence that says why."""
    resource = target.kind.resource
    if parts.store.entry(bucket_of(resource), target.namespace, target.name) is None:
        return not_found(resource.group, resource.plural, target.name)
    why = _VERBS[target.subresource]
    message = f'{resource.kind.lower()} "{target.name}" is simulated: nothing runs behind it, so {why}'
    return StatusError(400, "BadRequest", message)
