"""Ingresses get the address at which the platform answers, as ingress-nginx publishes it.

Source: ingress-nginx's `--publish-status-address` and `--watch-ingress-without-class`.
"""

from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kinds import INGRESSES
from stackwright.client.kube import KubeClient
from stackwright.runtime.controller import Controller

CLASS = "nginx"
_OLD_CLASS = "kubernetes.io/ingress.class"


def is_ours(ingress: Object) -> bool:
    """Of our class, or of none."""
    named = (ingress.get("spec") or {}).get("ingressClassName") or annotations_of(ingress).get(_OLD_CLASS)
    return named in (None, "", CLASS)


def wanted_status(ingress: Object, address: str) -> dict[str, Any] | None:
    """The status to write; None when there is nothing to do."""
    if not is_ours(ingress) or is_deleting(ingress):
        return None
    wanted = {"loadBalancer": {"ingress": [{"hostname": address}]}}
    return None if (ingress.get("status") or {}) == wanted else wanted


class IngressController:
    """Shape: `address` is the host name that is published."""

    def __init__(self, client: KubeClient, informers: InformerSet, address: str = "localhost") -> None:
        self._client = client.named("nginx-ingress-controller")
        self._ingresses = informers.informer(INGRESSES)
        self._address = address
        self._controller: Controller[tuple[str, str]] = Controller("ingress", self._reconcile)

    async def run(self) -> None:
        """Ends only by cancellation."""
        self._ingresses.listen(self._changed)
        await self._controller.run()

    def _changed(self, change: Change, ingress: Object, previous: Object | None) -> None:
        if change != "deleted":
            self._controller.enqueue((namespace_of(ingress), name_of(ingress)))

    async def _reconcile(self, key: tuple[str, str]) -> float | None:
        ingress = self._ingresses.get(key[1], key[0])
        status = None if ingress is None else wanted_status(ingress, self._address)
        if status is not None:
            try:
                await self._client.patch(INGRESSES, key[1], key[0], {"status": status}, subresource="status")
            except StatusError as error:
                if not error.not_found:
                    raise
        return None
