"""Asks one definition's webhook for other versions of its objects, and remembers what it said.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/conversion.
"""

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from stackwright.api.meta import Object, gvk_of, name_of, uid_of
from stackwright.api.status import StatusError
from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.calling.client import HookClient, read_client
from stackwright.apiserver.calling.ports import Caller
from stackwright.apiserver.calling.telling import SkipRecorder, skipped_text
from stackwright.apiserver.converting import Unprepared
from stackwright.apiserver.custom.conversion.review import KNOWN_VERSIONS, BadConversion, all_judged, question, read
from stackwright.kernel import json
from stackwright.kernel.calls import CallFailed

_TIMEOUT_SECONDS = 30
_MOST_REMEMBERED = 20_000
_BATCH_OBJECTS, _BATCH_BYTES = 250, 1 << 20
_log = logging.getLogger(__name__)
_Wanted = tuple[bytes, str]


def _uid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the webhooks of all definitions share."""

    objects: Objects
    caller: Caller
    recorder: SkipRecorder | None = None
    uid: Callable[[], str] = _uid


class WebhookConversions:
    """converting.Conversions. What was converted is remembered by its content, so reads of what did not change ask nobody.

    A webhook that only simulated pods serve is left out, as those of admission are: then versions differ by their name only.
    """

    def __init__(self, definition: Object, around: Surroundings) -> None:
        webhook = definition["spec"]["conversion"].get("webhook") or {}
        self.name = "conversion"
        self.configuration = _reference(definition)
        self._client: HookClient = read_client(webhook.get("clientConfig") or {}, _TIMEOUT_SECONDS)
        self._version = next((each for each in webhook.get("conversionReviewVersions") or () if each in KNOWN_VERSIONS), "v1")
        self._around = around
        self._known: dict[_Wanted, Object] = {}

    def converted(self, obj: Object, api_version: str) -> Object:
        """Raises Unprepared."""
        if obj.get("apiVersion") == api_version or "kind" not in obj:
            return obj
        found = self._known.get(_wanted(obj, api_version))
        if found is None:
            raise Unprepared(self, obj, api_version)
        return found

    async def prepare(self, objects: Sequence[Object], api_version: str) -> None:
        """Raises StatusError 500."""
        found: dict[_Wanted, Object] = {}
        for batch in _batches(obj for obj in objects if obj.get("apiVersion") != api_version):
            missing = {key: obj for obj in batch if (key := _wanted(obj, api_version)) not in self._known}
            if missing:
                found |= zip(missing, await self._asked(list(missing.values()), api_version), strict=True)
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        self._known |= found

    async def _asked(self, objects: Sequence[Object], api_version: str) -> Sequence[Object]:
        first, uid = objects[0], self._around.uid()
        try:
            answer = await self._client.ask(question(objects, api_version, self._version, uid), self._around.caller, self._around.objects)
            if answer is None:
                return await self._renamed(objects, api_version)
            return all_judged(objects, read(answer, self._version, uid), api_version)
        except CallFailed as error:
            raise _failed(first, f"failed: {error}") from error
        except BadConversion as error:
            raise _failed(first, str(error)) from error

    async def _renamed(self, objects: Sequence[Object], api_version: str) -> Sequence[Object]:
        _log.debug("%s", skipped_text(self))
        if self._around.recorder is not None:
            await self._around.recorder.skipped(self)
        return [{**obj, "apiVersion": api_version} for obj in objects]


def _failed(obj: Object, what: str) -> StatusError:
    gvk = gvk_of(obj)
    return StatusError(500, "", f"conversion webhook for {gvk.api_version}, Kind={gvk.kind} {what}")


def _wanted(obj: Object, api_version: str) -> _Wanted:
    return blake2b(json.dumps(obj), digest_size=16).digest(), api_version


def _batches(objects: Iterator[Object]) -> Iterator[list[Object]]:
    """So many at a time as a webhook can be expected to take."""
    batch: list[Object] = []
    size = 0
    for obj in objects:
        bytes_ = len(json.dumps(obj))
        if batch and (len(batch) >= _BATCH_OBJECTS or size + bytes_ > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(obj)
        size += bytes_
    if batch:
        yield batch


def _reference(definition: Object) -> Mapping[str, Any]:
    kind = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    return kind | {"name": name_of(definition), "uid": uid_of(definition)}
