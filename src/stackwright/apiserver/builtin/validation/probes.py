"""Probes and lifecycle hooks of a container.

Source: k8s.io/kubernetes pkg/apis/core/validation (validateProbe, validateHandler, validateLifecycle).
"""

from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    chosen,
    forbidden,
    indexed,
    invalid,
    not_negative,
    port,
    required,
    words,
)

_COUNTS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_SCHEMES = ("HTTP", "HTTPS")


def probes(path: str, container: Any) -> Problems:
    """The three probes of a container."""
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(key)
        if probe is None:
            continue
        place = f"{path}.{key}"
        yield from _probe(place, probe)
        if key != "readinessProbe" and probe.get("successThreshold") != 1:
            yield invalid(f"{place}.successThreshold", probe.get("successThreshold") or 0, "must be 1")
        if key == "readinessProbe" and probe.get("terminationGracePeriodSeconds") is not None:
            seconds = probe["terminationGracePeriodSeconds"]
            yield invalid(f"{place}.terminationGracePeriodSeconds", seconds, "must not be set for readinessProbes")


def _probe(path: str, probe: Any) -> Problems:
    yield from _handlers(path, probe, ("exec", "httpGet", "tcpSocket", "grpc"))
    for key in _COUNTS:
        yield from not_negative(f"{path}.{key}", probe.get(key))
    seconds = probe.get("terminationGracePeriodSeconds")
    if isinstance(seconds, int) and seconds <= 0:
        yield invalid(f"{path}.terminationGracePeriodSeconds", seconds, "must be greater than 0")


def lifecycle(path: str, container: Any, grace: int) -> Problems:
    """The hooks of a container."""
    hooks = container.get("lifecycle") or {}
    for key in ("postStart", "preStop"):
        if hooks.get(key) is not None:
            yield from _handlers(f"{path}.lifecycle.{key}", hooks[key], ("exec", "httpGet", "tcpSocket", "sleep"), grace)


def _handlers(path: str, found: Any, known: tuple[str, ...], grace: int = 0) -> Problems:
    given = [key for key in known if found.get(key) is not None]
    for index, key in enumerate(given):
        if index:
            yield forbidden(f"{path}.{key}", "may not specify more than 1 handler type")
        else:
            yield from _HANDLERS[key](f"{path}.{key}", found[key], grace)
    if not given:
        yield required(path, "must specify a handler type")


def _exec(path: str, action: Any, grace: int) -> Problems:
    if not action.get("command"):
        yield required(f"{path}.command")


def _http(path: str, action: Any, grace: int) -> Problems:
    if not action.get("path"):
        yield required(f"{path}.path")
    yield from port_or_name(f"{path}.port", action.get("port"))
    yield from chosen(f"{path}.scheme", action.get("scheme"), _SCHEMES)
    for _, header in indexed(path, action, "httpHeaders"):
        yield from words(f"{path}.httpHeaders", header.get("name") or "", names.header_name(header.get("name") or ""))


def _tcp(path: str, action: Any, grace: int) -> Problems:
    yield from port_or_name(f"{path}.port", action.get("port"))


def _grpc(path: str, action: Any, grace: int) -> Problems:
    yield from port(f"{path}.port", action.get("port") or 0)


def _sleep(path: str, action: Any, grace: int) -> Problems:
    seconds = action.get("seconds") or 0
    if not 0 <= seconds <= grace:
        yield invalid(path, seconds, f"must be non-negative and less than terminationGracePeriodSeconds ({grace})")


_HANDLERS = {"exec": _exec, "httpGet": _http, "tcpSocket": _tcp, "grpc": _grpc, "sleep": _sleep}


def port_or_name(path: str, value: Any) -> Problems:
    """A number, or the name of a port of the container."""
    if isinstance(value, str):
        yield from words(path, value, names.port_name(value))
    else:
        yield from port(path, value or 0)
