"""Paths."""

import posixpath
from collections.abc import Mapping

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


PATHS: Mapping[str, Callee] = {
    **{name: Callee("s", call) for prefix in ("", "os") for name, call in (
        (f"{prefix}{'Base' if prefix else 'base'}", _base),
        (f"{prefix}{'Clean' if prefix else 'clean'}", _clean),
        (f"{prefix}{'Dir' if prefix else 'dir'}", _directory),
        (f"{prefix}{'Ext' if prefix else 'ext'}", _extension),
        (f"{prefix}{'IsAbs' if prefix else 'isAbs'}", posixpath.isabs),
    )},
}  # fmt: skip
