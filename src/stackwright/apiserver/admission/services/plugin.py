"""Gives Services their addresses and node ports. Nothing is ever released: what no stored Service has is free.

Source: k8s.io/kubernetes pkg/registry/core/service/storage (alloc.go, storage.go).
"""

import ipaddress
import secrets
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.services import fields
from stackwright.apiserver.admission.services.pools import NotAvailable, addresses, ports
from stackwright.apiserver.kind import FieldError
from stackwright.apiserver.refusals import invalid

SERVICE_RANGE = ipaddress.IPv4Network("10.0.0.0/16")
NODE_PORTS = (30000, 32767)
_SERVICES = "services"


class Indexed(Protocol):
    """The part of an ObjectStore that tells what is taken."""

    def index(self, bucket: str, held: Callable[[Object], Iterable[int]]) -> Container[int]: ...


class ServiceAllocation:
    """A Mutator, the last of all: what it hands out is reserved until the write is done or refused."""

    def __init__(
        self, objects: Indexed, network: ipaddress.IPv4Network = SERVICE_RANGE, pick: Callable[[int], int] = secrets.randbelow
    ) -> None:
        self._addresses = addresses(network, objects.index(_SERVICES, _addresses_of), pick)
        self._ports = ports(*NODE_PORTS, objects.index(_SERVICES, _ports_of), pick)

    async def mutate(self, attributes: Attributes) -> Object | None:
        """Raises StatusError 422, 500."""
        service = attributes.object
        if service is None or not attributes.concerns(_SERVICES, "CREATE", "UPDATE"):
            return service
        old = (attributes.old.get("spec") or {}) if attributes.old is not None else None
        spec = fields.paired(service.get("spec") or {}, old)
        if old is not None:
            spec = fields.dropped(fields.kept(spec, old), old)
        if fields.needs_address(spec):
            _refuse(attributes, fields.address_errors(spec, old))
            spec, errors = fields.with_families(spec)
            _refuse(attributes, errors)
            spec = self._with_address(attributes, spec, old or {})
        return {**service, "spec": self._with_ports(attributes, spec, old or {})}

    def _with_address(self, attributes: Attributes, spec: dict[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
        if fields.is_headless(spec):
            return spec | {"clusterIP": fields.NO_ADDRESS, "clusterIPs": [fields.NO_ADDRESS]}
        wanted, had = fields.addresses(spec), fields.addresses(old)
        for address in wanted:
            if address not in had:
                self._claim_address(attributes, address, wanted)
        if not wanted:
            wanted = [self._next_address(attributes.held)]
        return spec | {"clusterIP": wanted[0], "clusterIPs": wanted}

    def _claim_address(self, attributes: Attributes, address: str, wanted: Sequence[str]) -> None:
        try:
            self._addresses.claim(address, attributes.held)
        except NotAvailable as reason:
            shown = ",".join(f'"{each}"' for each in wanted)
            cause = f"Invalid value: [{shown}]: failed to allocate IP {address}: {reason}"
            _refuse(attributes, [FieldError("FieldValueInvalid", "spec.clusterIPs", cause)])

    def _next_address(self, held: ExitStack) -> str:
        try:
            return self._addresses.next(held)
        except NotAvailable as reason:
            raise _internal(f"failed to allocate a serviceIP: {reason}") from reason

    def _with_ports(self, attributes: Attributes, spec: dict[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
        had = set(fields.node_ports(old))
        if fields.needs_node_ports(spec):
            spec["ports"] = self._node_ports(attributes, spec.get("ports") or (), had)
        if fields.needs_health_port(spec):
            spec["healthCheckNodePort"] = self._health_port(attributes, int(spec.get("healthCheckNodePort") or 0), had)
        return spec

    def _node_ports(self, attributes: Attributes, asked: Sequence[Mapping[str, Any]], had: set[int]) -> list[Any]:
        self._claim_ports(attributes, asked, had)
        found: list[Mapping[str, Any]] = []
        for port in asked:
            number = port.get("nodePort") or fields.shared_node_port(port, [*asked, *found]) or self._next_port(attributes.held)
            found.append({**port, "nodePort": number})
        return found

    def _claim_ports(self, attributes: Attributes, asked: Sequence[Mapping[str, Any]], had: set[int]) -> None:
        seen, errors = set(had), list[FieldError]()
        for index, port in enumerate(asked):
            number = int(port.get("nodePort") or 0)
            if number and number not in seen:
                errors += self._claim_port(attributes.held, number, f"spec.ports[{index}].nodePort")
                seen.add(number)
        _refuse(attributes, errors)

    def _claim_port(self, held: ExitStack, number: int, field: str) -> list[FieldError]:
        try:
            self._ports.claim(number, held)
        except NotAvailable as reason:
            return [FieldError("FieldValueInvalid", field, f"Invalid value: {number}: {reason}")]
        return []

    def _next_port(self, held: ExitStack) -> int:
        try:
            return self._ports.next(held)
        except NotAvailable as reason:
            raise _internal(f"failed to allocate a nodePort: {reason}") from reason

    def _health_port(self, attributes: Attributes, number: int, had: set[int]) -> int:
        if not number:
            return self._next_port(attributes.held)
        if number not in had and (errors := self._claim_port(attributes.held, number, "spec.healthCheckNodePort")):
            reason = errors[0].message.partition(f"Invalid value: {number}: ")[2]
            raise _internal(f"failed to allocate requested HealthCheck NodePort {number}: {reason}")
        return number


def _addresses_of(service: Object) -> list[int]:
    return [int(ipaddress.ip_address(address)) for address in fields.addresses(service.get("spec") or {})]


def _ports_of(service: Object) -> list[int]:
    return fields.node_ports(service.get("spec") or {})


def _internal(message: str) -> StatusError:
    return StatusError(500, "InternalError", f"Internal error occurred: {message}", {"causes": [{"message": message}]})


def _refuse(attributes: Attributes, errors: Sequence[FieldError]) -> None:
    if errors:
        raise invalid(attributes.resource, attributes.name, errors)
