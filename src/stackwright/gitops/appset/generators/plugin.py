"""`plugin`: whatever a service of the user's own says."""

from collections.abc import Mapping
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.parameters import Params, flattened, with_values

PATH = "/api/v1/getparams.execute"


async def generate(spec: Spec, inquiry: Inquiry) -> list[Params]:
    """Raises GeneratorError and SourceError."""
    given = (spec.get("input") or {}).get("parameters") or {}
    url, token = await _service(spec, inquiry)
    body = {"applicationSetName": inquiry.name, "input": {"parameters": given}}
    answer = await inquiry.web.ask("POST", url + PATH, {"authorization": f"Bearer {token}"}, body)
    if answer.status >= 400:
        raise GeneratorError(f"error listing params: error get api '{PATH}': API error with status code {answer.status}")
    output = answer.body.get("output") if isinstance(answer.body, Mapping) else None
    found = output.get("parameters") if isinstance(output, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise GeneratorError("error listing params: expected output.parameters to be a list of maps")
    return [with_values(_params(item, given, go=inquiry.go), spec.get("values"), inquiry.templating) for item in found]


def _params(item: Mapping[str, Any], given: Mapping[str, Any], *, go: bool) -> Params:
    asked = {"generator": {"input": {"parameters": given}}}
    return {**item, **asked} if go else {**flattened(item), **flattened(given, "generator.input.parameters")}


async def _service(spec: Spec, inquiry: Inquiry) -> tuple[str, str]:
    """Where the service is, and the token it wants."""
    reference = str((spec.get("configMapRef") or {}).get("name") or "")
    config = await inquiry.objects.config(inquiry.namespace, reference)
    if config is None:
        raise GeneratorError(f'error fetching ConfigMap: configmaps "{reference}" not found')
    url, token = config.get("baseUrl", "").rstrip("/"), config.get("token", "")
    if not url or not token:
        raise GeneratorError(f"error fetching ConfigMap: {'baseUrl' if not url else 'token'} not found in ConfigMap {reference}")
    if not token.startswith("$"):
        raise GeneratorError(f"error fetching Secret token: token is not a reference to a Secret in ConfigMap {reference}")
    name, _, key = token[1:].rpartition(":")
    secret = await inquiry.objects.secret(inquiry.namespace, name or "argocd-secret")
    if secret is None or key not in secret:
        raise GeneratorError(f"error fetching Secret token: key {key!r} not found in secret {name or 'argocd-secret'}")
    return url, secret[key].strip()
