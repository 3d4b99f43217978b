"""`cnoe://` URLs: folders beside an Application's file, wherever in its spec they are named. Pure.

Source: idpbuilder's custom packages; unlike there, every text of the spec that begins with the scheme counts.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from stackwright.api.meta import Object

SCHEME = "cnoe://"


def urls_in(obj: Object) -> list[str]:
    """Every distinct URL of the spec, in the order they are found."""
    return list(dict.fromkeys(_found(obj.get("spec"))))


def _found(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith(SCHEME):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _found(item)
    elif isinstance(value, list):
        for item in value:
            yield from _found(item)


def path_of(url: str, folder: PurePosixPath) -> PurePosixPath:
    """Where the URL leads from the folder of the file that names it."""
    return PurePosixPath(normpath(folder / url.removeprefix(SCHEME).lstrip("/")))


def rewritten(obj: Object, urls: Mapping[str, str]) -> Object:
    """With repository URLs in place of folders; the argument is not changed."""
    return {**obj, "spec": _replaced(obj.get("spec"), urls)}


def _replaced(value: Any, urls: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return urls.get(value, value)
    if isinstance(value, Mapping):
        return {key: _replaced(item, urls) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, urls) for item in value]
    return value
