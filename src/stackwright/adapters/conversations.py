"""Messages that take more than one request: threads of Slack, and Rocket.Chat, where one logs in first.

Source: notifications-engine pkg/util/slack/client.go and pkg/services/rocketchat.go.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stackwright.gitops.notifications.ports import Undelivered
from stackwright.gitops.notifications.types import Call, RocketMessage, SlackThread
from stackwright.kernel import digest, json

MAX_THREADS = 10_000
Ask = Callable[[Call], Awaitable[bytes]]
"""Sends a request and gives the answer. Raises Undelivered."""
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class _First:
    """The message that a thread hangs on."""

    channel_id: str
    timestamp: str


class SlackThreads:
    """Remembers which message a thread hangs on as long as the process lives, the oldest being forgotten when there are too many."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._firsts: dict[str, _First] = {}

    async def send(self, message: SlackThread) -> None:
        """Raises Undelivered."""
        key = digest.sha256("\0".join((message.api, message.token, message.channel, message.key)).encode())
        first = self._firsts.get(key)
        if first is None:
            self._remember(key, await self._posted(message, {}))
            return
        if message.policy != "Update":
            await self._posted(message, {"thread_ts": first.timestamp})
        if message.policy != "Post":
            await self._called(message, "chat.update", {"channel": first.channel_id, "ts": first.timestamp, "as_user": True})

    async def _posted(self, message: SlackThread, further: Mapping[str, Any]) -> _First:
        broadcast = {"reply_broadcast": True} if message.broadcast else {}
        answer = await self._called(message, "chat.postMessage", {**further, **broadcast})
        return _First(str(answer.get("channel") or message.channel), str(answer.get("ts") or ""))

    async def _called(self, message: SlackThread, method: str, further: Mapping[str, Any]) -> Mapping[str, Any]:
        headers = {**_JSON, "authorization": f"Bearer {message.token}"}
        body = json.dumps({**message.body, **further})
        return _answer(await self._ask(Call("POST", f"{message.api}/{method}", headers, body, message.insecure, expects_ok=True)))

    def _remember(self, key: str, first: _First) -> None:
        if first.timestamp:
            self._firsts[key] = first
        while len(self._firsts) > MAX_THREADS:
            del self._firsts[next(iter(self._firsts))]


async def post_to_rocket_chat(message: RocketMessage, ask: Ask) -> None:
    """Raises Undelivered."""
    form = urlencode({"user": message.user, "password": message.password}).encode()
    login = Call("POST", f"{message.server}/api/v1/login", {"content-type": "application/x-www-form-urlencoded"}, form)
    found = _answer(await ask(login)).get("data")
    if not isinstance(found, Mapping) or not found.get("authToken") or not found.get("userId"):
        raise Undelivered("Rocket.Chat lets nobody in with this email and password", transient=False)
    headers = {**_JSON, "x-auth-token": str(found["authToken"]), "x-user-id": str(found["userId"])}
    answer = _answer(await ask(Call("POST", f"{message.server}/api/v1/chat.postMessage", headers, json.dumps(dict(message.body)))))
    if answer.get("success") is not True:
        raise Undelivered(f"Rocket.Chat refuses it: {str(answer.get('error') or 'no reason given')[:100]}", transient=False)


def _answer(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except json.JSONDecodeError as error:
        raise Undelivered("the answer is not JSON", transient=False) from error
    return found if isinstance(found, Mapping) else {}
