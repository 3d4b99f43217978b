"""Making and removing pods for a controller: in growing batches, with the events and expectations that belong to it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stackwright.api.meta import Object, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Informer
from stackwright.client.kinds import PODS
from stackwright.cluster.context import Context, Key
from stackwright.cluster.expectations import Expectations
from stackwright.kernel.errors import Waiting


@dataclass(frozen=True, slots=True)
class Texts:
    """How a controller words its events. Shape: `{name}` stands for the pod's name, `{error}` for what was refused."""

    created: str = "Created pod: {name}"
    not_created: str = "Error creating: {error}"
    deleted: str = "Deleted pod: {name}"
    not_deleted: str = "Error deleting: {error}"


USUAL = Texts()


@dataclass(frozen=True, slots=True)
class PodMaker:
    """Creates and deletes pods in the name of one controller. Shape: `component` as events name it (`replicaset-controller`)."""

    context: Context
    pods: Informer
    component: str
    expectations: Expectations[Key]

    async def create(self, key: Key, owner: Object, pod: Object, texts: Texts = USUAL) -> Object:
        """Raises StatusError after telling it in an event, and Waiting in a namespace that goes: nothing more is to be done there."""
        try:
            created = await self.context.client.create(pod, resource=PODS)
        except StatusError as error:
            if error.reason == "Forbidden" and "being terminated" in error.message:
                raise Waiting(error.message) from error
            message = texts.not_created.format(name=name_of(pod), error=error.message)
            self.context.events.tell(owner, "Warning", "FailedCreate", message, self.component)
            raise
        known = self.pods.get(name_of(created), namespace_of(created)) is not None
        self.expectations.created(key, uid_of(created), known)
        message = texts.created.format(name=name_of(created))
        self.context.events.tell(owner, "Normal", "SuccessfulCreate", message, self.component)
        return created

    async def delete(self, key: Key, owner: Object, pod: Object, texts: Texts = USUAL) -> None:
        """A pod that is gone already is no error. Raises StatusError."""
        try:
            await self.context.client.delete(PODS, name_of(pod), namespace_of(pod), propagation="Background", uid=uid_of(pod))
        except StatusError as error:
            if error.not_found:
                return
            message = texts.not_deleted.format(name=name_of(pod), error=error.message)
            self.context.events.tell(owner, "Warning", "FailedDelete", message, self.component)
            raise
        if self.pods.get(name_of(pod), namespace_of(pod)) is not None:
            self.expectations.deleted(key, uid_of(pod))
        self.context.events.tell(owner, "Normal", "SuccessfulDelete", texts.deleted.format(name=name_of(pod)), self.component)

    async def create_many(self, key: Key, owner: Object, count: int, make: Callable[[int], Object]) -> StatusError | None:
        """In batches of 1, 2, 4 …, so that a pod nobody accepts is tried once; answers with the first failure."""
        done, size = 0, 1
        while done < count:
            numbers = range(done, min(done + size, count))
            outcomes = await asyncio.gather(*(self.create(key, owner, make(number)) for number in numbers), return_exceptions=True)
            failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
            if failures:
                return _refusal(failures)
            done, size = done + len(numbers), size * 2
        return None

    async def delete_many(self, key: Key, owner: Object, pods: Sequence[Object]) -> StatusError | None:
        """All at once; answers with the first failure."""
        outcomes = await asyncio.gather(*(self.delete(key, owner, pod) for pod in pods), return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        return _refusal(failures) if failures else None


def _refusal(failures: Sequence[BaseException]) -> StatusError:
    """The first failure when all are refusals; anything else is raised."""
    for failure in failures:
        if not isinstance(failure, StatusError):
            raise failure
    first = failures[0]
    assert isinstance(first, StatusError)
    return first
