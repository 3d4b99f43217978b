"""Actions that the operator of the platform wrote in Lua (`resource.customizations.actions.<group>_<kind>` of argocd-cm).

Source: Argo CD's util/lua/lua.go and docs/operator-manual/resource_actions.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, gvk_of
from stackwright.gitops.actions.types import Action, ActionRefused, Effect, Parameter, patched
from stackwright.gitops.customizations import Customization, find_customization
from stackwright.gitops.health.lua import LuaFailed, run
from stackwright.kernel import yaml


@dataclass(frozen=True, slots=True)
class Scripts:
    """What is said of one kind. Shape: `definitions` are the actions' scripts by name; `merges` keeps the built-in actions too."""

    discovery: str
    definitions: Mapping[str, str]
    merges: bool


def scripts_for(obj: Object, customizations: tuple[Customization, ...]) -> Scripts | None:
    """None when nobody customised the kind. Raises ActionRefused when what stands there cannot be read."""
    gvk = gvk_of(obj)
    found = find_customization(customizations, "actions", gvk.group, gvk.kind)
    if not found:
        return None
    try:
        read = yaml.load(found) if isinstance(found, str) else found
    except yaml.YamlError as error:
        raise ActionRefused(f"the actions of {gvk.group}/{gvk.kind} cannot be read: {error}") from error
    if not isinstance(read, Mapping):
        raise ActionRefused(f"the actions of {gvk.group}/{gvk.kind} cannot be read: expected a map")
    listed = [item for item in read.get("definitions") or () if isinstance(item, Mapping)]
    definitions = {str(item.get("name", "")): str(item.get("action.lua", "")) for item in listed}
    return Scripts(str(read.get("discovery.lua") or ""), definitions, bool(read.get("mergeBuiltinActions")))


def discovered(source: str, obj: Object) -> list[Action]:
    """What a discovery script tells. Raises ActionRefused."""
    if not source:
        return []
    told = _run(source, obj, {})
    if not isinstance(told, Mapping):
        raise ActionRefused(f"expect table output from Lua script, not {type(told).__name__}")
    return [_action(str(name), value) for name, value in told.items()]


def _action(name: str, told: Any) -> Action:
    if not isinstance(told, Mapping):
        return Action(name)
    return Action(
        name,
        told.get("disabled") is True,
        str(told.get("displayName") or ""),
        str(told.get("iconClass") or ""),
        tuple(_parameter(item) for item in told.get("params") or () if isinstance(item, Mapping)),
    )


def _parameter(told: Mapping[str, Any]) -> Parameter:
    return Parameter(str(told.get("name") or ""), str(told.get("default") or ""))


def run_script(source: str, obj: Object, parameters: Mapping[str, str]) -> Sequence[Effect]:
    """A script returns the changed object, or a list of {operation, resource}. Raises ActionRefused."""
    told = _run(source, obj, parameters)
    if isinstance(told, list):
        return [_effect(item, obj) for item in told]
    if isinstance(told, Mapping):
        return patched(_as_before(told, obj))
    raise ActionRefused(f"expect table output from Lua script, not {type(told).__name__}")


def _effect(told: Any, obj: Object) -> Effect:
    operation, resource = (told.get("operation"), told.get("resource")) if isinstance(told, Mapping) else (None, None)
    if not isinstance(resource, Mapping):
        raise ActionRefused("Lua output was not a valid json object or array")
    match operation:
        case "create":
            return Effect("create", resource)
        case "patch":
            return Effect("patch", _as_before(resource, obj))
        case _:
            raise ActionRefused(f"unsupported operation: {operation}")


def _as_before(new: Any, old: Any) -> Any:
    """Lua knows no difference between an empty list and an empty map: what was empty before stays what it was."""
    if new == {} and isinstance(old, list):
        return []
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return {key: _as_before(value, old.get(key)) for key, value in new.items()}
    if isinstance(new, list) and isinstance(old, list):
        return [_as_before(value, old[index] if index < len(old) else None) for index, value in enumerate(new)]
    return new


def _run(source: str, obj: Object, parameters: Mapping[str, str]) -> Any:
    try:
        return run(source, obj, parameters=parameters)
    except LuaFailed as error:
        raise ActionRefused(str(error)) from error
