"""URLs, taken apart and put together.

Source: sprig's url.go and Go's net/url.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}")
_NOT_IN_HOST = re.compile(r"[ \t\"<>^`{|}\\]")
_IN_PATH = "/$&+,:;=@~!*'()"
_IN_FRAGMENT = _IN_PATH + "?"


def _refused(url: str, problem: str) -> CallError:
    return CallError(f'unable to parse url: parse "{url}": {problem}')


def _parsed(url: str) -> dict[str, Any]:
    if re.search(r"[\x00-\x1f\x7f]", url):
        raise _refused(url, "net/url: invalid control character in URL")
    rest, _, fragment = url.partition("#")
    scheme, rest = _scheme(url, rest)
    rest, _, query = rest.partition("?")
    found = {"scheme": scheme, "userinfo": "", "host": "", "hostname": "", "path": "", "query": query, "opaque": ""}
    if scheme and not rest.startswith("/"):
        return {**found, "opaque": rest, "fragment": _decoded(url, fragment)}
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        found["userinfo"], found["host"] = _authority(url, authority)
        found["hostname"] = re.sub(r":\d*\Z", "", found["host"]).strip("[]")
        rest = slash + path
    elif not rest.startswith("/") and ":" in rest.partition("/")[0]:
        raise _refused(url, "first path segment in URL cannot contain colon")
    return {**found, "path": _decoded(url, rest), "fragment": _decoded(url, fragment)}


def _scheme(url: str, rest: str) -> tuple[str, str]:
    match = _SCHEME.match(rest)
    if match is not None:
        return match[1].lower(), rest[match.end() :]
    if rest.startswith(":"):
        raise _refused(url, "missing protocol scheme")
    return "", rest


def _authority(url: str, text: str) -> tuple[str, str]:
    user, _, host = text.rpartition("@")
    if host.startswith("[") and "]" not in host:
        raise _refused(url, "missing ']' in host")
    name, port = host, ""
    if match := re.search(r":([^\]:]*)\Z", host):
        name, port = host[: match.start()], match[0]
    if port and not re.fullmatch(r":\d*", port):
        raise _refused(url, f'invalid port "{port}" after host')
    wrong = _NOT_IN_HOST.search(name)
    if wrong is not None:
        raise _refused(url, f'invalid character "{wrong[0]}" in host name')
    return user, _decoded(url, host)


def _decoded(url: str, text: str) -> str:
    bad = _BAD_ESCAPE.search(text)
    if bad is not None:
        raise _refused(url, f'invalid URL escape "{bad[0]}"')
    return unquote_to_bytes(text).decode(errors="replace")


def _joined(parts: Mapping[str, Any]) -> str:
    scheme, user, host, path, query, fragment, opaque = (
        str(parts.get(name) or "") for name in ("scheme", "userinfo", "host", "path", "query", "fragment", "opaque")
    )
    place = f"{user}@{host}" if user else host
    found = f"{scheme}:" if scheme else ""
    if opaque:
        found += opaque
    else:
        found += f"//{place}" if place or (scheme and path.startswith("//")) else ""
        found += ("/" if path and place and not path.startswith("/") else "") + quote(path, safe=_IN_PATH)
    return found + (f"?{query}" if query else "") + (f"#{quote(fragment, safe=_IN_FRAGMENT)}" if fragment else "")


URLS: Mapping[str, Callee] = {"urlJoin": Callee("m", _joined), "urlParse": Callee("s", _parsed)}
