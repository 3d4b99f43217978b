"""The `Objects` port over the cluster's API."""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, labels_of
from stackwright.api.status import StatusError
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import CONFIG_MAPS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.clusters import SECRET_TYPE, decoded


class ClusterObjects:
    """Implements `gitops.appset.ports.Objects`."""

    def __init__(self, client: KubeClient, informers: InformerSet) -> None:
        self._client = client
        self._secrets = informers.informer(SECRETS)
        self._config = informers.informer(CONFIG_MAPS)

    async def secret(self, namespace: str, name: str) -> Mapping[str, str] | None:
        found = self._secrets.get(name, namespace)
        return None if found is None else dict(decoded(found)["data"])

    async def secret_type(self, namespace: str, name: str) -> str:
        return str(labels_of(self._secrets.get(name, namespace) or {}).get(SECRET_TYPE) or "")

    async def config(self, namespace: str, name: str) -> Mapping[str, str] | None:
        found = self._config.get(name, namespace)
        return None if found is None else dict(found.get("data") or {})

    async def listed(self, api_version: str, plural: str, namespace: str, labels: str = "") -> Sequence[Mapping[str, Any]]:
        group, _, version = api_version.rpartition("/")
        served = (await self._client.discover()).all_preferred()
        resource = next((one for one in served if (one.group, one.plural) == (group, plural)), None)
        if resource is None:
            raise GeneratorError(f"the server serves no {plural} in {api_version}")
        try:
            found: Sequence[Object] = await self._client.list(resource, namespace if resource.namespaced else None, labels=labels)
        except StatusError as error:
            raise GeneratorError(f"{plural} of {version} cannot be listed: {error}") from error
        return found
