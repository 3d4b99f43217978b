"""Who may deploy another revision than the one that is followed."""

from types import SimpleNamespace
from typing import Any

import pytest

from stackwright.portal.access import Forbidden
from stackwright.portal.rest.applications import sync

SETTING = "application.sync.requireOverridePrivilegeForRevisionSync"
APP = {
    "metadata": {"name": "web", "namespace": "argocd"},
    "spec": {"project": "shop", "source": {"repoURL": "https://a", "targetRevision": "main"}, "destination": {}},
}


class Api:
    """Shape: nobody may override; what was written is kept."""

    def __init__(self, setting: str) -> None:
        self.written: list[Any] = []
        self.access = self
        self.ports = SimpleNamespace(settings=lambda: {SETTING: setting}, client=self)

    async def app(self, call: Any, action: str) -> Any:
        assert action == "sync"
        return APP

    def require_app(self, session: Any, action: str, app: Any) -> None:
        raise Forbidden(f"permission denied: applications, {action}")

    async def patch(self, resource: Any, name: str, namespace: str, body: Any) -> Any:
        self.written.append(body["operation"]["sync"].get("revision"))
        return APP


def call(revision: str) -> Any:
    return SimpleNamespace(session=None, username="ada", body={"revision": revision} if revision else {})


@pytest.mark.parametrize(
    ("setting", "revision", "refused"),
    [("true", "abc", True), ("true", "main", False), ("true", "", False), ("false", "abc", False), ("", "abc", False)],
)
async def test_another_revision_needs_the_right_to_override_where_the_settings_say_so(setting: str, revision: str, refused: bool) -> None:
    api: Any = Api(setting)
    if refused:
        with pytest.raises(Forbidden, match="override"):
            await sync(api, call(revision))
        assert api.written == []
    else:
        await sync(api, call(revision))
        assert api.written == [revision or None]
