"""What an expression can see of a write.

Source: k8s.io/apiserver pkg/admission/plugin/cel (activation, composition).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.admission.policies.asking import authorizer_of
from stackwright.apiserver.admission.policies.ports import ExpressionError, Expressions
from stackwright.apiserver.admission.webhooks.review import options, user_info

_NAMESPACE_PARTS = ("metadata", "spec", "status", "apiVersion", "kind")


def seen(attributes: Attributes, asked: Attributes, namespace: Object | None) -> dict[str, Any]:
    """Shape: `asked` is the write as the policy's rules name it; objects that are not there are null."""
    return {
        "object": asked.object,
        "oldObject": asked.old,
        "request": request(attributes, asked),
        "authorizer": authorizer_of(attributes),
        "namespaceObject": {key: namespace[key] for key in _NAMESPACE_PARTS if key in namespace} if namespace is not None else None,
    }


def request(attributes: Attributes, asked: Attributes) -> dict[str, Any]:
    resource, here = asked.resource, attributes.resource
    return {
        "kind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "resource": {"group": resource.group, "version": resource.version, "resource": resource.plural},
        "subResource": attributes.subresource,
        "requestKind": {"group": here.group, "version": here.version, "kind": here.kind},
        "requestResource": {"group": here.group, "version": here.version, "resource": here.plural},
        "requestSubResource": attributes.subresource,
        "name": attributes.name,
        "namespace": attributes.namespace,
        "operation": attributes.operation,
        "userInfo": user_info(attributes.user),
        "dryRun": attributes.dry_run,
        "options": options(attributes),
    }


def composed(declared: Sequence[Mapping[str, str]], base: Mapping[str, Any], expressions: Expressions) -> dict[str, Any]:
    """With `variables`, each of which sees those before it. One that fails is only missed where it is used."""
    values: dict[str, Any] = {}
    for variable in declared:
        try:
            values[variable["name"]] = expressions.evaluate(variable["expression"], {**base, "variables": values})
        except ExpressionError:
            continue
    return {**base, "variables": values}
