"""A folder of plain manifests, rendered from a bare repository."""

import time
from typing import Any

import pytest

from stackwright.adapters.sources.service import ManifestSources
from stackwright.api.meta import name_of
from stackwright.gitops.ports import SourceError


def config_map(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"


def names(rendered: Any) -> list[str]:
    return [name_of(obj) for obj in rendered.objects]


async def test_the_files_of_a_folder_become_objects_in_order(repository, sources, request_for):
    sha = repository.commit(
        {"app/b.yaml": config_map("b"), "app/a.yml": config_map("a"), "app/deep/c.yaml": config_map("c"), "app/x.txt": "x"}
    )
    rendered = await sources.render(request_for({"repoURL": repository.url, "path": "app"}))
    assert names(rendered) == ["a", "b"]
    assert rendered.revisions == (sha,)
    assert rendered.source_types == ("Directory",)


@pytest.mark.parametrize(
    ("options", "expected", "reason"),
    [
        ({"recurse": True}, ["a", "b", "c"], "sub-folders count when asked for"),
        ({"recurse": True, "exclude": "sub/*"}, ["a", "b"], "an exclusion names a path"),
        ({"recurse": True, "include": "*.yaml"}, ["a", "c"], "a star crosses folders"),
        ({"recurse": True, "include": "{a.yaml,b.yml}"}, ["a", "b"], "braces hold alternatives"),
        ({"recurse": True, "include": "*.yaml", "exclude": "a*"}, ["c"], "an exclusion beats an inclusion"),
    ],
)
async def test_globs_choose_the_files(repository, sources, request_for, options, expected, reason):
    repository.commit({"app/a.yaml": config_map("a"), "app/b.yml": config_map("b"), "app/sub/c.yaml": config_map("c")})
    rendered = await sources.render(request_for({"repoURL": repository.url, "path": "app", "directory": options}))
    assert names(rendered) == expected, reason


async def test_what_is_no_manifest_is_passed_over_and_lists_stand_for_their_items(repository, sources, request_for):
    listed = '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}]}'
    repository.commit(
        {
            "values.yaml": "some: values\n",
            "skipped.yaml": "# +argocd:skip-file-rendering\n" + config_map("skipped"),
            "list.json": listed,
            "many.yaml": f"---\n{config_map('one')}---\n\n---\n{config_map('two')}",
        }
    )
    assert names(await sources.render(request_for({"repoURL": repository.url, "path": "."}))) == ["x", "one", "two"]


async def test_a_broken_manifest_is_a_comparison_error_that_names_the_file(repository, sources, request_for):
    repository.commit({"app/good.yaml": config_map("a"), "app/bad.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad\n"})
    with pytest.raises(SourceError) as caught:
        await sources.render(request_for({"repoURL": repository.url, "path": "app"}))
    assert caught.value.message.startswith(
        "Failed to load target state: failed to generate manifest for source 1 of 1: "
        'rpc error: code = FailedPrecondition desc = Failed to unmarshal "bad.yaml": '
    )
    assert not caught.value.transient


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"path": "garbage"}, "garbage: app path does not exist"),
        ({"path": "app/a.yaml"}, "app/a.yaml: app path is not a directory"),
        ({"path": "/app"}, "/app: app path is absolute"),
        ({"path": "../app"}, "../app: app path outside root"),
        ({"path": "app", "targetRevision": "v-later"}, "unable to resolve 'v-later' to a commit SHA"),
        ({"path": "app", "targetRevision": "0" * 40}, f"unable to resolve '{'0' * 40}' to a commit SHA"),
        ({"path": "app", "repoURL": "https://forge.localhost/none.git"}, "repository not found"),
        ({"path": "app", "helm": {"releaseName": "x"}, "kustomize": {"namePrefix": "y"}}, "multiple application sources defined: "),
    ],
)
async def test_what_cannot_be_found_is_said_in_the_words_of_argo_cd(repository, sources, request_for, source, expected):
    repository.commit({"app/a.yaml": config_map("a")})
    with pytest.raises(SourceError, match="rpc error: code = Unknown desc = ") as caught:
        await sources.render(request_for({"repoURL": repository.url, **source}))
    assert expected in caught.value.message


