"""The query of writes: whose name they go under, how strict they are, whether they are for real.

Source: k8s.io/apimachinery pkg/apis/meta/v1/validation.
"""

from typing import Literal, cast

from stackwright.apiserver.answers import invalid_option
from stackwright.apiserver.kind import FieldError
from stackwright.apiserver.ports import PatchType
from stackwright.kernel import json
from stackwright.kernel.http import Request

Strictness = Literal["Ignore", "Warn", "Strict"]
_STRICTNESS = ("", "Ignore", "Strict", "Warn")
_LONGEST_MANAGER = 128


def check_options(request: Request, options: str, patch: PatchType | None = None) -> None:
    """Raises StatusError 422 with all problems. `patch` for a patch: an apply names its manager, and only an apply can be forced."""
    problems = [*_dry_run(request), *_forced(request, patch), *_manager(request, patch), *_strict(request)]
    if problems:
        raise invalid_option(options, problems)


def strictness_of(request: Request) -> Strictness:
    return cast(Strictness, request.param("fieldValidation") or "Warn")


def _dry_run(request: Request) -> list[FieldError]:
    values = [value for key, value in request.query if key == "dryRun"]
    if all(value == "All" for value in values):
        return []
    shown = ",".join(f'"{value}"' for value in values)
    return [FieldError("FieldValueNotSupported", "dryRun", f'Unsupported value: [{shown}]: supported values: "All"')]


def _forced(request: Request, patch: PatchType | None) -> list[FieldError]:
    if patch in (None, "apply") or request.param("force") is None:
        return []
    return [FieldError("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch")]


def _manager(request: Request, patch: PatchType | None) -> list[FieldError]:
    manager = request.param("fieldManager") or ""
    found = []
    if patch == "apply" and not manager:
        found.append(FieldError("FieldValueRequired", "fieldManager", "Required value: is required for apply patch"))
    if len(manager.encode()) > _LONGEST_MANAGER:
        found.append(FieldError("FieldValueTooLong", "fieldManager", f"Too long: may not be more than {_LONGEST_MANAGER} bytes"))
    for position, char in enumerate(manager):
        if not char.isprintable():
            problem = f"Invalid value: {json.dumps(manager).decode()}: invalid character U+{ord(char):04X} (at position {position})"
            found.append(FieldError("FieldValueInvalid", "fieldManager", problem))
    return found


def _strict(request: Request) -> list[FieldError]:
    value = request.param("fieldValidation") or ""
    if value in _STRICTNESS:
        return []
    listed = ", ".join(f'"{each}"' for each in _STRICTNESS)
    return [FieldError("FieldValueNotSupported", "fieldValidation", f'Unsupported value: "{value}": supported values: {listed}')]
