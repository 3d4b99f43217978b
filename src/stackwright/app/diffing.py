"""What a sync would change, object by object, Secret values masked."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from stackwright.adapters.git.bare import BareRepositories
from stackwright.adapters.sources.service import ManifestSources
from stackwright.api.meta import Object, ObjectKey, gvk_of, key_of, name_of, namespace_of
from stackwright.apiserver.builtin.schemas import schema_of
from stackwright.app.front import forge_hosts, repository_of_url
from stackwright.app.platforms import PlatformState
from stackwright.client.errors import UnknownKind
from stackwright.client.kinds import CONFIG_MAPS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import destination_of, project_of, sources_of, spec_of, status_of
from stackwright.gitops.diff import DiffOptions, compare
from stackwright.gitops.diff.masks import hidden, masked_annotations
from stackwright.gitops.ports import RenderRequest, SourceError
from stackwright.gitops.preview import Preview, preview
from stackwright.gitops.settings import parse_settings
from stackwright.gitops.sync.hooks import is_hook, is_skipped
from stackwright.gitops.sync.plan import with_destination
from stackwright.gitops.tracking import instance_name
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    """Shape: `text` is a unified diff of YAML, live to wanted."""

    key: ObjectKey
    text: str


async def diff_app(client: KubeClient, state: PlatformState, app: Object, revision: str = "") -> list[ObjectDiff]:
    """Raises BadInput when the sources cannot be rendered."""
    wanted = await wanted_objects(client, state, app, revision)
    config = await client.find(CONFIG_MAPS, "argocd-cm", "argocd")
    settings = parse_settings((config or {}).get("data") or {})
    options = DiffOptions(spec_of(app).get("ignoreDifferences") or (), settings.customizations, settings.ignored_status)
    found: list[ObjectDiff] = []
    for key, target in wanted.items():
        live = await _live(client, target)
        if text := _text(target, live, options, masked_annotations(settings.raw)):
            found.append(ObjectDiff(key, text))
    for resource in status_of(app).get("resources") or ():
        if resource.get("requiresPruning"):
            key = ObjectKey(resource.get("group", ""), resource["kind"], resource.get("namespace", ""), resource["name"])
            found.append(ObjectDiff(key, "--- live\n+++ wanted\n(to be pruned)\n"))
    return found


@asynccontextmanager
async def sources_of_platform(state: PlatformState) -> AsyncIterator[ManifestSources]:
    """Renders as the platform does; its own repositories are read where they lie."""
    bare = BareRepositories(state.places.repositories)
    hosts = forge_hosts(state.settings)

    def local(url: str) -> Path | None:
        named = repository_of_url(url, hosts)
        path = None if named is None else bare.path(*named)
        return path if path is not None and path.exists() else None

    with tempfile.TemporaryDirectory(prefix="stackwright-diff-") as folder:
        sources = ManifestSources(Path(folder), local)
        try:
            yield sources
        finally:
            await sources.aclose()


async def preview_app(state: PlatformState, app: Object, before: str, after: str) -> Preview:
    """Between two revisions of all its sources. Raises BadInput when a revision cannot be rendered."""
    async with sources_of_platform(state) as sources:
        several = [before] * len(sources_of(app)), [after] * len(sources_of(app))
        try:
            return await preview(sources, _request(app, ""), *several)
        except SourceError as error:
            raise BadInput(error.message, hint=error.hint) from error


async def wanted_objects(client: KubeClient, state: PlatformState, app: Object, revision: str = "") -> Mapping[ObjectKey, Object]:
    """What the sources give, as it would be applied, without hooks. Raises BadInput when they cannot be rendered."""
    async with sources_of_platform(state) as sources:
        try:
            rendered = await sources.render(_request(app, revision))
        except SourceError as error:
            raise BadInput(error.message, hint=error.hint) from error
    config = await client.find(CONFIG_MAPS, "argocd-cm", "argocd")
    tracking = parse_settings((config or {}).get("data") or {}).tracking
    namespace = str(destination_of(app).get("namespace") or "")
    instance = instance_name(name_of(app), namespace_of(app), "argocd")
    found: dict[ObjectKey, Object] = {}
    for obj in rendered.objects:
        if not is_hook(obj) and not is_skipped(obj):
            placed = with_destination(obj, await _namespaced(client, obj), namespace)
            found[key_of(placed)] = tracking.marked(placed, instance, namespace)
    return found


def _request(app: Object, revision: str) -> RenderRequest:
    sources = sources_of(app)
    revisions = tuple(revision for _ in sources) if revision else ()
    namespace = str(destination_of(app).get("namespace") or "")
    return RenderRequest(name_of(app), namespace_of(app), project_of(app), namespace, sources, revisions)


async def _namespaced(client: KubeClient, obj: Object) -> bool | None:
    try:
        return (await client.resource_of(obj)).namespaced
    except UnknownKind:
        return None


async def _live(client: KubeClient, target: Object) -> Object | None:
    try:
        resource = await client.resource_of(target)
    except UnknownKind:
        return None
    return await client.find(resource, name_of(target), namespace_of(target) or None)


def _text(target: Object, live: Object | None, options: DiffOptions, masked: Sequence[str]) -> str:
    gvk = gvk_of(target)
    comparison = compare(target, live, options, schema_of(gvk.group, gvk.version, gvk.kind))
    if not comparison.modified:
        return ""
    before, after = comparison.live, comparison.predicted or target
    if gvk.kind == "Secret" and not gvk.group:
        after, before = (side or {} for side in hidden(after, before or None, masked))
    lines = unified_diff(_lines(before), _lines(after), "live", "wanted", n=3)
    return "".join(lines)


def _lines(obj: Object) -> list[str]:
    return yaml.dump(obj).splitlines(keepends=True) if obj else []
