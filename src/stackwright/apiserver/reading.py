"""GET of one object and of collections, page by page.

Source: k8s.io/apiserver pkg/storage/etcd3 (continue tokens) and pkg/registry/generic/registry.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from stackwright.api.status import StatusError, bad_request, not_found
from stackwright.apiserver.converting import converting, prepare
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.listoptions import EXACT, ListOptions, list_options, revision_of, unreadable
from stackwright.apiserver.memo import Memo
from stackwright.apiserver.registry import bucket_of, is_served_as_kept, keeps_types, list_kind_of, served
from stackwright.apiserver.representation import Representation, encode, headers_of, shown_entry
from stackwright.apiserver.selection import Selection, selection
from stackwright.apiserver.target import Target
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response
from stackwright.store.bucket import Place
from stackwright.store.entry import Entry
from stackwright.store.objects import Compacted, ObjectStore

_TOKEN_VERSION = "meta.k8s.io/v1"  # noqa: S105 the version of a format
_NEWEST = -1
AT_ONCE = 500
"""So many objects are looked at before others have their turn."""
_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
    "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided "
    "token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was "
    "returned and now may show up in the list."
)


@dataclass(frozen=True, slots=True)
class _Page:
    entries: list[Entry]
    revision: int
    next: str = ""
    remaining: int | None = None


def check_not_ahead(revision: int | None, store: ObjectStore) -> None:
    """Raises StatusError 504 for a revision that has not happened."""
    if revision is not None and revision > store.revision:
        message = f"Too large resource version: {revision}, current: {store.revision}"
        causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
        raise StatusError(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1}, {"retry-after": "1"})


async def get(store: ObjectStore, target: Target, request: Request, shape: Representation) -> Response:
    """Raises StatusError 404, 406, 500, 504."""
    check_not_ahead(revision_of(request.param("resourceVersion") or ""), store)
    entry = store.entry(bucket_of(target.kind.resource), target.namespace, target.name)
    if entry is None:
        raise not_found(target.kind.resource.group, target.kind.resource.plural, target.name)
    await prepare(target.kind, (entry.object,))
    return Response(200, shown_entry(shape, entry), headers_of(shape.media))


async def list_objects(store: ObjectStore, target: Target, request: Request, shape: Representation, memo: Memo) -> Response:
    """Long lists let others have their turn in between. Raises StatusError 400, 406, 410, 422, 504."""
    options, wanted = list_options(request), selection(request, target.kind)
    at, start = _from(options, store)
    key = (shape.key, target.namespace, at, start, options.limit, options.version == "0") if wanted.everything else None
    found = memo.get(key) if key else None
    if found is None:
        page = await _page(store, target, options, wanted, (at, start))
        await prepare(target.kind, (entry.object for entry in page.entries))
        found = await _shown(page, target.kind, shape)
        found = memo.keep(key, found) if key else found
    return Response(200, found, headers_of(shape.media))


async def _shown(page: _Page, kind: Kind, shape: Representation) -> bytes:
    meta: dict[str, Any] = {"resourceVersion": str(page.revision)}
    meta |= {"continue": page.next} if page.next or (keeps_types(kind) and not shape.media.form) else {}
    meta |= {"remainingItemCount": page.remaining} if page.remaining else {}
    if shape.media.plain:
        return await _joined(kind, page, meta)
    objects = [served(kind, entry.object) for entry in page.entries]
    if len(page.entries) <= AT_ONCE:
        return encode(shape.items(objects, meta), shape.media)
    return await asyncio.to_thread(lambda: encode(shape.items(objects, meta), shape.media))


async def _joined(kind: Kind, page: _Page, meta: Mapping[str, Any]) -> bytes:
    """The list out of what each entry keeps encoded."""
    resource = kind.resource
    head = json.dumps({"kind": list_kind_of(kind), "apiVersion": resource.api_version, "metadata": meta})
    typed, items = keeps_types(kind), []
    for start in range(0, len(page.entries), AT_ONCE):
        items += [_item(kind, entry, typed) for entry in page.entries[start : start + AT_ONCE]]
        if start + AT_ONCE < len(page.entries):
            await asyncio.sleep(0)
    return b"".join((head[:-1], b',"items":[', b",".join(items), b"]}"))


def _item(kind: Kind, entry: Entry, typed: bool) -> bytes:
    """Built-in kinds leave the type out of a list's items, custom kinds do not."""
    if is_served_as_kept(kind, entry):
        return entry.encoded if typed else entry.body
    shown = served(kind, entry.object)
    return json.dumps(shown) if typed else Entry(shown, entry.revision).body


