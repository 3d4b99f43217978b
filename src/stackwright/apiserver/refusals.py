"""How the server words what it will not do.

Source: k8s.io/apimachinery pkg/api/errors (NewInvalid).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from stackwright.api.meta import Resource
from stackwright.api.status import StatusError
from stackwright.apiserver.kind import FieldError


def invalid(resource: Resource, name: str, errors: Sequence[FieldError]) -> StatusError:
    """422 naming every broken rule."""
    texts = list(dict.fromkeys(str(error) for error in errors))  # said once, however many causes say it
    listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    if resource.qualified == "events.events.k8s.io":  # refused as the older kind that they are, too
        resource = replace(resource, group="")
    details: dict[str, Any] = {"name": name} if name else {}
    details |= {"group": resource.group} if resource.group else {}
    details |= {"kind": resource.kind, "causes": [error.cause() for error in errors]}
    return StatusError(422, "Invalid", f'{resource.group_kind} "{name}" is invalid: {listed}', details)
