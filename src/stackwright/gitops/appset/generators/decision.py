"""`clusterDecisionResource`: clusters that some other controller chose, told in the status of a resource of its own kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.api.meta import name_of
from stackwright.api.selectors import SelectorError, from_object, render
from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.parameters import Params, with_values


async def generate(spec: Spec, inquiry: Inquiry) -> list[Params]:
    """Raises GeneratorError and StatusError."""
    reference = str(spec.get("configMapRef") or "")
    config = await inquiry.objects.config(inquiry.namespace, reference)
    if config is None:
        raise GeneratorError(f'error reading configMapRef: configmaps "{reference}" not found')
    missing = [key for key in ("apiVersion", "kind", "statusListKey", "matchKey") if not config.get(key)]
    if missing:
        raise GeneratorError(f"{missing[0]} was not specified in the ConfigMap {reference}")
    known = {cluster.name: cluster for cluster in inquiry.clusters}
    found: list[Params] = []
    for decision in await _decisions(spec, config, inquiry):
        cluster = known.get(str(decision.get(config["matchKey"])))
        if cluster is None:
            continue
        params: Params = {"name": cluster.name, "server": cluster.server, **{str(key): str(value) for key, value in decision.items()}}
        found.append(with_values(params, spec.get("values"), inquiry.templating))
    return found


async def _decisions(spec: Spec, config: Mapping[str, str], inquiry: Inquiry) -> list[Mapping[str, Any]]:
    name, selector = spec.get("name"), spec.get("labelSelector")
    if not name and not selector:
        raise GeneratorError("a clusterDecisionResource generator needs a name or a labelSelector")
    try:
        labels = render(from_object(selector) or from_object({})) if selector else ""  # type: ignore[arg-type]
    except SelectorError as error:
        raise GeneratorError(f"bad labelSelector: {error}") from error
    plural = config["kind"].lower()
    objects = await inquiry.objects.listed(config["apiVersion"], plural, inquiry.namespace, labels)
    chosen = [obj for obj in objects if not name or name_of(obj) == name]
    if name and not chosen:
        raise GeneratorError(f'{plural} "{name}" not found')
    return [item for obj in chosen for item in _listed(obj, config["statusListKey"])]


def _listed(obj: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    status = obj.get("status")
    for item in (status.get(key) if isinstance(status, Mapping) else None) or ():
        if isinstance(item, Mapping):
            yield item
