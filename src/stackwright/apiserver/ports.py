"""What the request path asks of others: patches with field ownership, the kubelet's part of pods, and the audit log."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.apiserver.kind import Kind

PatchType = Literal["json", "merge", "strategic", "apply"]


@dataclass(frozen=True, slots=True)
class Writer:
    """In whose name fields are owned. Shape: `subresource` is empty for the object itself."""

    manager: str
    subresource: str
    now: datetime
    force: bool = False


class Patches(Protocol):
    """Pure. Raises StatusError for patches that cannot be decoded or do not fit."""

    def patched(self, kind: Kind, live: Object, type: PatchType, patch: Any, writer: Writer) -> Object:
        """The object as the patch wants it; for `apply` with managedFields settled (`live` is `{}` when it is absent)."""
        ...

    def owned(self, kind: Kind, new: Object, old: Object | None, writer: Writer) -> Object:
        """`new` with managedFields telling of this write."""
        ...


class MergePatches:
    """RFC 7386 only, and no record of ownership: for a server without the other patch types."""

    def patched(self, kind: Kind, live: Object, type: PatchType, patch: Any, writer: Writer) -> Object:
        if type != "merge" or not isinstance(patch, Mapping):
            raise StatusError(415, "UnsupportedMediaType", "this server only accepts merge patches")
        merged: Object = _merged(live, patch)
        return merged

    def owned(self, kind: Kind, new: Object, old: Object | None, writer: Writer) -> Object:
        return new


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


@dataclass(frozen=True, slots=True)
class LogOptions:
    """The query of pods/log. Shape: `container` is empty for the only one."""

    container: str = ""
    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    limit_bytes: int | None = None
    since: datetime | None = None


class PodLogs(Protocol):
    """What the node keeps of a pod's output. Raises StatusError."""

    def read(self, pod: Object, options: LogOptions) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """One request for a resource that was answered. Shape: `scope` is cluster, namespace or resource; `code` 200 for a watch that began."""

    verb: str
    group: str
    version: str
    resource: str
    subresource: str
    scope: str
    dry_run: bool
    code: int
    seconds: float


class RequestMeasures(Protocol):
    """Told of every request for a resource; must be quick and must not raise."""

    def answered(self, request: Answered) -> None: ...


class Audit(Protocol):
    """Told of every write that was answered."""

    def wrote(self, entry: Mapping[str, Any]) -> None: ...