async def test_revisions_are_branches_tags_constraints_and_shortened_shas(repository, sources):
    first = repository.commit({"a.yaml": config_map("a")})
    second = repository.commit({"a.yaml": config_map("b")})
    repository.tag("v0.1.0", first)
    repository.tag("v0.2.0", second, annotated=True)
    repository.tag("web/1.4.0", first)

    async def resolved(revision: str, **more: str) -> str:
        return await sources.resolve({"repoURL": repository.url, "targetRevision": revision, **more})

    assert [await resolved(name) for name in ("", "HEAD", "main", "refs/heads/main", "v0.2.0", second[:8], "*")] == [second] * 7
    assert [await resolved(name) for name in ("v0.1.0", "v0.1.*", "0.1.x", first[:10], ">=0.1 <0.2")] == [first] * 5
    assert await resolved("1.*", tagPrefix="web/") == first


async def test_jsonnet_imports_from_the_tree_and_takes_arguments(repository, sources, request_for):
    repository.commit(
        {
            "lib/names.libsonnet": "{ root: 'root' }",
            "vendor/k.libsonnet": "{ kind: 'ConfigMap' }",
            "app/in/x.jsonnet": "local n = import '../../lib/names.libsonnet'; local k = import 'k.libsonnet';"
            "function(size) [{apiVersion:'v1', kind:k.kind, metadata:{name:n.root + size + std.extVar('who')}}]",
        }
    )
    jsonnet = {
        "libs": ["vendor"],
        "tlas": [{"name": "size", "value": "1+1", "code": True}],
        "extVars": [{"name": "who", "value": "$ARGOCD_APP_NAME"}],
    }
    rendered = await sources.render(
        request_for({"repoURL": repository.url, "path": "app", "directory": {"recurse": True, "jsonnet": jsonnet}})
    )
    assert names(rendered) == ["root2web"]


async def test_a_small_application_renders_within_milliseconds(repository, sources, request_for):
    repository.commit({f"app/{name}.yaml": config_map(name) for name in "abcdef"})
    request = request_for({"repoURL": repository.url, "path": "app"})
    await sources.render(request)
    repository.commit({"app/a.yaml": config_map("z")})
    start = time.perf_counter()
    assert names(await sources.render(request))[0] == "z"
    assert time.perf_counter() - start < 0.1


async def test_an_unrelated_commit_is_not_rendered_again(repository, sources, request_for):
    request = request_for({"repoURL": repository.url, "path": "app"})
    repository.commit({"app/a.yaml": config_map("a")})
    before = await sources.render(request)
    sha = repository.commit({"other/b.yaml": config_map("b")})
    after = await sources.render(request)
    assert after.revisions == (sha,)
    assert after.objects[0] is before.objects[0]


async def test_overrides_in_the_repository_steer_the_tools_but_not_the_place(repository, sources, request_for):
    repository.commit(
        {
            "app/a.yaml": config_map("a"),
            "app/in/b.yaml": config_map("b"),
            "app/.argocd-source.yaml": "path: elsewhere\ndirectory: {recurse: true}\n",
            "app/.argocd-source-web.yaml": "directory: {include: 'in/*'}\n",
        }
    )
    assert names(await sources.render(request_for({"repoURL": repository.url, "path": "app"}))) == ["b"]


async def test_several_sources_give_their_objects_together_and_errors_name_the_source(repository, sources, request_for):
    repository.commit({"one/a.yaml": config_map("a"), "two/b.yaml": config_map("b")})
    one, two = {"repoURL": repository.url, "path": "one"}, {"repoURL": repository.url, "path": "two"}
    assert names(await sources.render(request_for(one, two))) == ["a", "b"]
    with pytest.raises(SourceError, match="for source 2 of 2: "):
        await sources.render(request_for(one, {**two, "path": "three"}))


