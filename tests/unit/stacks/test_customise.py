"""Custom files of core packages."""

import pytest

from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput
from stackwright.stacks.customise import customised, parse_custom, read_custom
from stackwright.stacks.types import TreeFile

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{from: {origin}}}\n"


def test_an_object_is_replaced_where_it_stands_and_another_is_added() -> None:
    tree = {"argocd/a.yaml": TreeFile((MAP.format(name="x", origin="base") + "---\n" + MAP.format(name="y", origin="base")).encode())}
    objects = read_custom((MAP.format(name="x", origin="user") + "---\n" + MAP.format(name="z", origin="user")).encode(), {}, "f")
    found = customised(tree, "argocd", objects)
    data = {name: [each["data"]["from"] for each in yaml.load_all(file.content)] for name, file in found.items()}
    assert data == {"argocd/a.yaml": ["user", "base"], "argocd/custom.yaml": ["user"]}


def test_what_is_no_longer_added_is_gone() -> None:
    tree = {"argocd/custom.yaml": TreeFile(MAP.format(name="z", origin="user").encode())}
    assert customised(tree, "argocd", []) == {}


def test_fields_of_the_platform_are_filled_in_and_others_left() -> None:
    (found,) = read_custom(b"apiVersion: v1\nkind: X\na: '{{ .Host }}:{{.Port}} {{ .Other }}'\n", {"Host": "h", "Port": "1"}, "f")
    assert found["a"] == "h:1 {{ .Other }}"


@pytest.mark.parametrize(("text", "named"), [("argocd", "<package-name>:<path-to-file>"), ("vault:/x", "vault"), ("gitea:", "gitea")])
def test_a_bad_value_is_refused_naming_it(text: str, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        parse_custom(text)


def test_a_document_without_kind_is_refused_naming_the_file() -> None:
    with pytest.raises(BadInput, match=r"f\.yaml: document 1"):
        read_custom(b"a: 1\n", {}, "f.yaml")
