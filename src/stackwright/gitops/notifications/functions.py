"""What conditions and templates may call: `repo`, `strings` and `sync`. Pure.

Source: Argo CD's docs/operator-manual/notifications/functions.md and util/notification/expression.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from stackwright.gitops.notifications.commits import Commits
from stackwright.kernel.expr import ExprError

Functions = Mapping[str, Callable[..., Any]]


def repo_functions(commits: Commits) -> Functions:
    return {
        "RepoURLToHTTPS": to_https,
        "FullNameByRepoURL": full_name,
        "ExtractHostNameFromRepoURL": host_name,
        "QueryEscape": lambda text: quote_plus(str(text)),
        "GetCommitMetadata": commits.look,
    }


def to_https(url: str) -> str:
    """Of any address that git knows; credentials in it are left out."""
    text = str(url)
    if "://" not in text and ":" in text:
        host, _, path = text.rpartition("@")[2].partition(":")
        return f"https://{host}/{path}"
    parts = urlsplit(text)
    return f"https://{parts.netloc.rpartition('@')[2]}{parts.path}"


def full_name(url: str) -> str:
    """`owner/name`, the last two parts of the path."""
    path = urlsplit(to_https(url)).path.strip("/").removesuffix(".git")
    return "/".join(path.split("/")[-2:])


def host_name(url: str) -> str:
    """Raises ExprError for what is no address."""
    try:
        return urlsplit(to_https(url)).hostname or ""
    except ValueError as error:
        raise ExprError(f"{url!r} is no address of a repository") from error


def info_item(app: Any, name: str) -> str:
    """The value of one of the `info` items that the last sync was asked for with. Raises ExprError when it has none of this name."""
    found: Any = app
    for key in ("status", "operationState", "operation", "info"):
        found = found.get(key) if isinstance(found, Mapping) else None
    for item in found if isinstance(found, list | tuple) else ():
        if isinstance(item, Mapping) and item.get("name") == name:
            return str(item.get("value") or "")
    raise ExprError(f"the Application's operation has no info item {name!r}")


STRINGS: Functions = {
    "ReplaceAll": lambda text, old, new: str(text).replace(str(old), str(new)),
    "ToUpper": lambda text: str(text).upper(),
    "ToLower": lambda text: str(text).lower(),
}
SYNC: Functions = {"GetInfoItem": info_item}
