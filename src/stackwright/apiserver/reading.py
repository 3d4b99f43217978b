"""GET of one object and of collections, page by page.

Source: k8s.io/apiserver pkg/storage/etcd3 (continue tokens) and pkg/registry/generic/registry.
"""

import base64
from dataclasses import dataclass
from typing import Any

from stackwright.api.status import StatusError, bad_request, gone, not_found
from stackwright.apiserver.answers import encoded
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.registry import bucket_of, served
from stackwright.apiserver.selection import Selection, selection
from stackwright.apiserver.target import Target
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response
from stackwright.store.entry import Entry
from stackwright.store.objects import Compacted, ObjectStore


@dataclass(frozen=True, slots=True)
class _Page:
    entries: list[Entry]
    revision: int
    next: str = ""
    remaining: int | None = None


def revision_of(request: Request) -> int | None:
    """The resourceVersion asked for; None without one. Raises StatusError 400."""
    text = request.param("resourceVersion")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise bad_request(f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)


def check_not_ahead(revision: int | None, store: ObjectStore) -> None:
    """Raises StatusError 504 for a revision that has not happened."""
    if revision is not None and revision > store.revision:
        message = f"Too large resource version: {revision}, current: {store.revision}"
        causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
        raise StatusError(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1}, {"retry-after": "1"})


def get(store: ObjectStore, target: Target, request: Request) -> Response:
    """Raises StatusError 404, 504."""
    check_not_ahead(revision_of(request), store)
    entry = store.entry(bucket_of(target.kind.resource), target.namespace, target.name)
    if entry is None:
        raise not_found(target.kind.resource.group, target.kind.resource.plural, target.name)
    return encoded(_encoded(target.kind, entry))


def _encoded(kind: Kind, entry: Entry) -> bytes:
    shown = served(kind, entry.object)
    return entry.encoded if shown is entry.object else json.dumps(shown)


def list_objects(store: ObjectStore, target: Target, request: Request) -> Response:
    """Raises StatusError 400, 410, 504."""
    page = _page(store, target, request, selection(request, target.kind))
    meta: dict[str, Any] = {"resourceVersion": str(page.revision)}
    meta |= {"continue": page.next} if page.next else {}
    meta |= {"remainingItemCount": page.remaining} if page.remaining else {}
    resource = target.kind.resource
    head = json.dumps({"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta})
    items = b",".join([_item(target.kind, entry) for entry in page.entries])
    return encoded(b"".join((head[:-1], b',"items":[', items, b"]}")))


def _item(kind: Kind, entry: Entry) -> bytes:
    shown = served(kind, entry.object)
    return entry.body if shown is entry.object else Entry(shown, entry.revision).body


def _page(store: ObjectStore, target: Target, request: Request, wanted: Selection) -> _Page:
    limit = _number(request, "limit")
    token = request.param("continue") or ""
    revision, start = _decode_token(token) if token else (None, None)
    if revision is None and request.param("resourceVersionMatch") == "Exact":
        revision = revision_of(request)
    check_not_ahead(revision if revision is not None else revision_of(request), store)
    at = revision or store.revision
    try:
        entries = store.entries_at(bucket_of(target.kind.resource), at, target.namespace)
    except Compacted as error:
        raise gone("The provided continue parameter is too old to display a consistent list result.") from error
    chosen = [entry for entry in entries if (start is None or entry.key > start) and wanted.matches(entry)]
    if not limit or len(chosen) <= limit:
        return _Page(chosen, at)
    rest = len(chosen) - limit if wanted.everything else None
    return _Page(chosen[:limit], at, _encode_token(at, chosen[limit - 1].key), rest)


def _number(request: Request, name: str) -> int:
    text = request.param(name) or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def _encode_token(revision: int, key: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps({"v": 1, "rv": revision, "after": key})).decode().rstrip("=")


def _decode_token(token: str) -> tuple[int, tuple[str, str]]:
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, name = found["after"]
        return int(found["rv"]), (str(namespace), str(name))
    except (ValueError, KeyError, TypeError) as error:
        raise bad_request("continue key is not valid: the token cannot be read") from error
