"""Changes to the spec of an Application that the flags of `app create`, `set` and `add-source` ask for. Pure.

Source: Argo CD's cmd/util/app.go.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.cli.app_source_spec import Path, Spec, concerns_a_source, set_at, with_source_flags
from stackwright.gitops.application import has_several_sources, sources_of
from stackwright.kernel.errors import BadInput

_SPEC_PLACES: Mapping[str, Path] = {
    "project": ("project",),
    "dest_server": ("destination", "server"),
    "dest_name": ("destination", "name"),
    "dest_namespace": ("destination", "namespace"),
    "revision_history_limit": ("revisionHistoryLimit",),
}
_AUTOMATION = {"auto_prune": "prune", "self_heal": "selfHeal", "allow_empty": "allowEmpty"}
AUTOMATIC = frozenset(("auto", "automated", "automatic"))


def with_flags(spec: Spec, given: Mapping[str, Any], position: int | None = None) -> dict[str, Any]:
    """The spec as the flags want it. Shape: `position` counts sources from 1. Raises BadInput."""
    changed = dict(spec)
    for flag, path in _SPEC_PLACES.items():
        if flag in given:
            changed = set_at(changed, path, given[flag])
    policy = _policy(changed.get("syncPolicy") or {}, given)
    changed = {key: value for key, value in changed.items() if key != "syncPolicy"} | ({"syncPolicy": policy} if policy else {})
    return with_source(changed, lambda source: with_source_flags(source, given), position) if concerns_a_source(given) else changed


def with_source(spec: Spec, change: Callable[[Spec], Spec], position: int | None = None) -> dict[str, Any]:
    """Changes one source. Raises BadInput when it is not said which, or there is no such one."""
    if not has_several_sources({"spec": spec}):
        return {**spec, "source": change(spec.get("source") or {})}
    sources = list(spec["sources"])
    if position is None:
        raise BadInput("the Application has several sources", hint="say which one: --source-position 1 (or --source-name NAME)")
    index = _index(sources, position)
    return {**spec, "sources": [*sources[:index], change(sources[index]), *sources[index + 1 :]]}


def _index(sources: Sequence[Any], position: int) -> int:
    if not 1 <= position <= len(sources):
        raise BadInput(f"--source-position {position}: the Application has {len(sources)} sources, counted from 1")
    return position - 1


def position_of(spec: Spec, position: int | None, name: str) -> int | None:
    """Which source is meant. Raises BadInput when none has the name."""
    if not name or position is not None:
        return position
    names = [str(source.get("name") or "") for source in sources_of({"spec": spec})]
    if name not in names:
        raise BadInput(f"--source-name {name}: no source is called so (there are: {', '.join(filter(None, names)) or 'none with names'})")
    return names.index(name) + 1


def with_added_source(spec: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    """One source more; a spec with one source gets a list. Raises BadInput."""
    added = with_source_flags({}, given)
    if not added.get("repoURL"):
        raise BadInput("a source needs --repo")
    return {key: value for key, value in spec.items() if key != "source"} | {"sources": [*sources_of({"spec": spec}), added]}


def without_source(spec: Spec, position: int) -> dict[str, Any]:
    """Raises BadInput for the last one."""
    if not has_several_sources({"spec": spec}):
        raise BadInput("the Application has one source only; a source is removed from a list of sources")
    sources = list(spec["sources"])
    index = _index(sources, position)
    if len(sources) == 1:
        raise BadInput("the only source cannot be removed")
    return {**spec, "sources": [*sources[:index], *sources[index + 1 :]]}


def _policy(policy: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(policy)
    match given.get("sync_policy"):
        case None:
            pass
        case "none":
            changed.pop("automated", None)
        case _:
            changed["automated"] = {key: value for key, value in (policy.get("automated") or {}).items() if key != "enabled"}
    for flag, field in _AUTOMATION.items():
        if flag in given:
            if changed.get("automated") is None:
                raise BadInput(f"--{flag.replace('_', '-')}: the Application is not synced by itself", hint="add --sync-policy automated")
            changed["automated"] = {**changed["automated"], field: given[flag]}
    if "sync_option" in given:
        changed["syncOptions"] = _options(policy.get("syncOptions") or (), given["sync_option"])
    retry = _retry(policy.get("retry") or {}, given)
    changed |= {"retry": retry}
    return {key: value for key, value in changed.items() if value not in ((), [], None) and (key != "retry" or value)}


def _options(there: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """`NAME=VALUE` is set, `!NAME=VALUE` removed."""
    found = list(there)
    for option in wanted:
        name = option.removeprefix("!").partition("=")[0]
        if option.startswith("!"):
            found = [item for item in found if item != option[1:]]
        else:
            found = [*(item for item in found if item.partition("=")[0] != name), option]
    return found


def _retry(retry: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("sync_retry_limit") == 0:
        return {}
    changed = dict(retry)
    if "sync_retry_limit" in given:
        changed["limit"] = given["sync_retry_limit"]
    if "sync_retry_refresh" in given:
        changed["refresh"] = given["sync_retry_refresh"]
    fields = {
        "sync_retry_backoff_duration": "duration",
        "sync_retry_backoff_max_duration": "maxDuration",
        "sync_retry_backoff_factor": "factor",
    }
    backoff = {field: given[flag] for flag, field in fields.items() if flag in given}
    return changed | ({"backoff": {**(changed.get("backoff") or {}), **backoff}} if backoff else {})
