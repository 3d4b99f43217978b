"""The Kubernetes API of one embedded cluster: a request in, an answer out.

Source: k8s.io/apiserver pkg/server (handler chain) and pkg/endpoints.
"""

import logging
import time

from stackwright.api.selectors import SelectorError, parse_field_selector
from stackwright.api.status import StatusError, not_found
from stackwright.api.user import User
from stackwright.apiserver import asking, computed, deleting, reading, watching, writing
from stackwright.apiserver.answers import flag, method_not_allowed, not_served, refused
from stackwright.apiserver.auth.impersonation import denied
from stackwright.apiserver.auth.ports import Access
from stackwright.apiserver.binding import bind
from stackwright.apiserver.connecting import refuse_connection
from stackwright.apiserver.deprecations import deprecation_of, warned
from stackwright.apiserver.documents import PUBLIC, Documents
from stackwright.apiserver.eviction import evict
from stackwright.apiserver.logs import read_log
from stackwright.apiserver.memo import Memo
from stackwright.apiserver.negotiation import negotiated, negotiated_error, negotiated_stream
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.ports import Answered
from stackwright.apiserver.protobuf import is_known
from stackwright.apiserver.registry import keeps_types
from stackwright.apiserver.representation import Representation, refusal, representation, reshaped
from stackwright.apiserver.scale import answer_scale
from stackwright.apiserver.subresources import CONNECTIONS, subresource_of
from stackwright.apiserver.target import Target, Unserved, find_target
from stackwright.apiserver.writing import Write
from stackwright.kernel.clock import rfc3339_micro
from stackwright.kernel.http import Request, Response

_READS = ("get", "list", "watch")
_log = logging.getLogger(__name__)


def verb_of(request: Request, target: Target) -> str:
    """The verb that RBAC knows. Raises StatusError 405."""
    match request.method:
        case "GET" if target.watched or (flag(request, "watch") and not target.name):
            return "watch"
        case "GET":
            return "get" if target.name else "list"
        case "POST" if target.subresource or (not target.name and _in_place(target)):
            return "create"
        case "PUT" if target.name:
            return "update"
        case "PATCH" if target.name:
            return "patch"
        case "DELETE" if target.name:
            return "delete"
        case "DELETE" if _in_place(target):
            return "deletecollection"
        case _:
            raise method_not_allowed()


def _unserved(target: Unserved) -> StatusError:
    """Custom kinds word it as if the object were missing."""
    if target.kind is None or not keeps_types(target.kind):
        return not_served()
    return not_found(target.kind.resource.group, target.kind.resource.plural, target.name)


def _in_place(target: Target) -> bool:
    """Whether the collection is one of a namespace, where it has to be."""
    return bool(target.namespace) or not target.kind.resource.namespaced


def _check_verb(verb: str, target: Target) -> None:
    """Raises StatusError 405."""
    resource = target.kind.resource
    if verb not in (subresource_of(resource, target.subresource).verbs if target.subresource else resource.verbs):
        raise method_not_allowed()


def named_by_fields(request: Request) -> str:
    """The one object that the field selector of a list or watch leaves: RBAC rules with resourceNames may allow it."""
    try:
        terms = parse_field_selector(request.param("fieldSelector") or "")
    except SelectorError:
        return ""
    return next((term.value for term in terms if term.path == "metadata.name" and not term.negated), "")


def _access(verb: str, target: Target, name: str) -> Access:
    resource = target.kind.resource
    namespace = target.name if resource.qualified == "namespaces" else target.namespace
    return Access(verb, resource.group, resource.version, resource.plural, target.subresource, namespace, name)


