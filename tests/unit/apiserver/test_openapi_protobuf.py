"""OpenAPI v3 documents as protobuf, read back by the numbers of gnostic's messages."""

from collections.abc import Iterator
from typing import Any

import pytest

from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.openapi import OpenApi, protobuf
from stackwright.apiserver.registry import Registry
from stackwright.kernel.http import Request, Response

PROTOBUF = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def varint() -> int:
        nonlocal at
        shift = value = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 1:
            yield key >> 3, data[at : at + 8]
            at += 8
        else:
            size = varint()
            yield key >> 3, data[at : at + size]
            at += size


def one(data: bytes, *path: int) -> Any:
    for number in path:
        data = next(value for found, value in fields(data) if found == number)
    return data


def named(data: bytes) -> dict[str, bytes]:
    """A map, as a list of names and values."""
    return {one(value, 1).decode(): one(value, 2) for number, value in fields(data) if number == 1}


@pytest.fixture
def documents() -> OpenApi:
    registry = Registry()
    for kind in builtin_kinds():
        registry.add(kind)
    return OpenApi(registry)


def get(documents: OpenApi, accept: str) -> Response:
    found = documents.answer(Request("GET", "/openapi/v3/apis/apps/v1", (), {"accept": accept}))
    assert found is not None
    return found


def test_a_document_says_the_same_as_its_json(documents: OpenApi) -> None:
    found = get(documents, PROTOBUF)
    assert found.headers["content-type"] == PROTOBUF
    assert one(found.body, 1) == b"3.0.0"
    schemas = named(one(found.body, 5, 1))
    deployment = one(schemas["io.k8s.api.apps.v1.Deployment"], 1)
    assert one(deployment, 25) == b"object"
    properties = named(one(deployment, 31))
    assert one(properties["spec"], 1, 26, 2, 1) == b"#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"
    extensions = {one(value, 1): one(value, 2, 2) for number, value in fields(deployment) if number == 36}
    assert extensions[b"x-kubernetes-group-version-kind"] == b'[{"group":"apps","kind":"Deployment","version":"v1"}]\n'
    enum = one(named(one(one(schemas["io.k8s.api.apps.v1.DeploymentStrategy"], 1), 31))["type"], 1)
    assert [one(value, 2) for number, value in fields(enum) if number == 24] == [b'"Recreate"\n', b'"RollingUpdate"\n']
    listed = named(one(found.body, 4))["/apis/apps/v1/deployments"]
    content = named(one(listed, 4, 8, 2, 2, 1, 3))
    assert one(content["application/json"], 1, 2, 1) == b"#/components/schemas/io.k8s.api.apps.v1.DeploymentList"


@pytest.mark.parametrize(
    ("accept", "type"),
    [
        ("application/json", "application/json"),
        (f"application/json, {PROTOBUF}", "application/json"),
        (f"{PROTOBUF}, application/json", PROTOBUF),
        ("application/com.github.proto-openapi.spec.v3@v1.0+protobuf", PROTOBUF),
        ("*/*", "application/json"),
    ],
)
def test_who_names_a_form_first_gets_it(documents: OpenApi, accept: str, type: str) -> None:
    assert get(documents, accept).headers["content-type"] == type


def test_a_form_that_there_is_not_is_refused(documents: OpenApi) -> None:
    assert get(documents, "text/html").status == 406


def test_defaults_that_a_message_cannot_hold_are_left_out() -> None:
    node = {"type": "object", "default": {}, "properties": {"a": {"default": 3}, "b": {"default": "x"}, "c": {"default": False}}}
    schema = one(protobuf.encoded({"components": {"schemas": {"S": node}}}), 5, 1, 1, 2, 1)
    assert 33 not in [number for number, _ in fields(schema)]
    properties = named(one(schema, 31))
    assert (one(properties["b"], 1, 33, 3), one(properties["c"], 1, 33, 2)) == (b"x", 0)
