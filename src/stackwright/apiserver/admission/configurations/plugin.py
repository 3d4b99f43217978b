"""Refuses webhook configurations and admission policies that nobody could be asked by."""

from collections.abc import Sequence

from stackwright.api.meta import Object
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.configurations import hooks, policies
from stackwright.apiserver.admission.configurations.words import Errors, Part
from stackwright.apiserver.refusals import invalid

_GROUP = "admissionregistration.k8s.io"


class ConfigurationChecks:
    """A Validator."""

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 422 with all problems."""
        obj, resource = attributes.object, attributes.resource
        if obj is None or resource.group != _GROUP or attributes.subresource or _content(obj) == _content(attributes.old or {}):
            return ()
        errors = list(problems(resource.plural, obj))
        if errors:
            raise invalid(resource, attributes.name, errors)
        return ()


def _content(obj: Object) -> object:
    return obj.get("spec"), obj.get("webhooks")


def problems(plural: str, obj: Object) -> Errors:
    """All that is wrong with an object of one of the group's resources."""
    spec: Part = obj.get("spec") or {}
    match plural:
        case "validatingwebhookconfigurations" | "mutatingwebhookconfigurations":
            yield from hooks.hook_problems(obj.get("webhooks") or ())
        case "validatingadmissionpolicies":
            yield from policies.policy(spec)
            yield from policies.validations(spec)
        case "mutatingadmissionpolicies":
            yield from policies.policy(spec)
            yield from policies.mutations(spec)
        case "validatingadmissionpolicybindings":
            yield from policies.binding(spec)
            yield from policies.actions(spec.get("validationActions") or ())
        case "mutatingadmissionpolicybindings":
            yield from policies.binding(spec)
