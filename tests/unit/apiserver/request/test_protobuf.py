"""The protobuf form holds what the JSON form holds."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from request_rig import Rig

from stackwright.apiserver.gotypes import flattened, structs
from stackwright.apiserver.gotypes.encoding import encoded
from stackwright.apiserver.protobuf import BadProtobuf, decoded, framed_event
from stackwright.apiserver.protobuf import encoded as to_protobuf

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"a": "b"}, "creationTimestamp": "2026-01-01T00:00:00Z", "generation": -1},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"a": "b"}},
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {
                "containers": [
                    {
                        "name": "main",
                        "image": "registry.example/app:1",
                        "args": ["", "-x"],
                        "resources": {"limits": {"cpu": "1"}},
                        "livenessProbe": {"httpGet": {"port": 80}, "initialDelaySeconds": 3},
                    }
                ]
            },
        },
    },
}


def test_an_object_survives_the_way_there_and_back() -> None:
    assert decoded(to_protobuf(DEPLOYMENT)) == encoded(DEPLOYMENT, "k8s.io/api/apps/v1.Deployment")


def test_secrets_and_maps_of_lists_survive() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "dg=="}, "type": "Opaque"}
    assert decoded(to_protobuf(secret)) == secret
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {}}
    review |= {"spec": {"user": "u", "extra": {"scopes": ["a", "b"]}}, "status": {"allowed": False}}
    assert decoded(to_protobuf(review)) == review


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_whatever_the_bytes_they_are_read_or_refused(data: bytes) -> None:
    envelope = to_protobuf({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}})
    for body in (data, b"k8s\0" + data, envelope[:-4] + data):
        try:
            assert isinstance(decoded(body), dict)
        except BadProtobuf:
            continue


def test_a_frame_tells_its_length() -> None:
    frame = framed_event("ADDED", DEPLOYMENT)
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4


async def test_a_typed_client_may_send_and_ask_for_protobuf(rig: Rig) -> None:
    media = "application/vnd.kubernetes.protobuf"
    body: Any = to_protobuf(DEPLOYMENT)
    answer = await rig.send("POST", "/apis/apps/v1/namespaces/default/deployments", body, content_type=media, accept=media)
    assert answer.status == 201 and decoded(answer.body)["spec"]["selector"] == {"matchLabels": {"a": "b"}}


@pytest.mark.parametrize("name", ["k8s.io/api/core/v1.PodSpec", "k8s.io/api/core/v1.ServiceSpec", "k8s.io/api/batch/v1.JobSpec"])
def test_go_encoding_changes_nothing_the_second_time(name: str) -> None:
    once = encoded({}, name)
    assert encoded(once, name) == once
    assert all(field.name for field in flattened(name)) and name in structs()
