"""What every namespace has from its start: the default ServiceAccount and the root certificate.

Source: k8s.io/kubernetes pkg/controller/serviceaccount and pkg/controller/certificates/rootcacertpublisher.
"""

from collections.abc import Callable

from stackwright.api.meta import Object, is_deleting
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.client.kinds import CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS
from stackwright.cluster.context import Context, Key, synced
from stackwright.runtime.controller import Controller

ROOT_CA_NAME = "kube-root-ca.crt"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP "
    "or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
)


def root_ca_map(namespace: str, certificate: str) -> Object:
    """The ConfigMap that pods mount to trust the API."""
    meta = {"name": ROOT_CA_NAME, "namespace": namespace, "annotations": {"kubernetes.io/description": _DESCRIPTION}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"ca.crt": certificate}}


def default_account(namespace: str) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}


class NamespaceFurniture:
    """Puts both objects into every namespace, and back when somebody removes or changes them."""

    def __init__(self, context: Context, root_certificate: Callable[[], str]) -> None:
        self._context = context
        self._root_certificate = root_certificate
        self._namespaces = context.informers.informer(NAMESPACES)
        self._accounts = context.informers.informer(SERVICE_ACCOUNTS)
        self._maps = context.informers.informer(CONFIG_MAPS)
        self._controller: Controller[Key] = Controller("serviceaccount-controller", self.reconcile, workers=2)
        self._namespaces.listen(self._namespace_changed)
        self._accounts.listen(self._furniture_changed)
        self._maps.listen(self._furniture_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await synced(self._namespaces, self._accounts, self._maps)
        await self._controller.run()

    def _namespace_changed(self, change: Change, namespace: Object, previous: Object | None) -> None:
        if change != "deleted":
            self._controller.enqueue(("", str(namespace["metadata"]["name"])))

    def _furniture_changed(self, change: Change, obj: Object, previous: Object | None) -> None:
        meta = obj["metadata"]
        if meta.get("name") in ("default", ROOT_CA_NAME) and change != "added":
            self._controller.enqueue(("", str(meta.get("namespace"))))

    async def reconcile(self, key: Key) -> float | None:
        """Key: the namespace's."""
        namespace = self._namespaces.get(key[1])
        if namespace is None or is_deleting(namespace):
            return None
        if self._accounts.get("default", key[1]) is None:
            await self._create(default_account(key[1]))
        await self._publish(key[1])
        return None

    async def _publish(self, namespace: str) -> None:
        wanted, live = root_ca_map(namespace, self._root_certificate()), self._maps.get(ROOT_CA_NAME, namespace)
        if live is None:
            await self._create(wanted)
        elif live.get("data") != wanted["data"]:
            patch = {"data": {**dict.fromkeys(live.get("data") or {}), **wanted["data"]}}
            await self._context.client.patch(CONFIG_MAPS, ROOT_CA_NAME, namespace, patch)

    async def _create(self, obj: Object) -> None:
        try:
            await self._context.client.create(obj, resource=SERVICE_ACCOUNTS if obj["kind"] == "ServiceAccount" else CONFIG_MAPS)
        except StatusError as error:
            if not (error.already_exists or error.not_found or "being terminated" in error.message):
                raise
