"""How much a git host may send."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from stackwright.app.webhook_service import WebhookService
from stackwright.kernel.http import Request


class Store:
    def __init__(self, megabytes: str) -> None:
        self._data = {"webhook.maxPayloadSizeMB": megabytes}

    def get(self, kind: str, namespace: str, name: str) -> Any:
        if kind == "configmaps":
            return {"data": self._data}
        return {"data": {"webhook.github.secret": base64.b64encode(b"x").decode()}}

    def list(self, kind: str) -> list[Any]:
        return []


async def _body(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield b" " * 1024 * 1024
    yield b"{}"


@pytest.mark.parametrize(
    ("setting", "sent", "refused"),
    [("1", 1, True), ("1", 0, False), ("", 1, False), ("much", 1, False)],
    ids=["above", "below", "unset", "odd"],
)
async def test_a_push_may_be_as_large_as_the_operator_says(setting: str, sent: int, refused: bool) -> None:
    store: Any = Store(setting)
    client: Any = None
    answer = await WebhookService(store, client, lambda _url: None).serve(Request("POST", "/api/webhook"), _body(sent))
    assert (b"under 1 MB" in answer.body) is refused