def _from(options: ListOptions, store: ObjectStore) -> tuple[int, Place | None]:
    """The revision to list at, and the last place of the page before. Raises StatusError 400, 504."""
    revision, start = _position(options)
    check_not_ahead(revision if revision is not None else _revision(options), store)
    return store.revision if revision is None or revision == _NEWEST else revision, start


async def _page(store: ObjectStore, target: Target, options: ListOptions, wanted: Selection, place: tuple[int, Place | None]) -> _Page:
    at, start = place
    try:
        walk = store.walk(bucket_of(target.kind.resource), target.namespace, at=at, after=start)
    except Compacted as error:
        raise _expired(start) from error
    limit = 0 if options.version == "0" else options.limit
    chosen = list(islice(walk, limit + 1 if limit else None)) if wanted.everything else await _chosen(list(walk), wanted, limit)
    if not limit or len(chosen) <= limit:
        return _Page(chosen, at)
    shown = chosen[:limit]
    return _Page(shown, at, _encode_token(at, shown[-1].place), len(walk) - limit if wanted.everything else None)


async def _chosen(entries: list[Entry], wanted: Selection, limit: int) -> list[Entry]:
    """Those that are wanted, one more than fit on a page."""
    chosen: list[Entry] = []
    if wanted.fields:
        await prepare(wanted.kind, (entry.object for entry in entries))
    for start in range(0, len(entries), AT_ONCE):
        part = entries[start : start + AT_ONCE]
        chosen += await converting(partial(_matching, part, wanted))
        if limit and len(chosen) > limit:
            break
        if start + AT_ONCE < len(entries):
            await asyncio.sleep(0)
    return chosen


def _matching(entries: Sequence[Entry], wanted: Selection) -> list[Entry]:
    return [entry for entry in entries if wanted.matches(entry)]


def _position(options: ListOptions) -> tuple[int | None, Place | None]:
    """The revision to list at, and the last key of the page before. Raises StatusError 400."""
    if not options.token:
        return (_revision(options) if options.match == EXACT else None), None
    if options.version not in ("", "0"):
        raise bad_request("specifying resource version is not allowed when using continue")
    return _decode_token(options.token)


def _revision(options: ListOptions) -> int | None:
    """Raises StatusError 400."""
    try:
        return revision_of(options.version)
    except StatusError as error:
        raise bad_request(f"invalid resource version: {unreadable(options.version)}") from error


def _expired(start: Place | None) -> StatusError:
    if start is None:
        return StatusError(410, "Expired", "The resourceVersion for the provided list is too old.")
    return StatusError(410, "Expired", _EXPIRED, meta={"continue": _encode_token(_NEWEST, start)})


def _encode_token(revision: int, key: Place) -> str:
    start = "".join(key) + "\0"
    return base64.urlsafe_b64encode(json.dumps({"v": _TOKEN_VERSION, "rv": revision, "start": start})).decode().rstrip("=")


def _decode_token(token: str) -> tuple[int, Place]:
    """Raises StatusError 400."""
    try:
        found = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        version, revision, start = found["v"], int(found["rv"]), str(found["start"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise bad_request("continue key is not valid: the token cannot be read") from error
    if version != _TOKEN_VERSION:
        raise bad_request('continue key is not valid: server does not recognize this encoded version "' + str(version) + '"')
    namespace, slash, name = start.rstrip("\0").rpartition("/")
    return revision, (namespace + slash, name)
