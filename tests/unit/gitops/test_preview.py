"""Two revisions side by side."""

from dataclasses import replace
from typing import Any

from stackwright.gitops.ports import Rendered, RenderRequest
from stackwright.gitops.preview import MAX_TEXT, compared, markdown, preview


def obj(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "team"}, **fields}


def rendered(revision: str, *objects: dict[str, Any]) -> Rendered:
    return Rendered(objects, (revision,), ("Directory",))


OLD = rendered("1" * 40, obj("ConfigMap", "same"), obj("ConfigMap", "changed", data={"a": "1"}), obj("ConfigMap", "gone"))
NEW = rendered("2" * 40, obj("ConfigMap", "same"), obj("ConfigMap", "changed", data={"a": "2"}), obj("ConfigMap", "made"))


def test_each_object_that_differs_is_told_and_how() -> None:
    found = compared(OLD, NEW)
    assert [(change.what, change.key.name) for change in found.changes] == [
        ("changed", "changed"),
        ("deleted", "gone"),
        ("created", "made"),
    ]
    assert '-  a: "1"\n+  a: "2"\n' in found.changes[0].text


def test_values_of_secrets_are_never_shown() -> None:
    found = compared(
        rendered("1", obj("Secret", "s", stringData={"password": "hunter2"})),
        rendered("2", obj("Secret", "s", data={"password": "aHVudGVyMw=="}), obj("Secret", "t", stringData={"p": "hunter4"})),
    )
    text = markdown("app", found)
    assert "hunter" not in text
    assert "aHVudGVy" not in text
    assert "++++++++" in text


def test_a_comment_names_everything_and_stays_within_its_bounds() -> None:
    big = {"data": {"a": "\n".join(["x" * 100] * 1000)}}
    text = markdown("app shop", compared(OLD, replace(NEW, objects=(*NEW.objects, obj("ConfigMap", "huge", **big)))))
    assert "2 created, 1 changed, 1 deleted between `11111111` and `22222222`." in text
    assert "created `ConfigMap team/huge` (too long to be shown)" in text
    assert len(text) < MAX_TEXT + 2_000


def test_content_cannot_break_out_of_its_block() -> None:
    text = markdown("app", compared(rendered("1"), rendered("2", obj("ConfigMap", "a", data={"a": "~~~~~~~~~\n</details>\nforged"}))))
    assert f"\n{'~' * 10}diff\n" in text


def test_nothing_is_told_of_equal_revisions() -> None:
    assert markdown("app", compared(OLD, OLD)) == "### app\n\nNothing would change.\n"


class FakeSources:
    """Renders what it was given for a revision."""

    async def render(self, request: RenderRequest) -> Rendered:
        return {"old": OLD, "new": NEW}[request.revisions[0]]


async def test_both_revisions_are_rendered_with_the_same_request() -> None:
    request = RenderRequest("shop", "argocd", "default", "team", ({"repoURL": "r"},))
    assert await preview(FakeSources(), request, ["old"], ["new"]) == compared(OLD, NEW)  # type: ignore[arg-type]
