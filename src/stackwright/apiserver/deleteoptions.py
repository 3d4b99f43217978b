"""How something is to be deleted: DeleteOptions of the body, or of the query when there is no body.

Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go and k8s.io/apimachinery pkg/apis/meta/v1/validation.
"""

from typing import Any

from stackwright.api.meta import Object
from stackwright.api.status import bad_request
from stackwright.apiserver.answers import flag, invalid_option
from stackwright.apiserver.body import decode_object
from stackwright.apiserver.builtin.schemas import named
from stackwright.apiserver.faults import fault_of
from stackwright.apiserver.kind import FieldError
from stackwright.apiserver.listoptions import integer
from stackwright.kernel.http import Request

_KIND = "DeleteOptions"
_SCHEMA = f"io.k8s.apimachinery.pkg.apis.meta.v1.{_KIND}"
_PROPAGATIONS = ("Foreground", "Background", "Orphan")


def delete_options(request: Request) -> Object:
    """Raises StatusError 400, 415, 422."""
    options = _of_body(request) if request.body else _of_query(request)
    problems = problems_of(options)
    if problems:
        raise invalid_option(_KIND, problems)
    return options


def _of_body(request: Request) -> Object:
    found = decode_object(request, _KIND)
    version, kind = str(found.get("apiVersion") or "v1").rpartition("/")[2], found.get("kind") or _KIND
    if kind != _KIND:
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {_KIND}: converting to {_KIND}: unknown conversion')
    fault = fault_of(found, named(_SCHEMA), _KIND)
    if fault:
        raise bad_request(f'{_KIND} in version "{version}" cannot be handled as a {_KIND}: {fault}')
    return found


def _of_query(request: Request) -> Object:
    options: dict[str, Any] = {}
    if request.param("gracePeriodSeconds"):
        options["gracePeriodSeconds"] = integer(request, "gracePeriodSeconds")
    if request.param("propagationPolicy"):
        options["propagationPolicy"] = request.param("propagationPolicy")
    if request.param("orphanDependents") is not None:
        options["orphanDependents"] = flag(request, "orphanDependents")
    dry_run = [value for key, value in request.query if key == "dryRun"]
    return options | ({"dryRun": dry_run} if dry_run else {})


def problems_of(options: Object) -> list[FieldError]:
    policy, field, found = options.get("propagationPolicy"), "propagationPolicy", []
    if policy is not None and options.get("orphanDependents") is not None:
        message = f'Invalid value: "{policy}": orphanDependents and deletionPropagation cannot be both set'
        found.append(FieldError("FieldValueInvalid", field, message))
    if policy is not None and policy not in _PROPAGATIONS:
        listed = ", ".join(f'"{each}"' for each in (*_PROPAGATIONS, "nil"))
        found.append(FieldError("FieldValueNotSupported", field, f'Unsupported value: "{policy}": supported values: {listed}'))
    dry_run = options.get("dryRun") or ()
    if any(value != "All" for value in dry_run):
        shown = ",".join(f'"{value}"' for value in dry_run)
        found.append(FieldError("FieldValueNotSupported", "dryRun", f'Unsupported value: [{shown}]: supported values: "All"'))
    return found
