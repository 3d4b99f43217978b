"""The Applications that a set asks for.

Source: Argo CD's applicationset/controllers/template and applicationset/utils (RenderTemplateParams).
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, metadata_of, name_of, namespace_of
from stackwright.gitops.appset.errors import RenderError
from stackwright.gitops.appset.generators import Inquiry, parameter_sets
from stackwright.gitops.appset.parameters import Params
from stackwright.gitops.appset.templates import Templating
from stackwright.kernel import yaml
from stackwright.kernel.gotemplate import takes_a_while
from stackwright.store import strategic
from stackwright.store.schema import ANY

API_VERSION = "argoproj.io/v1alpha1"
RESOURCES_FINALIZER = "resources-finalizer.argocd.argoproj.io"
MAX_AT_ONCE = 200
"""More Applications, and those that make keys, are rendered beside the event loop."""
_METADATA = ("labels", "annotations", "finalizers")


async def wanted(appset: Object, inquiry: Inquiry) -> list[Object]:
    """In the order of generators and parameters. Raises GeneratorError, RenderError, SourceError, StatusError."""
    found: list[Object] = []
    for generator in appset["spec"].get("generators") or ():
        template = _template(generator, appset["spec"])
        sets = await parameter_sets(generator, inquiry)
        if len(sets) > MAX_AT_ONCE or takes_a_while(yaml.dump(appset["spec"])):
            found += await asyncio.to_thread(_applications, appset, template, sets, inquiry.templating)
        else:
            found += _applications(appset, template, sets, inquiry.templating)
    return found


def _applications(appset: Object, template: Mapping[str, Any], sets: Sequence[Params], templating: Templating) -> list[Object]:
    return [application(appset, template, params, templating) for params in sets]


def _template(generator: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The set's, under what the generator's own says."""
    base = spec.get("template") or {}
    own = next((kind["template"] for kind in generator.values() if isinstance(kind, Mapping) and kind.get("template")), None)
    return base if not own else _filled(own, base)


def _filled(over: Mapping[str, Any], base: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `over` leaves empty comes from `base`."""
    found = dict(base)
    for key, value in over.items():
        below = found.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            found[key] = _filled(value, below)
        elif value not in (None, "", {}, [], False, 0) or key not in found:
            found[key] = value
    return found


def application(appset: Object, template: Mapping[str, Any], params: Params, templating: Templating) -> Object:
    """One Application. Raises RenderError."""
    rendered = templating.render_tree({key: template.get(key) or {} for key in ("metadata", "spec")}, params)
    made = {"metadata": rendered["metadata"], "spec": rendered["spec"]}
    if not made["metadata"].get("finalizers") and not _preserves(appset["spec"]):
        made["metadata"] = {**made["metadata"], "finalizers": [RESOURCES_FINALIZER]}
    patch = appset["spec"].get("templatePatch")
    made = _patched(made, templating.render(str(patch), params)) if patch else made
    metadata = {"name": metadata_of(made).get("name") or "", "namespace": namespace_of(appset)}
    metadata |= {key: metadata_of(made)[key] for key in _METADATA if metadata_of(made).get(key)}
    return {"apiVersion": API_VERSION, "kind": "Application", "metadata": metadata, "spec": made.get("spec") or {}}


def _preserves(spec: Mapping[str, Any]) -> bool:
    return bool((spec.get("syncPolicy") or {}).get("preserveResourcesOnDeletion"))


def _patched(made: Mapping[str, Any], text: str) -> dict[str, Any]:
    try:
        patch = yaml.load(text)
    except yaml.YamlError as error:
        raise RenderError(f"error converting template to json: {error}") from error
    if patch is None:
        return dict(made)
    if not isinstance(patch, Mapping) or not isinstance(patch.get("spec") or {}, Mapping):
        raise RenderError("error while applying the templatePatch: expected a map")
    try:
        found = strategic.patched(made, patch, ANY)
    except (strategic.BadStrategicPatch, strategic.CannotMerge) as error:
        raise RenderError(f"error while applying the templatePatch: {error}") from error
    return _in_project(dict(found), made["spec"].get("project"))


def _in_project(made: dict[str, Any], project: Any) -> dict[str, Any]:
    """A patch cannot move an Application to another project: who may write patches need not be who may choose projects."""
    spec = {key: value for key, value in (made.get("spec") or {}).items() if key != "project"}
    return {**made, "spec": spec | ({"project": project} if project else {})}


def problems(appset: Object, applications: Sequence[Object], projects: set[str] | None = None) -> dict[str, str]:
    """What is wrong with Applications, by name. Raises RenderError when they cannot even be told apart.

    `projects` are the projects there are, None when that is not asked.
    """
    counts = Counter(name_of(app) for app in applications)
    doubled = next((name for name, count in counts.items() if count > 1), None)
    if "" in counts:
        raise RenderError(f"ApplicationSet {name_of(appset)} contains an application without a name")
    if doubled is not None:
        raise RenderError(f"ApplicationSet {name_of(appset)} contains applications with duplicate name: {doubled}")
    found: dict[str, str] = {}
    for app in applications:
        project = str(app["spec"].get("project") or "default")
        if projects is not None and project not in projects:
            found[name_of(app)] = f"application references project {project} which does not exist"
    return found
