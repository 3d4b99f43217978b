"""`clusters`: the clusters that are known."""

from collections.abc import Mapping
from typing import Any

from stackwright.api.selectors import SelectorError, from_object
from stackwright.gitops.appset.clusters import Cluster
from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.names import normalised
from stackwright.gitops.appset.parameters import Params, with_values


async def generate(spec: Spec, inquiry: Inquiry) -> list[Params]:
    """The local cluster without a Secret has no labels: any selector leaves it out. Raises GeneratorError."""
    try:
        selector = from_object(spec.get("selector") or {})
    except SelectorError as error:
        raise GeneratorError(f"error getting cluster secrets: {error}") from error
    chosen = [cluster for cluster in inquiry.clusters if not selector or (cluster.declared and selector.matches(cluster.labels))]
    found = [with_values(params_of(cluster, go=inquiry.go), spec.get("values"), inquiry.templating) for cluster in chosen]
    return [{"clusters": found}] if spec.get("flatList") else found


def params_of(cluster: Cluster, *, go: bool) -> Params:
    found: Params = {"name": cluster.name, "nameNormalized": normalised(cluster.name), "server": cluster.server, "project": cluster.project}
    if not go:
        found |= {f"metadata.annotations.{key}": value for key, value in cluster.annotations.items()}
        return found | {f"metadata.labels.{key}": value for key, value in cluster.labels.items()}
    metadata: Mapping[str, Any] = {
        name: dict(values) for name, values in (("annotations", cluster.annotations), ("labels", cluster.labels)) if values
    }
    return found | ({"metadata": metadata} if metadata else {})
