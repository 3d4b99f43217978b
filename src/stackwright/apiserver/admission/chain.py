"""What an admission plug-in sees, and the order in which they are asked: all mutators, then all validators.

Source: k8s.io/apiserver pkg/admission.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, Protocol

from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError, forbidden
from stackwright.api.user import User
from stackwright.apiserver.converting import awaiting_conversions

Operation = Literal["CREATE", "UPDATE", "DELETE", "CONNECT"]


@dataclass(frozen=True, slots=True)
class Attributes:
    """One write on its way to the store.

    Shape: `object` is None for DELETE; `old` is None for CREATE; `options` is the CreateOptions/UpdateOptions/DeleteOptions body.
    `warnings` gathers what mutators have to tell the client, `annotations` what plug-ins have to tell the audit log;
    `held` is closed when the write is done or refused.
    """

    operation: Operation
    resource: Resource
    subresource: str
    namespace: str
    name: str
    object: Object | None
    old: Object | None
    user: User
    dry_run: bool = False
    options: Object = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list, compare=False)
    annotations: dict[str, str] = field(default_factory=dict, compare=False)
    held: ExitStack = field(default_factory=ExitStack, compare=False, repr=False)

    def concerns(self, qualified: str, *operations: Operation) -> bool:
        """Whether this is such a write of objects of a resource themselves, not of a subresource."""
        return not self.subresource and self.resource.qualified == qualified and self.operation in operations

    def refused(self, cause: str) -> StatusError:
        """403 in the words of the real server."""
        return forbidden(self.resource.group, self.resource.plural, self.name, cause)


class Mutator(Protocol):
    """Gives the object as it should be; the argument is not changed. Raises StatusError to refuse."""

    async def mutate(self, attributes: Attributes) -> Object | None: ...


class Validator(Protocol):
    """Raises StatusError to refuse; returns texts for Warning headers."""

    async def validate(self, attributes: Attributes) -> Sequence[str]: ...


class Chain:
    """The plug-ins of one server, in order."""

    def __init__(self, mutators: Sequence[Mutator] = (), validators: Sequence[Validator] = ()) -> None:
        self._mutators = tuple(mutators)
        self._validators = tuple(validators)

    async def mutate(self, attributes: Attributes) -> Attributes:
        for plugin in self._mutators:
            new = await awaiting_conversions(partial(plugin.mutate, attributes))
            if new is not attributes.object:
                attributes = replace(attributes, object=new)
        return attributes

    async def validate(self, attributes: Attributes) -> list[str]:
        warnings: list[str] = []
        for plugin in self._validators:
            warnings += await awaiting_conversions(partial(plugin.validate, attributes))
        return warnings
