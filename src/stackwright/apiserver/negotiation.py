"""In which form a client wants its answer: JSON or YAML, the object itself, only its metadata, or a table.

Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation; go-restful, which looks at the media types before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from stackwright.api.status import StatusError
from stackwright.kernel.http import Request

Format = Literal["json", "yaml", "protobuf"]
Form = Literal["", "Table", "PartialObjectMetadata", "PartialObjectMetadataList"]

PROTOBUF = "application/vnd.kubernetes.protobuf"
_TYPES: Mapping[str, Format] = {"application/json": "json", "application/yaml": "yaml", PROTOBUF: "protobuf"}
_PRODUCED = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_STREAMED = ("application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch")
_FORMS: Mapping[str, Form] = {
    "Table": "Table",
    "PartialObjectMetadata": "PartialObjectMetadata",
    "PartialObjectMetadataList": "PartialObjectMetadataList",
}
_BROWSERS = ("curl", "Wget", "Mozilla/5.0")


@dataclass(frozen=True, slots=True)
class Media:
    """Shape: `form` is empty for the object itself; `version` is that of meta.k8s.io, which the form is told in."""

    format: Format = "json"
    form: Form = ""
    version: str = "v1"
    pretty: bool = False

    @property
    def plain(self) -> bool:
        """Compact JSON of the object itself: what is kept in that form needs no work."""
        return self == _PLAIN


_PLAIN = Media()


@dataclass(frozen=True, slots=True)
class _Clause:
    type: str
    parameters: Mapping[str, str]
    quality: float


def negotiated(request: Request, *, listing: bool = False, typed: bool = True) -> Media:
    """The form of objects and lists; only `typed` kinds have a protobuf form. Raises StatusError 406."""
    accept = request.headers.get("accept")
    if not accept:
        return Media(pretty=_pretty(request, {}))
    _check_produced(accept, listing=listing)
    for clause in _clauses(accept):
        media = _media(request, clause)
        if media is not None and (typed or media.form or media.format != "protobuf"):
            return media
    raise not_acceptable(_PRODUCED if typed else _PRODUCED[:2])


def negotiated_stream(request: Request, *, typed: bool = True) -> Media:
    """The form of a watch's events. Raises StatusError 406."""
    accept = request.headers.get("accept")
    if not accept:
        return _PLAIN
    _check_produced(accept, listing=True)
    for clause in _clauses(accept):
        media = _media(request, clause)
        if media is None or media.format == "yaml" or clause.parameters.get("stream", "watch") != "watch":
            continue
        if media.format == "json" or typed or media.form:
            return Media(media.format, media.form, media.version)
    raise not_acceptable(_STREAMED if typed else _STREAMED[:1])


def negotiated_error(request: Request) -> Media:
    """The form of a Status: an error is never hidden behind what its reader would rather have."""
    return discovered(request) or Media(pretty=_pretty(request, {}))


def not_acceptable(types: tuple[str, ...] = _PRODUCED) -> StatusError:
    return StatusError(406, "NotAcceptable", f"only the following media types are accepted: {', '.join(types)}")


def _check_produced(accept: str, *, listing: bool) -> None:
    """Raises StatusError 406 when none of the bare types is one that the route produces; wildcards but `*/*` are none."""
    produced = (*_PRODUCED, *_STREAMED) if listing else _PRODUCED
    asked = {part.split(";")[0].strip() for part in accept.split(",")}
    if not asked & {*_PRODUCED, "*/*"}:
        message = f"406: Not Acceptable\n\nAvailable representations: {', '.join(produced)}"
        raise StatusError(406, "NotAcceptable", message, {})


def _media(request: Request, clause: _Clause) -> Media | None:
    """None for what we do not speak."""
    format: Format | None = _TYPES.get(clause.type) if "*" not in clause.type else _any(clause.type)
    if format is None:
        return None
    pretty = _pretty(request, clause.parameters)
    wanted = clause.parameters.get("as")
    if wanted is None:
        return Media(format, pretty=pretty)
    version = clause.parameters.get("v", "")
    if wanted not in _FORMS or clause.parameters.get("g") != "meta.k8s.io" or version not in ("v1", "v1beta1"):
        return None
    if wanted == "Table" and format == "protobuf":
        return None
    return Media(format, _FORMS[wanted], version, pretty)


def _any(type: str) -> Format | None:
    return "json" if type in ("*/*", "application/*") else None


def _pretty(request: Request, parameters: Mapping[str, str]) -> bool:
    if parameters.get("pretty") == "1":
        return True
    asked = request.param("pretty")
    if asked:
        return asked in ("1", "t", "T", "TRUE", "true", "True")
    return request.headers.get("user-agent", "").startswith(_BROWSERS)


def clauses(accept: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Types with their parameters, what is wanted most first."""
    for clause in _clauses(accept):
        yield clause.type, clause.parameters


def _clauses(accept: str) -> list[_Clause]:
    """What is wanted most first. Who takes JSON as gladly as protobuf gets JSON, which is kept ready."""
    found = []
    for part in accept.split(","):
        type, *rest = (piece.strip() for piece in part.split(";"))
        parameters = {key.strip(): value.strip() for key, _, value in (each.partition("=") for each in rest)}
        found.append(_Clause(type.lower(), parameters, _quality(parameters.get("q", "1"))))
    return sorted(found, key=lambda clause: (-clause.quality, clause.type == PROTOBUF))


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def discovered(request: Request) -> Media | None:
    """The form of a document that has only itself to show; None when the client takes none of them."""
    for clause in _clauses(request.headers.get("accept") or "application/json"):
        media = _media(request, clause)
        if media is not None and not media.form and media.format != "protobuf":
            return media
    return None
