"""Informers tell their listeners."""

from typing import Any, cast

from stackwright.client.informer import Informer
from stackwright.client.kinds import CONFIG_MAPS
from stackwright.client.kube import KubeClient, ObjectList


class OneList:
    """Lists once."""

    async def list_page(self, *arguments: Any, **options: Any) -> ObjectList:
        return ObjectList([{"metadata": {"name": "a", "namespace": "n", "resourceVersion": "1"}}], "1")


async def test_a_listener_that_fails_keeps_nobody_else_from_hearing() -> None:
    informer = Informer(cast(KubeClient, OneList()), CONFIG_MAPS)
    heard: list[str] = []

    def fails(change: str, obj: Any, previous: Any) -> None:
        raise ValueError("odd object")

    informer.listen(fails)
    informer.listen(lambda change, obj, previous: heard.append(change))
    await informer._list()
    assert heard == ["added"]
    assert informer.synced
