"""The quick look at a body agrees with the thorough ones."""

from collections.abc import Mapping
from typing import Any

import pytest

from stackwright.apiserver.builtin.schemas import schema_of
from stackwright.apiserver.faults import fault_of
from stackwright.apiserver.fitting import fits
from stackwright.apiserver.known_fields import known
from stackwright.store.schema import Schema

DEPLOYMENT = schema_of("apps", "v1", "Deployment")


def deployment(**container: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": "i", **container}]}
    return {"metadata": {"name": "d", "labels": {"a": "b"}}, "spec": {"replicas": 1, "template": {"spec": spec}}}


FINE: list[Mapping[str, Any]] = [
    {},
    {"tty": None},
    {"ports": [{"containerPort": 80}], "args": [], "env": [{"name": "A", "value": ""}]},
    {"livenessProbe": {"httpGet": {"port": "http"}}, "readinessProbe": {"tcpSocket": {"port": 8080}}},
    {"resources": {"limits": {"cpu": "100m", "memory": 1}}},
]
BROKEN: list[Mapping[str, Any]] = [
    {"colour": "red"},
    {"env": [{"name": "A", "worth": "1"}]},
    {"tty": "yes"},
    {"name": 1},
    {"args": "one"},
    {"args": [True]},
    {"env": {"A": "b"}},
    {"ports": [{"containerPort": 1 << 31}]},
    {"ports": [{"containerPort": 8.5}]},
    {"ports": [{"containerPort": True}]},
    {"livenessProbe": {"httpGet": {"port": False}}},
    {"resources": {"limits": {"cpu": "much"}}},
]


@pytest.mark.parametrize("container", FINE)
def test_what_has_no_fault_and_no_unknown_field_fits(container: Mapping[str, Any]) -> None:
    obj = deployment(**container)
    assert not fault_of(obj, DEPLOYMENT, "Deployment")
    assert not known(obj, DEPLOYMENT)[1]
    assert fits(obj, DEPLOYMENT)


@pytest.mark.parametrize("container", BROKEN)
def test_what_has_a_fault_or_an_unknown_field_does_not_fit(container: Mapping[str, Any]) -> None:
    obj = deployment(**container)
    assert fault_of(obj, DEPLOYMENT, "Deployment") or known(obj, DEPLOYMENT)[1]
    assert not fits(obj, DEPLOYMENT)


@pytest.mark.parametrize("value", ["yesterday", 5, "2026-13-01T00:00:00Z"])
def test_a_time_that_is_none_does_not_fit(value: Any) -> None:
    assert not fits({"metadata": {"creationTimestamp": value}}, DEPLOYMENT)


def test_bytes_that_cannot_be_read_do_not_fit() -> None:
    secret = schema_of("", "v1", "Secret")
    assert fits({"data": {"a": "YQ=="}}, secret)
    assert not fits({"data": {"a": "?"}}, secret)


def test_an_embedded_object_may_say_what_it_is() -> None:
    schema = Schema("object", properties={"a": Schema("string")}, embedded=True)
    assert fits({"apiVersion": "v1", "kind": "K", "metadata": {"name": "n"}, "a": "b"}, schema)
    assert not fits({"status": {}}, schema)
