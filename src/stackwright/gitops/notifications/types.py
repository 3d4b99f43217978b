"""The values of notifications: what is configured, who wants to hear, what is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from stackwright.api.selectors import LabelSelector
from stackwright.kernel.expr import Expression

FORGE = "forge"
"""The service that marks commits on the platform's own forge; the control plane's settings need not name it."""


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """Shape: `service` is the name of a configured service; `recipient` means something to it only."""

    service: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Shape: `key` tells conditions of a trigger apart; `once_per` None: told again whenever it became false in between."""

    key: str
    when: Expression
    send: tuple[str, ...]
    once_per: Expression | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One of argocd-notifications-cm, for every Application that is selected. Shape: `triggers` empty for the default ones."""

    recipients: tuple[Destination, ...]
    triggers: tuple[str, ...]
    selector: LabelSelector


@dataclass(frozen=True, slots=True)
class Settings:
    """argocd-notifications-cm with its secrets filled in.

    Shape: `services` by name, as (type, options); `namespace` empty for the control plane's, else whose own they are.
    """

    triggers: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    services: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict, repr=False)
    default_triggers: tuple[str, ...] = ()
    default_triggers_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subscriptions: tuple[Subscription, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    namespace: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notification:
    """What a template gave. Shape: `parts` are the rendered fields by service type (email, slack, webhook …)."""

    message: str
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A notification as an HTTP request. Its repr tells neither headers nor URL: both may hold secrets."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    insecure: bool = False
    expects_ok: bool = False
    """Slack answers 200 to everything and says in the body whether it went well."""
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A notification for several that stand for each other: it is delivered when one of them takes it."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class SlackThread:
    """A message that belongs to others.

    Shape: `body` is chat.postMessage's; messages to one channel with the same `key` are a thread; `policy` says whether the first of
    them is changed, answered, or both; `broadcast` shows an answer in the channel too.
    """

    api: str
    token: str = field(repr=False)
    channel: str
    key: str
    body: Mapping[str, Any]
    policy: Literal["Post", "PostAndUpdate", "Update"] = "Post"
    broadcast: bool = False
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class RocketMessage:
    """A message to Rocket.Chat, where one logs in first. Shape: `body` is chat.postMessage's."""

    server: str
    user: str
    password: str = field(repr=False)
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mail:
    """A notification as a message. Shape: `password` empty to send without logging in."""

    host: str
    port: int
    sender: str
    recipients: Sequence[str]
    subject: str
    body: str
    html: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """A notification as a mark on a commit. Shape: `state` is pending, success, error or failure."""

    repository: str
    sha: str
    state: str
    context: str
    description: str = ""
    url: str = ""


Outgoing = Call | AnyOf | SlackThread | RocketMessage | Mail | CommitStatus
