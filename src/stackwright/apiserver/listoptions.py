"""The query of lists and watches: read, and checked as a whole.

Source: k8s.io/apimachinery pkg/apis/meta/internalversion/validation (ValidateListOptions).
"""

from dataclasses import dataclass

from stackwright.api.status import StatusError, bad_request
from stackwright.apiserver.answers import flag, invalid_option
from stackwright.apiserver.kind import FieldError
from stackwright.kernel.http import Request

EXACT, NOT_OLDER = "Exact", "NotOlderThan"
_MATCH, _INITIAL = "resourceVersionMatch", "sendInitialEvents"


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Shape: `version` is the text that was asked for, empty for none; `limit` is 0 for no limit; `initial` None when not given."""

    version: str = ""
    match: str = ""
    limit: int = 0
    token: str = ""
    seconds: int = 0
    bookmarks: bool = False
    initial: bool | None = None


def list_options(request: Request, *, watching: bool = False) -> ListOptions:
    """Raises StatusError 400, 422."""
    given = request.param(_INITIAL)
    options = ListOptions(
        request.param("resourceVersion") or "",
        request.param(_MATCH) or "",
        max(0, integer(request, "limit")),
        request.param("continue") or "",
        max(0, integer(request, "timeoutSeconds")),
        flag(request, "allowWatchBookmarks"),
        None if given is None else flag(request, _INITIAL),
    )
    problems = _watch_problems(options) if watching else _list_problems(options)
    if problems:
        raise invalid_option("ListOptions", problems)
    return options


def integer(request: Request, name: str) -> int:
    """A number of the query, 0 when it is absent. Raises StatusError 400."""
    text = request.param(name) or "0"
    digits = text[1:] if text[0] in "+-" else text
    if not digits.isascii() or not digits.isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if len(digits) > 18:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return int(text)


def _list_problems(options: ListOptions) -> list[FieldError]:
    found, match = [], options.match
    if match and not options.version:
        found.append(_forbidden(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided"))
    if match and options.token:
        found.append(_forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
    if match not in ("", EXACT, NOT_OLDER):
        found.append(_unsupported(match, (EXACT, NOT_OLDER, "")))
    if match == EXACT and options.version == "0":
        found.append(_forbidden(_MATCH, f'{_MATCH} "exact" is forbidden for resourceVersion "0"'))
    if options.initial is not None:
        found.append(_forbidden(_INITIAL, f"{_INITIAL} is forbidden for list"))
    return found


def _watch_problems(options: ListOptions) -> list[FieldError]:
    found, match = [], options.match
    if options.initial is not None and match != NOT_OLDER:
        found.append(_forbidden(_MATCH, f"{_INITIAL} requires setting {_MATCH} to {NOT_OLDER}"))
    if match and options.initial is None:
        found.append(_forbidden(_MATCH, f"{_MATCH} is forbidden for watch unless {_INITIAL} is provided"))
    if match not in ("", NOT_OLDER):
        found.append(_unsupported(match, (NOT_OLDER,)))
    if match and options.token:
        found.append(_forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
    return found


def _forbidden(field: str, text: str) -> FieldError:
    return FieldError("FieldValueForbidden", field, f"Forbidden: {text}")


def _unsupported(value: str, supported: tuple[str, ...]) -> FieldError:
    listed = ", ".join(f'"{each}"' for each in supported)
    return FieldError("FieldValueNotSupported", _MATCH, f'Unsupported value: "{value}": supported values: {listed}')


def revision_of(version: str) -> int | None:
    """The revision that a resourceVersion names; None without one. Raises StatusError 500, as the storage below would."""
    if not version:
        return None
    if not version.isascii() or not version.isdigit():
        raise StatusError(500, "", unreadable(version))
    if len(version) > 19:
        raise StatusError(500, "", unreadable(version, "value out of range"))
    return int(version)


def unreadable(version: str, problem: str = "invalid syntax") -> str:
    return f'resourceVersion: Invalid value: "{version}": strconv.ParseUint: parsing "{version}": {problem}'
