"""What an action is, and what it comes to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from stackwright.api.meta import Object
from stackwright.kernel.errors import BadInput


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an action asks for. Shape: `default` is what a form shows at first."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One action that an object has now; a disabled one is shown but makes no sense."""

    name: str
    disabled: bool = False
    display_name: str = ""
    icon_class: str = ""
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """One write. Shape: `patch` gives the whole object as it should be, `create` a new one."""

    operation: Literal["patch", "create"]
    object: Object


class ActionRefused(BadInput):
    """The action is unknown, or cannot be carried out with these parameters or on this object."""

    code = "action-refused"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, and when."""

    parameters: Mapping[str, str]
    now: datetime


Discover = Callable[[Object], Sequence[Action]]
Run = Callable[[Object, Request], Sequence[Effect]]


@dataclass(frozen=True, slots=True)
class KindActions:
    """The actions of one kind. Shape: `runs` by name."""

    discover: Discover
    runs: Mapping[str, Run]


Builtin = Mapping[tuple[str, str], KindActions]
"""Shape: by group and kind."""


def patched(obj: Object) -> list[Effect]:
    return [Effect("patch", obj)]


def created(obj: Mapping[str, Any]) -> list[Effect]:
    return [Effect("create", obj)]
