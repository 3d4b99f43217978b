"""Actions on the resources of an Application from outside the engine: which objects are meant, what they offer, running one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackwright.api.meta import GroupVersionKind, Object, gvk_of, name_of
from stackwright.client.kinds import CONFIG_MAPS
from stackwright.client.kube import KubeClient
from stackwright.gitops.actions.discovery import actions_of, run_action
from stackwright.gitops.actions.perform import perform
from stackwright.gitops.actions.types import Action, ActionRefused
from stackwright.gitops.application import destination_of, status_of
from stackwright.gitops.customizations import Customization
from stackwright.gitops.settings import parse_settings

IN_CLUSTER = frozenset(("https://kubernetes.default.svc", "in-cluster"))
_SETTINGS = "argocd-cm"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources are meant; an empty word means any."""

    group: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""

    def matches(self, resource: Mapping[str, Any]) -> bool:
        asked = (("group", self.group), ("kind", self.kind), ("name", self.name), ("namespace", self.namespace))
        return all(not word or str(resource.get(field) or "") == word for field, word in asked)


async def customizations_of(client: KubeClient, namespace: str) -> tuple[Customization, ...]:
    """What the operator of the platform says about kinds."""
    found = await client.find(CONFIG_MAPS, _SETTINGS, namespace)
    return parse_settings(dict((found or {}).get("data") or {})).customizations


async def selected_objects(client: KubeClient, app: Object, selection: Selection) -> list[Object]:
    """The Application's resources as they live. Raises ActionRefused for an Application of another cluster."""
    destination = destination_of(app)
    if str(destination.get("server") or destination.get("name") or "") not in IN_CLUSTER:
        raise ActionRefused(f"{name_of(app)} deploys to another cluster", hint="run the action there")
    found = [await _living(client, item) for item in status_of(app).get("resources") or () if selection.matches(item)]
    return [obj for obj in found if obj is not None]


async def _living(client: KubeClient, resource: Mapping[str, Any]) -> Object | None:
    kind = GroupVersionKind(str(resource.get("group") or ""), str(resource.get("version") or ""), str(resource.get("kind") or ""))
    known = await client.resource(kind)
    return await client.find(known, str(resource.get("name")), str(resource.get("namespace") or "") or None)


async def offered(client: KubeClient, app: Object, selection: Selection, namespace: str) -> list[tuple[Object, Action]]:
    """Every action of every resource that is meant."""
    customizations = await customizations_of(client, namespace)
    objects = await selected_objects(client, app, selection)
    return [(obj, action) for obj in objects for action in actions_of(obj, customizations)]


async def run_selected(
    client: KubeClient,
    app: Object,
    selection: Selection,
    action: str,
    *,
    parameters: Mapping[str, str],
    now: datetime,
    namespace: str,
    several: bool = False,
) -> Sequence[Object]:
    """The objects it was run on. Raises ActionRefused when none is meant, or more than one without `several`."""
    objects = await selected_objects(client, app, selection)
    if not objects:
        raise ActionRefused("no resource of the Application is meant", hint=f"stackwright app actions list {name_of(app)}")
    if len(objects) > 1 and not several:
        listed = ", ".join(f"{gvk_of(obj).kind}/{name_of(obj)}" for obj in objects)
        raise ActionRefused(f"several resources are meant: {listed}", hint="name one, or say --all")
    customizations = await customizations_of(client, namespace)
    todo = [(obj, run_action(action, obj, parameters=parameters, now=now, customizations=customizations)) for obj in objects]
    for obj, effects in todo:
        await perform(client, obj, effects)
    return objects
