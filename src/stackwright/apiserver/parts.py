"""What a server is made of, joined by whoever starts it."""

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stackwright.apiserver.admission.chain import Chain
from stackwright.apiserver.auth.ports import Answerer, Authenticator, Authorizer, Speaker
from stackwright.apiserver.computed import Compute
from stackwright.apiserver.ports import Audit, MergePatches, Patches, PodLogs, RequestMeasures
from stackwright.apiserver.registry import Registry
from stackwright.kernel.clock import Clock
from stackwright.kernel.http import Request, Response
from stackwright.store.objects import ObjectStore

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def new_uid() -> str:
    return str(uuid.uuid4())


def new_suffix() -> str:
    """What generateName appends. Source: k8s.io/apimachinery pkg/util/rand."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(5))


def no_document(request: Request) -> Response | None:
    """For a server without documents of its own."""
    return None


@dataclass(frozen=True, slots=True)
class Parts:
    store: ObjectStore
    registry: Registry
    authenticator: Authenticator
    authorizer: Authorizer
    clock: Clock
    impersonation: Speaker | None = None
    chain: Chain = field(default_factory=Chain)
    patches: Patches = field(default_factory=MergePatches)
    logs: PodLogs | None = None
    audit: Audit | None = None
    measures: RequestMeasures | None = None
    questions: Mapping[tuple[str, str], Answerer] = field(default_factory=dict)
    computed: Mapping[str, Compute] = field(default_factory=dict)
    """Who answers a resource that is only ever asked, by qualified resource and subresource."""
    documents: Callable[[Request], Response | None] = no_document
    """Documents besides those of discovery."""
    uid: Callable[[], str] = new_uid
    suffix: Callable[[], str] = new_suffix
