"""Asks one webhook: is it concerned, can it be reached, what does it say.

Source: k8s.io/apiserver pkg/admission/plugin/webhook/generic and webhook/{mutating,validating}/dispatcher.go.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from stackwright.api.status import StatusError, bad_request
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.conditions import ConditionFailed, Conditions
from stackwright.apiserver.admission.matching import is_exempt, matched_as, namespace_matches, object_matches
from stackwright.apiserver.admission.webhooks.hook import Hook
from stackwright.apiserver.admission.webhooks.review import Answer, BadAnswer, denial, question, read
from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.calling.ports import Caller
from stackwright.apiserver.calling.telling import SkipRecorder, skipped_text
from stackwright.apiserver.registry import Registry
from stackwright.kernel.calls import CallFailed

_log = logging.getLogger(__name__)


def _uid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Asking:
    """What all webhooks of a server share."""

    objects: Objects
    registry: Registry
    caller: Caller
    conditions: Conditions
    recorder: SkipRecorder | None = None
    uid: Callable[[], str] = _uid

    def concerned(self, hook: Hook, attributes: Attributes) -> Attributes | None:
        """The write as the hook is asked about it; None when it is not. Raises StatusError for a match condition that fails."""
        if is_exempt(attributes.resource):
            return None
        asked = matched_as(hook.rules, hook.match_policy, attributes, self.registry)
        if asked is None or not object_matches(hook.object_selector, attributes):
            return None
        if not namespace_matches(hook.namespace_selector, attributes, self.objects):
            return None
        try:
            return asked if self.conditions.hold(hook.conditions, asked) else None
        except ConditionFailed as error:
            if not hook.fails:
                return None
            raise attributes.refused(str(error)) from error

    async def ask(self, hook: Hook, attributes: Attributes, asked: Attributes, *, may_patch: bool) -> Answer | None:
        """None when the hook may be, and was, left out. Raises StatusError when it refuses or must answer and does not."""
        if attributes.dry_run and hook.changes_other_things:
            raise bad_request(f'admission webhook "{hook.name}" does not support dry run')
        try:
            answer = await self._answer(hook, attributes, asked, may_patch=may_patch)
        except (CallFailed, BadAnswer) as error:
            if hook.fails:
                raise failed_calling(hook.name, str(error)) from error
            _log.warning('failed calling webhook "%s", failing open: %s', hook.name, error)
            return None
        if answer is None:
            attributes.warnings.append(skipped_text(hook))
            if self.recorder is not None and not attributes.dry_run:
                await self.recorder.skipped(hook)
            return None
        attributes.warnings.extend(answer.warnings)
        attributes.annotations.update({f"{hook.name}/{key}": value for key, value in answer.annotations.items()})
        if not answer.allowed:
            raise denial(hook.name, answer.status)
        return answer

    async def _answer(self, hook: Hook, attributes: Attributes, asked: Attributes, *, may_patch: bool) -> Answer | None:
        uid = self.uid()
        try:
            found = await hook.client.ask(question(attributes, asked, hook.version, uid), self.caller, self.objects)
        except CallFailed as error:
            raise CallFailed(f"failed to call webhook: {error}") from error
        if found is None:
            return None
        return read(found, hook.version, uid, may_patch=may_patch)


def failed_calling(hook: str, reason: str) -> StatusError:
    message = f'failed calling webhook "{hook}": {reason}'
    return StatusError(500, "InternalError", f"Internal error occurred: {message}", {"causes": [{"message": message}]})