class ApiServer:
    """Authenticates, authorises and carries out. Knows no sockets."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._documents = Documents(parts.registry)
        self._memo = Memo()

    async def handle(self, request: Request, user: User | None = None) -> Response:
        """Never raises for what a request can cause. With `user` the caller is known already; else the headers tell."""
        try:
            asking = user or self.parts.authenticator.authenticate(request.headers)
            return await self._dispatch(request, asking)
        except StatusError as error:
            return refusal(error, negotiated_error(request))
        except Exception:
            _log.exception("the request %s %s failed", request.method, request.path)
            return refused(StatusError(500, "InternalError", "Internal error occurred: the server could not carry out the request"))

    async def _dispatch(self, request: Request, user: User) -> Response:
        target = find_target(request.path, self.parts.registry)
        if isinstance(target, Target):
            return await self._resource(request, user, target)
        self._authorize_path(request, user)
        if isinstance(target, Unserved):
            raise _unserved(target)
        return self.parts.documents(request) or self._documents.answer(request)

    def _authorize_path(self, request: Request, user: User) -> None:
        access = Access(request.method.lower(), path=request.path)
        user = self._speaking(request, user, access)
        if request.path not in PUBLIC:
            self._authorize(user, access)

    def _speaking(self, request: Request, user: User, access: Access) -> User:
        """Raises StatusError for who speaks for others and may not."""
        return user if self.parts.impersonation is None else self.parts.impersonation.speaking(user, request.headers, access)

    async def _resource(self, request: Request, user: User, target: Target) -> Response:
        began = time.perf_counter()
        verb = verb_of(request, target)
        access = _access(verb, target, target.name or named_by_fields(request))
        write = Write(self.parts, target, request, self._speaking(request, user, access))
        try:
            self._authorize(write.user, access)
            response = await self._carry_out(verb, write)
        except StatusError as error:
            self._tell_audit(verb, write, error.http_status)
            self._measure(verb, write, error.http_status, began)
            raise
        self._tell_audit(verb, write, response.status)
        self._measure(verb, write, response.status, began)
        return response

    async def _carry_out(self, verb: str, write: Write) -> Response:
        request, target = write.request, write.target
        answerer = self.parts.questions.get((target.kind.resource.qualified, target.subresource))
        if answerer is not None and verb == "create":
            return await asking.ask(write, answerer)
        _check_verb(verb, target)
        special = await self._special(verb, write)
        if special is not None:
            return special
        typed = is_known(target.kind.resource.gvk)
        media = negotiated_stream(request, typed=typed) if verb == "watch" else negotiated(request, listing=verb == "list", typed=typed)
        shape = representation(request, media, target.kind, self.parts.clock, self.parts.registry.generation)
        try:
            compute = self.parts.computed.get(target.kind.resource.qualified)
            if compute is not None:
                return computed.get(compute, target) if verb == "get" else computed.list_objects(compute, target, request, shape)
            if verb in _READS:
                return warned(await self._read(request, verb, target, shape), target.kind)
            return warned(reshaped(await self._write(verb, write), shape), target.kind)
        except StatusError as error:
            if not deprecation_of(target.kind):
                raise
            return warned(refusal(error, negotiated_error(request)), target.kind)

    async def _special(self, verb: str, write: Write) -> Response | None:
        """Answers of subresources that are no view of their object; None for all others. Raises StatusError."""
        target = write.target
        if target.subresource in CONNECTIONS:
            raise refuse_connection(self.parts, target)
        if target.kind.resource.qualified == "bindings":
            return await bind(write)
        match target.subresource:
            case "log":
                return await read_log(self.parts, target, write.request)
            case "scale":
                return await answer_scale(verb, write)
            case "binding":
                return await bind(write)
            case "eviction":
                return await evict(write)
            case _:
                return None

    def _authorize(self, user: User, access: Access) -> None:
        decision = self.parts.authorizer.authorize(user, access)
        if not decision.allowed:
            raise denied(user, access, decision.reason)

    async def _read(self, request: Request, verb: str, target: Target, shape: Representation) -> Response:
        match verb:
            case "watch":
                return watching.watch(self.parts.store, target, request, shape, self._memo)
            case "list":
                return await reading.list_objects(self.parts.store, target, request, shape, self._memo)
            case _:
                return await reading.get(self.parts.store, target, request, shape)

    async def _write(self, verb: str, write: Write) -> Response:
        match verb:
            case "create" if not write.target.subresource:
                return await writing.create(write)
            case "update":
                return await writing.update(write)
            case "patch":
                return await writing.patch(write)
            case "delete" if not write.target.subresource:
                return await deleting.delete(write)
            case "deletecollection":
                return await deleting.delete_collection(write)
            case _:
                raise method_not_allowed()

    def _measure(self, verb: str, write: Write, code: int, began: float) -> None:
        """Reads included; of a watch only that it began."""
        if self.parts.measures is None:
            return
        target, resource = write.target, write.target.kind.resource
        scope = "resource" if target.name else "namespace" if target.namespace else "cluster"
        where = (resource.group, resource.version, resource.plural, target.subresource, scope)
        dry_run = write.request.param("dryRun") is not None
        self.parts.measures.answered(Answered(verb, *where, dry_run, code, time.perf_counter() - began))

    def _tell_audit(self, verb: str, write: Write, code: int) -> None:
        """Every write, refused ones too, with what admission had to say of it."""
        if self.parts.audit is None or verb in _READS:
            return
        target = write.target
        what = target.kind.resource.qualified + (f"/{target.subresource}" if target.subresource else "")
        when = rfc3339_micro(self.parts.clock.now())
        where = {"resource": what, "namespace": target.namespace, "name": target.name or "".join(write.created)}
        told = {"annotations": write.annotations} if write.annotations else {}
        self.parts.audit.wrote({"time": when, "user": write.user.name, "verb": verb, **where, "code": code, **told})
