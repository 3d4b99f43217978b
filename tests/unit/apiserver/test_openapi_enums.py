"""Closed sets of texts in OpenAPI documents."""

from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.openapi.components import components

FOUND = components(builtin_kinds())


def field(component: str, name: str) -> dict[str, object]:
    found: dict[str, object] = FOUND[component]["properties"][name]
    return found


def test_a_closed_field_tells_what_it_may_hold_in_schema_and_description() -> None:
    policy = field("io.k8s.api.core.v1.PodSpec", "restartPolicy")
    assert policy["enum"] == ["Always", "Never", "OnFailure"]
    assert str(policy["description"]).endswith('\n\nPossible enum values:\n - `"Always"`\n - `"Never"`\n - `"OnFailure"`')


def test_a_list_of_closed_texts_tells_it_of_its_items() -> None:
    modes = field("io.k8s.api.core.v1.PersistentVolumeClaimSpec", "accessModes")
    assert modes["items"] == {"type": "string", "enum": ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]}
    assert "Possible enum values" not in str(modes["description"])


def test_an_empty_text_may_be_a_value() -> None:
    assert field("io.k8s.api.core.v1.HostPathVolumeSource", "type")["enum"] == [
        "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
    ]  # fmt: skip
