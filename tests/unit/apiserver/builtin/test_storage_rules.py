"""What is refused of attachments, capacities and classes of attributes."""

from typing import Any

import pytest

from stackwright.apiserver.builtin.validation import problems_of_change, problems_of_new

STORAGE = "storage.k8s.io"
ATTACHED = {"attacher": "csi.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}}
CLASS = {"driverName": "csi.example.com", "parameters": {"iops": "1"}}


@pytest.mark.parametrize(
    ("resource", "obj", "expected"),
    [
        ("volumeattachments", {"spec": ATTACHED}, []),
        ("volumeattachments", {"spec": {**ATTACHED, "attacher": ""}}, ["spec.attacher: Required value"]),
        (
            "volumeattachments",
            {"spec": {**ATTACHED, "source": {}}},
            ["spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName"],
        ),
        ("volumeattributesclasses", CLASS, []),
        (
            "volumeattributesclasses",
            {"driverName": "csi.example.com"},
            ["parameters: Required value: must contain at least one key/value pair"],
        ),
        (
            "csistoragecapacities",
            {"storageClassName": "fast", "capacity": "-1Gi"},
            ['capacity: Invalid value: "-1Gi": must be greater than or equal to 0'],
        ),
    ],
)
def test_a_new_object_is_judged(resource: str, obj: dict[str, Any], expected: list[str]) -> None:
    namespaced = resource == "csistoragecapacities"
    meta = {"name": "a"} | ({"namespace": "default"} if namespaced else {})
    assert [str(each) for each in problems_of_new(f"{resource}.{STORAGE}", namespaced, {"metadata": meta, **obj})] == expected


def test_the_driver_and_parameters_of_a_class_stay() -> None:
    meta = {"name": "a", "resourceVersion": "1"}
    new = {"metadata": meta, "driverName": "other.example.com", "parameters": {"iops": "2"}}
    found = problems_of_change(f"volumeattributesclasses.{STORAGE}", new, {"metadata": meta, **CLASS}, "")
    assert [str(each) for each in found] == [
        "driverName: Forbidden: updates to driverName are forbidden.",
        "parameters: Forbidden: updates to parameters are forbidden.",
    ]
