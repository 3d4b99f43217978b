"""Claims and volumes find each other, and part."""

from typing import Any

from stackwright.client.kinds import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, STORAGE_CLASSES


def claim(name: str = "data", storage_class: str | None = "manual", size: str = "1Gi", **spec: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}} | spec
    body |= {"storageClassName": storage_class} if storage_class is not None else {}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "default"}, "spec": body}


def volume(name: str, size: str, **spec: Any) -> dict[str, Any]:
    body = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}, "storageClassName": "manual"}
    body |= {"persistentVolumeReclaimPolicy": "Retain"} | spec
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": body}


def pod(claim_name: str) -> dict[str, Any]:
    mounted = [{"name": "data", "persistentVolumeClaim": {"claimName": claim_name}}]
    spec = {"containers": [{"name": "main", "image": "example/app:1"}], "volumes": mounted}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "user", "namespace": "default"}, "spec": spec}


def phase(wanted: str) -> Any:
    return lambda obj: (obj.get("status") or {}).get("phase") == wanted


async def test_a_claim_binds_to_the_smallest_volume_that_suits(rig: Any) -> None:
    for name, size in (("large", "10Gi"), ("small", "500Mi"), ("right", "2Gi")):
        await rig.client.create(volume(name, size))
    await rig.client.create(claim())
    bound = await rig.becomes(PERSISTENT_VOLUME_CLAIMS, "data", phase("Bound"))
    assert bound["spec"]["volumeName"] == "right"
    assert bound["status"]["capacity"] == {"storage": "2Gi"}
    assert bound["metadata"]["annotations"] == {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"}
    found = await rig.becomes(PERSISTENT_VOLUMES, "right", phase("Bound"))
    assert found["spec"]["claimRef"]["uid"] == bound["metadata"]["uid"]


async def test_a_volume_is_released_when_its_claim_has_gone(rig: Any) -> None:
    await rig.client.create(volume("right", "2Gi"))
    await rig.becomes(PERSISTENT_VOLUMES, "right", phase("Available"))
    await rig.client.create(claim())
    await rig.becomes(PERSISTENT_VOLUME_CLAIMS, "data", phase("Bound"))
    await rig.client.delete(PERSISTENT_VOLUME_CLAIMS, "data", "default")
    await rig.becomes(PERSISTENT_VOLUMES, "right", phase("Released"))


async def test_a_claim_of_the_default_class_gets_a_volume_once_a_pod_needs_it(rig: Any) -> None:
    await rig.client.create(claim(storage_class=None))
    waiting = await rig.becomes(PERSISTENT_VOLUME_CLAIMS, "data", lambda obj: obj["spec"].get("storageClassName") == "standard")
    assert waiting["status"]["phase"] == "Pending"
    await rig.client.create(pod("data"))
    await rig.becomes(PODS, "user", phase("Running"))
    bound = await rig.becomes(PERSISTENT_VOLUME_CLAIMS, "data", phase("Bound"))
    made = await rig.object(PERSISTENT_VOLUMES, bound["spec"]["volumeName"])
    assert made["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"] == "stackwright.dev/simulated"


async def test_a_made_volume_goes_with_its_claim_and_grows_with_it(rig: Any) -> None:
    immediate = {
        "volumeBindingMode": "Immediate",
        "provisioner": "example.com/disk",
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
    }
    await rig.client.create({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"}} | immediate)
    await rig.client.create(claim(storage_class="fast"))
    bound = await rig.becomes(PERSISTENT_VOLUME_CLAIMS, "data", phase("Bound"))
    await rig.client.patch(PERSISTENT_VOLUME_CLAIMS, "data", "default", {"spec": {"resources": {"requests": {"storage": "5Gi"}}}})
    await rig.becomes(PERSISTENT_VOLUME_CLAIMS, "data", lambda obj: obj["status"]["capacity"] == {"storage": "5Gi"})
    await rig.client.delete(PERSISTENT_VOLUME_CLAIMS, "data", "default")
    await rig.gone(PERSISTENT_VOLUMES, bound["spec"]["volumeName"])


async def test_a_claim_in_use_stays_until_its_pod_has_gone(rig: Any) -> None:
    await rig.client.create(volume("right", "2Gi"))
    await rig.client.create(
        claim() | {"metadata": {"name": "data", "namespace": "default", "finalizers": ["kubernetes.io/pvc-protection"]}}
    )
    await rig.client.create(pod("data"))
    await rig.becomes(PODS, "user", phase("Running"))
    await rig.client.delete(PERSISTENT_VOLUME_CLAIMS, "data", "default")
    assert await rig.object(PERSISTENT_VOLUME_CLAIMS, "data")
    await rig.client.delete(PODS, "user", "default")
    await rig.gone(PERSISTENT_VOLUME_CLAIMS, "data")


async def test_without_a_node_nothing_is_made_for_a_claim(bare: Any) -> None:
    fields = {"provisioner": "example.com/disk", "volumeBindingMode": "Immediate"}
    await bare.client.create({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"}} | fields)
    await bare.client.create(claim(storage_class="fast"))
    found = await bare.becomes(PERSISTENT_VOLUME_CLAIMS, "data", phase("Pending"))
    assert not found["spec"].get("volumeName")
    assert await bare.client.list(STORAGE_CLASSES) != []


async def test_an_ephemeral_volume_has_a_claim_that_goes_with_its_pod(rig: Any) -> None:
    template = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    made = pod("unused")
    made["spec"]["volumes"] = [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}]
    await rig.client.create(made)
    await rig.becomes(PODS, "user", phase("Running"))
    await rig.becomes(PERSISTENT_VOLUME_CLAIMS, "user-scratch", phase("Bound"))
    await rig.client.delete(PODS, "user", "default")
    await rig.gone(PERSISTENT_VOLUME_CLAIMS, "user-scratch")


async def test_a_released_volume_that_cannot_be_deleted_has_failed(bare: Any) -> None:
    await bare.client.create(volume("right", "2Gi", persistentVolumeReclaimPolicy="Delete"))
    await bare.client.create(claim())
    await bare.becomes(PERSISTENT_VOLUME_CLAIMS, "data", phase("Bound"))
    await bare.client.delete(PERSISTENT_VOLUME_CLAIMS, "data", "default")
    found = await bare.becomes(PERSISTENT_VOLUMES, "right", phase("Failed"))
    assert found["status"]["message"] == "host_path deleter only supports /tmp/.+ but received provided /data"
