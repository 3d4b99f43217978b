"""Which Applications a command is about, and which of their resources."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.api.selectors import LabelSelector, SelectorError, parse_label_selector
from stackwright.cli.app_frame import qualified
from stackwright.client.kinds import APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import project_of, status_of
from stackwright.gitops.requests import parse_resource
from stackwright.kernel.errors import BadInput


def labels_meant(flag: str, text: str | None) -> LabelSelector:
    """Raises BadInput naming the flag."""
    try:
        return parse_label_selector(text or "")
    except SelectorError as error:
        raise BadInput(f"{flag} {text}: {error.message}") from error


async def meant(
    client: KubeClient, names: Sequence[str], namespace: str, selector: str | None, projects: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Namespaces and names of those that are named, or that have labels. Raises BadInput when none is."""
    if names:
        return [qualified(name, namespace) for name in names]
    if not selector and not projects:
        raise BadInput("name an Application, or choose some with --selector")
    labels = labels_meant("--selector", selector)
    found = [app for app in await client.list(APPLICATIONS, namespace) if labels.matches(labels_of(app))]
    chosen = [app for app in found if not projects or project_of(app) in projects]
    if not chosen:
        raise BadInput(f"no Application in {namespace} fits --selector {selector}", hint="stackwright app list")
    return [(namespace_of(app), name_of(app)) for app in chosen]


def resources_meant(app: Object, texts: Sequence[str]) -> list[str]:
    """What --resource names: as written, or, with `*` or a leading `!`, the resources of the Application that fit. Raises BadInput."""
    parsed = [(text.startswith("!"), parse_resource(text.removeprefix("!"))) for text in texts]
    if not any(out or "*" in text for text, (out, _) in zip(texts, parsed)):
        return list(texts)
    wanted, unwanted = [item for out, item in parsed if not out], [item for out, item in parsed if out]
    return [
        _text(resource)
        for resource in status_of(app).get("resources") or ()
        if (not wanted or any(_fits(resource, item) for item in wanted)) and not any(_fits(resource, item) for item in unwanted)
    ]


def _fits(resource: Mapping[str, Any], pattern: Mapping[str, str]) -> bool:
    return all(fnmatchcase(str(resource.get(field) or ""), glob) for field, glob in pattern.items())


def _text(resource: Mapping[str, Any]) -> str:
    place = f"{resource['namespace']}/" if resource.get("namespace") else ""
    return f"{resource.get('group') or ''}:{resource['kind']}:{place}{resource['name']}"
