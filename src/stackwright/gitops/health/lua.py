"""Health told by a user's Lua script, as Argo CD lets argocd-cm define it.

Each run has a Lua state of its own: no files, no processes, no code loading, no debugging; bounded in time, instructions and memory.
"""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import lupa.lua54 as lua54

from stackwright.api.meta import Object
from stackwright.gitops.health.types import Health, as_status

TIME_LIMIT_SECONDS = 1.0
MEMORY_LIMIT_BYTES = 64 * 2**20
INSTRUCTION_LIMIT = 50_000_000

_HARNESS = files("stackwright.gitops.health").joinpath("sandbox.lua").read_text()


class LuaFailed(Exception):
    """The script cannot be read, failed, took too long or too much memory."""


def run(source: str, obj: Object, *, seconds: float = TIME_LIMIT_SECONDS, parameters: Mapping[str, str] | None = None) -> Any:
    """What the script returns, with `obj` as the global of that name, `parameters` as `actionParams`.

    Shape: Lua tables become dicts and lists, an empty one a dict. Raises LuaFailed.
    """
    state = lua54.LuaRuntime(
        unpack_returned_tuples=True,
        register_eval=False,
        register_builtins=False,
        max_memory=MEMORY_LIMIT_BYTES,
        attribute_filter=_no_attributes,
    )
    try:
        harness: Callable[..., Any] = state.execute(_HARNESS)
        return _from_lua(harness(source, _to_lua(state, obj), seconds, INSTRUCTION_LIMIT, _to_lua(state, parameters or {})))
    except (lua54.LuaError, UnicodeDecodeError, RecursionError) as error:
        problem = str(error).split("\nstack traceback", 1)[0] or "the script takes too much memory"
        raise LuaFailed(problem) from error


def _no_attributes(_: Any, name: str, __: bool) -> str:
    raise AttributeError(f"access to {name} is not allowed")


def _to_lua(state: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return state.table_from({key: _to_lua(state, inner) for key, inner in value.items() if inner is not None})
    if isinstance(value, list | tuple):
        return state.table_from([_to_lua(state, inner) for inner in value])
    return value


def _from_lua(value: Any, depth: int = 0) -> Any:
    if lua54.lua_type(value) != "table":
        return value
    if depth > 64:
        raise LuaFailed("the result is nested too deeply")
    entries = {key: _from_lua(inner, depth + 1) for key, inner in value.items()}
    if entries and all(isinstance(key, int) for key in entries):
        return [entries[key] for key in sorted(entries)]
    return entries


def lua_health(source: str, obj: Object) -> Health | None:
    """None when the script returns nothing. Raises LuaFailed, also for a result that is no health."""
    result = run(source, obj)
    if result is None or result == {}:
        return None
    if not isinstance(result, Mapping):
        raise LuaFailed(f"expect table output from Lua script, not {type(result).__name__}")
    status = as_status(result.get("status"))
    message = str(result.get("message") or "")
    return Health("Unknown", "Lua returned an invalid health status") if status is None else Health(status, message)
