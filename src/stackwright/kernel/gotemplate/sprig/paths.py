"""Paths and URLs."""

import posixpath
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee


def _base(path: str) -> str:
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def _directory(path: str) -> str:
    return _clean(path[: path.rfind("/") + 1])


def _clean(path: str) -> str:
    cleaned = posixpath.normpath(path) if path else "."
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _extension(path: str) -> str:
    name = path.rpartition("/")[2]
    return name[name.rfind(".") :] if "." in name else ""


def _parsed(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise CallError(f"unable to parse url: {error}") from error
    user, _, host = parts.netloc.rpartition("@")
    return {
        "scheme": parts.scheme, "userinfo": user, "host": host, "hostname": parts.hostname or "", "path": parts.path,
        "query": parts.query, "fragment": parts.fragment, "opaque": "",
    }  # fmt: skip


def _joined(parts: Mapping[str, Any]) -> str:
    user, host = str(parts.get("userinfo") or ""), str(parts.get("host") or "")
    place = f"{user}@{host}" if user else host
    found = [str(parts.get(name) or "") for name in ("scheme", "path", "query", "fragment")]
    return urlunsplit((found[0], place, *found[1:]))


PATHS: Mapping[str, Callee] = {
    **{name: Callee("s", call) for prefix in ("", "os") for name, call in (
        (f"{prefix}{'Base' if prefix else 'base'}", _base),
        (f"{prefix}{'Clean' if prefix else 'clean'}", _clean),
        (f"{prefix}{'Dir' if prefix else 'dir'}", _directory),
        (f"{prefix}{'Ext' if prefix else 'ext'}", _extension),
        (f"{prefix}{'IsAbs' if prefix else 'isAbs'}", posixpath.isabs),
    )},
    "urlJoin": Callee("m", _joined),
    "urlParse": Callee("s", _parsed),
}  # fmt: skip
