"""Request bodies of protobuf, in their envelope."""

from fuzz.target import Target
from stackwright.apiserver import protobuf
from stackwright.kernel import json

_OBJECTS = (
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"b": "c"}}, "data": {"k": "v"}},
    {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [{"manager": "m", "fieldsV1": {"f:a": {}}}]},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"a": "b"}},
            "template": {"spec": {"containers": [{"name": "c", "image": "i", "resources": {"limits": {"cpu": "1"}}, "ports": [{"containerPort": 80}]}]}},
        },
    },
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 80, "targetPort": "http"}]}},
)  # fmt: skip


def _tries(data: bytes) -> None:
    json.dumps(protobuf.decoded(data))


TARGET = Target(
    _tries, (protobuf.BadProtobuf,), tuple(protobuf.encoded(each) for each in _OBJECTS), ("k8s\0", "v1", "apps/v1", "Pod", "Secret")
)
