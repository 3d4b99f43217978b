"""What a simulated operator says of an object."""

from stackwright.api.meta import GroupKind
from stackwright.cluster.operators import MESSAGE, SIMULATED, played_secret, played_status

STORE = GroupKind("external-secrets.io", "SecretStore")
NOW = "2026-01-01T00:00:00Z"


def test_an_object_that_nobody_acts_on_is_ready_and_says_that_it_is_played() -> None:
    (condition,) = (played_status({"kind": "SecretStore"}, STORE, NOW) or {})["conditions"]
    assert (condition["type"], condition["status"], condition["reason"], condition["message"]) == ("Ready", "True", "Simulated", MESSAGE)


def test_an_object_that_somebody_acts_on_is_left_alone() -> None:
    assert played_status({"status": {"conditions": [{"type": "Ready", "status": "False"}]}}, STORE, NOW) is None


def test_the_secret_of_an_external_secret_has_its_keys_and_says_that_its_values_are_made_up() -> None:
    spec = {"target": {"name": "made", "template": {"data": {"USER": "{{ .x }}"}, "metadata": {"labels": {"a": "b"}}}}}
    secret = played_secret(
        {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "x", "namespace": "n"}, "spec": spec}
    )
    assert (secret["metadata"]["name"], list(secret["data"]), secret["metadata"]["labels"]) == ("made", ["USER"], {"a": "b"})
    assert secret["metadata"]["annotations"] == {SIMULATED: "true"}
