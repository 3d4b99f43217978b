"""From files to plans: names, precedence, what is passed over."""

from pathlib import PurePosixPath
from typing import Any

import pytest

from stackwright.stacks.cnoe import path_of, rewritten, urls_in
from stackwright.stacks.placeholders import placeholders, plural_of
from stackwright.stacks.plan import plan_packages
from stackwright.stacks.reading import kinds_in, read_package
from stackwright.stacks.remote import Remote, parse_remote
from stackwright.stacks.types import Reading, Source

APP = b"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec: {source: {repoURL: "cnoe://manifests", helm: {valuesObject: {repo: "cnoe://manifests", port: 80}}}}
"""
GIT = "https://localhost:8443/gitea"


def read(folder: str, files: dict[str, bytes], priority: int = 0) -> Reading:
    return read_package(Source("dir", folder), PurePosixPath(folder), files, priority)


def test_every_cnoe_url_of_the_spec_becomes_the_repositorys() -> None:
    plan = plan_packages([read("/p", {"app.yaml": APP})], "localdev", GIT, lambda path: True)
    (package,) = plan.packages
    url = f"{GIT}/giteaAdmin/idpbuilder-localdev-web-manifests.git"
    assert package.resource == "app-web"
    assert package.obj["spec"] == {"source": {"repoURL": url, "helm": {"valuesObject": {"repo": url, "port": 80}}}}
    assert package.obj["metadata"] == {
        "name": "web",
        "namespace": "argocd",
        "labels": {"cnoe.io/package-name": "web", "cnoe.io/package-type": "custom"},
    }


def test_a_missing_folder_is_a_problem_that_names_it() -> None:
    plan = plan_packages([read("/p", {"app.yaml": APP})], "localdev", GIT, lambda path: False)
    assert plan.problems == ("/p/app.yaml: web: cnoe://manifests: there is no folder /p/manifests",)


def test_the_later_package_wins_and_a_note_says_so() -> None:
    plan = plan_packages([read("/one", {"app.yaml": APP}), read("/two", {"app.yaml": APP}, 1)], "x", GIT, lambda path: True)
    assert [str(package.package.folder) for package in plan.packages] == ["/two"]
    assert plan.warnings == ("/one/app.yaml: Application web is given again by /two/app.yaml, which wins",)


def test_folders_of_one_name_do_not_share_a_repository() -> None:
    app = APP.replace(b"cnoe://manifests", b"cnoe://a/manifests", 1)
    plan = plan_packages([read("/p", {"app.yaml": app})], "x", GIT, lambda path: True)
    names = [repository.name for repository in plan.packages[0].repositories]
    assert len(names) == len(set(names)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"kind: Namespace\napiVersion: v1\n", "ignored: Namespace"),
        (b"{{ .Template }}: [", "not read"),
        (b"just text", "no Kubernetes object"),
        (b"apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {}\n", "metadata.name"),
    ],
)
def test_what_is_not_deployed_is_told(content: bytes, said: str) -> None:
    reading = read("/p", {"x.yaml": content})
    assert reading.packages == ()
    assert said in reading.warnings[0]


def test_a_leading_comment_document_hides_nothing() -> None:
    assert [package.app_name for package in read("/p", {"app.yaml": b"# a comment\n---" + APP}).packages] == ["web"]


def test_cnoe_paths_may_lead_up() -> None:
    assert path_of("cnoe://../base/x", PurePosixPath("/p/complete")) == PurePosixPath("/p/base/x")
    assert path_of("cnoe://", PurePosixPath("/p")) == PurePosixPath("/p")


def test_rewriting_leaves_its_argument_alone() -> None:
    obj: dict[str, Any] = {"spec": {"a": ["cnoe://x", 1], "b": {"c": "cnoe://x"}}}
    assert urls_in(obj) == ["cnoe://x"]
    assert rewritten(obj, {"cnoe://x": "u"})["spec"] == {"a": ["u", 1], "b": {"c": "u"}}
    assert obj["spec"]["a"] == ["cnoe://x", 1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://h.org/o/r//a/b/?timeout=120&ref=v1", Remote("https://h.org/o/r", "a/b", "v1", True, 120.0)),
        ("git@h.org:o/r//a?version=v2", Remote("git@h.org:o/r", "a", "v2")),
        ("https://h.org/o/r//a?submodules=false&timeout=1m", Remote("https://h.org/o/r", "a", "", False, 60.0)),
        ("h.org/o/r//a?ref=main", Remote("https://h.org/o/r", "a", "main")),
        ("https://h.org/o/r", None),
        ("./a//b", None),
        ("../a//b", None),
        ("./a/b", None),
    ],
)
def test_package_urls_are_read_as_kustomize_does(text: str, wanted: Remote | None) -> None:
    assert parse_remote(text) == wanted


def test_placeholders_stand_in_for_known_kinds_only() -> None:
    files = [
        ("a.yaml", b"apiVersion: dapr.io/v1alpha1\nkind: Component\n---\napiVersion: nobody.io/v1\nkind: Thing\n"),
        ("b.txt", b"kind: x"),
    ]
    found = placeholders(kinds_in(files))
    assert [definition["metadata"]["name"] for definition in found] == ["components.dapr.io"]


@pytest.mark.parametrize(
    ("kind", "plural"), [("Policy", "policies"), ("Gateway", "gateways"), ("Class", "classes"), ("Component", "components")]
)
def test_plurals_are_formed_as_the_field_forms_them(kind: str, plural: str) -> None:
    assert plural_of(kind) == plural
