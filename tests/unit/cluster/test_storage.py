"""Which volume a claim gets."""

from typing import Any

import pytest

from stackwright.cluster.storage import binding, provisioning


def claim(size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    body = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, "storageClassName": "c"} | spec
    return {"metadata": {"name": "data", "namespace": "n", "uid": "u1"}, "spec": body}


def volume(name: str, size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    body = {"accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "capacity": {"storage": size}, "storageClassName": "c"} | spec
    return {"metadata": {"name": name, "labels": {"disk": name}}, "spec": body}


@pytest.mark.parametrize(
    ("wanted", "offered", "fits"),
    [
        (claim(), volume("v"), True),
        (claim("2Gi"), volume("v"), False),
        (claim(storageClassName="d"), volume("v"), False),
        (claim(accessModes=["ReadWriteMany"]), volume("v"), False),
        (claim(volumeMode="Block"), volume("v"), False),
        (claim(selector={"matchLabels": {"disk": "v"}}), volume("v"), True),
        (claim(selector={"matchLabels": {"disk": "w"}}), volume("v"), False),
    ],
)
def test_a_volume_must_offer_what_the_claim_asks(wanted: dict[str, Any], offered: dict[str, Any], fits: bool) -> None:
    assert binding.suits(offered, wanted) is fits


def test_the_smallest_free_volume_wins_unless_one_is_reserved() -> None:
    taken = volume("taken", claimRef={"namespace": "n", "name": "other"})
    reserved = volume("reserved", "9Gi", claimRef={"namespace": "n", "name": "data"})
    large, small = volume("large", "5Gi"), volume("small", "2Gi")
    assert binding.best_volume(claim(), [taken, large, small]) is small
    assert binding.best_volume(claim(), [large, reserved, small]) is reserved
    assert binding.best_volume(claim(), [large], reserved_only=True) is None


def test_a_bound_pair_needs_no_more_writes() -> None:
    offered = volume("v")
    patch = binding.volume_patch(offered, claim()) or {}
    bound = {**offered, "spec": {**offered["spec"], **patch["spec"]}}
    assert binding.volume_patch(bound, claim()) is None
    mine = binding.claim_patch(claim(), bound) or {}
    assert mine["spec"] == {"volumeName": "v"}
    settled = {**claim(volumeName="v"), "metadata": {**claim()["metadata"], **mine["metadata"]}}
    assert binding.claim_patch(settled, bound) is None


@pytest.mark.parametrize(
    ("ref", "live", "phase"),
    [
        (None, None, "Available"),
        ({"name": "data", "namespace": "n"}, None, "Available"),
        ({"name": "data", "namespace": "n", "uid": "u1"}, claim(volumeName="v"), "Bound"),
        ({"name": "data", "namespace": "n", "uid": "u1"}, None, "Released"),
        ({"name": "data", "namespace": "n", "uid": "gone"}, claim(volumeName="v"), "Released"),
    ],
)
def test_a_volume_is_as_its_claim_stands(ref: Any, live: Any, phase: str) -> None:
    assert binding.volume_phase(volume("v", claimRef=ref), live) == phase


def test_a_made_volume_is_what_was_asked_for_and_says_who_made_it() -> None:
    made = provisioning.new_volume(claim("3Gi"), {"metadata": {"name": "c"}, "reclaimPolicy": "Retain"})
    assert made["spec"]["capacity"] == {"storage": "3Gi"}
    assert made["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert made["metadata"]["name"] == "pvc-u1"
    assert made["metadata"]["annotations"] == {binding.PROVISIONED_BY: "stackwright.dev/simulated"}
    assert binding.is_claimed_by(made, claim())
