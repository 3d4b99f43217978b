"""The two plug-ins that ask webhooks: first those that may change the object, one after the other; last those that only judge it.

Source: k8s.io/apiserver pkg/admission/plugin/webhook/mutating and validating.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.apiserver.admission.chain import Attributes, Mutator
from stackwright.apiserver.admission.matching import converted
from stackwright.apiserver.admission.webhooks.asking import Asking, failed_calling
from stackwright.apiserver.admission.webhooks.hook import Hook, hooks_of
from stackwright.apiserver.admission.webhooks.review import Answer
from stackwright.apiserver.converting import converting
from stackwright.store import jsonpatch

_GROUP = "admissionregistration.k8s.io"
_MUTATING, _VALIDATING = f"mutatingwebhookconfigurations.{_GROUP}", f"validatingwebhookconfigurations.{_GROUP}"


@dataclass(frozen=True, slots=True)
class MutatingWebhooks:
    """A Mutator. When a hook changed the object, `again` are asked once more, and so are hooks that want to see later changes."""

    asking: Asking
    again: Sequence[Mutator] = ()

    async def mutate(self, attributes: Attributes) -> Object | None:
        """Raises StatusError."""
        hooks = hooks_of(self.asking.objects.list(_MUTATING))
        if not hooks:
            return attributes.object
        left: list[tuple[Hook, Object | None]] = []
        changed = attributes
        for hook in hooks:
            after = await self._asked(hook, changed)
            if after is not None:
                changed = after
                left.append((hook, changed.object))
        if changed.object == attributes.object:
            return changed.object
        return await self._second_round(changed, [(hook, seen) for hook, seen in left if hook.reinvoked])

    async def _second_round(self, attributes: Attributes, hooks: Sequence[tuple[Hook, Object | None]]) -> Object | None:
        for plugin in self.again:
            attributes = replace(attributes, object=await plugin.mutate(attributes))
        for hook, seen in hooks:
            if attributes.object != seen:
                attributes = await self._asked(hook, attributes) or attributes
        return attributes.object

    async def _asked(self, hook: Hook, attributes: Attributes) -> Attributes | None:
        """The write as the hook leaves it; None when it was not concerned."""
        asked = await converting(lambda: self.asking.concerned(hook, attributes))
        if asked is None:
            return None
        answer = await self.asking.ask(hook, attributes, asked, may_patch=True)
        if answer is None or not answer.patch:
            return attributes
        return replace(attributes, object=await converting(lambda: self._patched(hook, asked, answer, attributes)))

    def _patched(self, hook: Hook, asked: Attributes, answer: Answer, attributes: Attributes) -> Object | None:
        if asked.object is None:
            raise failed_calling(hook.name, "admission webhook attempted to modify the object, which is not supported for this operation")
        try:
            found: Object = jsonpatch.patched(asked.object, answer.patch)
        except jsonpatch.PatchDoesNotApply as error:
            raise StatusError(500, "InternalError", f"Internal error occurred: {error}", {"causes": [{"message": str(error)}]}) from error
        kept = {**found, "apiVersion": asked.object["apiVersion"], "kind": asked.object["kind"]}
        return converted(kept, asked.resource, attributes.resource, self.asking.registry)


@dataclass(frozen=True, slots=True)
class ValidatingWebhooks:
    """A Validator: all hooks at once; the first refusal, in their order, is told."""

    asking: Asking

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError."""
        concerned = await converting(lambda: self._concerned(attributes))
        calls = [self.asking.ask(hook, attributes, asked, may_patch=False) for hook, asked in concerned]
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return ()

    def _concerned(self, attributes: Attributes) -> list[tuple[Hook, Attributes]]:
        hooks = hooks_of(self.asking.objects.list(_VALIDATING))
        return [(hook, asked) for hook in hooks if (asked := self.asking.concerned(hook, attributes)) is not None]