async def test_history_is_told_from_the_repository(repository, sources):
    first = repository.commit({"a.yaml": "1", "b.yaml": "1"}, message="first\n")
    second = repository.commit({"a.yaml": None, "c/d.yaml": "1"}, message="second")
    repository.tag("v1", second)
    assert await sources.changed_paths(repository.url, first, second) == ("a.yaml", "c/d.yaml")
    told = await sources.revision_metadata(repository.url, second)
    assert (told.author, told.date, told.message, told.tags) == ("Ada <ada@example.com>", "2023-11-14T22:13:20Z", "second", ("v1",))


async def test_folders_and_files_are_listed_for_generators(repository, sources):
    repository.commit({"apps/a/x.yaml": "x", "apps/.hidden/in/y.yaml": "y", "apps/b/c/config.json": "{}", "top.json": "{}"})
    assert await sources.directories(repository.url, "HEAD") == ("apps", "apps/a", "apps/b", "apps/b/c")
    assert dict(await sources.files(repository.url, "main", "apps/**/config.json")) == {"apps/b/c/config.json": b"{}"}


async def test_submodules_lie_in_their_places(repository, new_repository, sources, request_for):
    library = new_repository("library.git")
    pinned = library.commit({"m/a.yaml": config_map("from-module")})
    library.commit({"m/a.yaml": config_map("later")})
    repository.module("vendored", pinned)
    repository.commit({".gitmodules": '[submodule "v"]\n\tpath = vendored\n\turl = ../library.git\n'})
    assert names(await sources.render(request_for({"repoURL": repository.url, "path": "vendored/m"}))) == ["from-module"]


async def test_the_operator_may_leave_submodules_out_and_limit_what_a_folder_holds(repository, new_repository, sources, request_for):
    library = new_repository("library.git")
    repository.module("vendored", library.commit({"m/a.yaml": config_map("from-module")}))
    repository.commit({".gitmodules": '[submodule "v"]\n\tpath = vendored\n\turl = ../library.git\n', "own/a.yaml": config_map("own")})
    without = {"reposerver.enable.git.submodule": "false"}
    with pytest.raises(SourceError, match="vendored/m"):
        await sources.render(request_for({"repoURL": repository.url, "path": "vendored/m"}, settings=without))
    small = {"reposerver.max.combined.directory.manifests.size": "20"}
    with pytest.raises(SourceError, match="exceed the combined size limit of 20 bytes"):
        await sources.render(request_for({"repoURL": repository.url, "path": "own"}, settings=small))
    large = {"reposerver.max.combined.directory.manifests.size": "1k"}
    assert names(await sources.render(request_for({"repoURL": repository.url, "path": "own"}, settings=large))) == ["own"]
    broken = {"reposerver.max.combined.directory.manifests.size": "much"}
    assert names(await sources.render(request_for({"repoURL": repository.url, "path": "own"}, settings=broken))) == ["own"]


async def test_listeners_hear_of_pushes(sources):
    heard: list[str] = []
    sources.on_push(heard.append)
    sources.pushed("https://forge.localhost/app.git")
    assert heard == ["https://forge.localhost/app.git"]


async def test_a_push_is_told_under_every_name_that_the_repository_was_asked_for(repository, tmp_path):
    aliases = ("https://forge.localhost/app.git", "https://127.0.0.1/app")
    sources = ManifestSources(tmp_path / "data", lambda url: repository.path if url in aliases else None)
    repository.commit({"a.yaml": "kind: A\n"})
    await sources.resolve({"repoURL": aliases[1]})
    heard: list[str] = []
    sources.on_push(heard.append)
    sources.pushed(aliases[0])
    sources.pushed("https://elsewhere.example.com/app.git")
    await sources.aclose()
    assert heard == [*aliases, "https://elsewhere.example.com/app.git"]
