"""URLs in expressions.

Source: k8s.io/apiserver pkg/cel/library/urls.go.
"""

import re
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from stackwright.kernel.cel.marks import marked, taken

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def read(text: str) -> dict[str, Any]:
    """An absolute URI or an absolute path. Raises ValueError."""
    if not (_SCHEME.match(text) or text.startswith("/")) or re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError(f"URL parse error during conversion from string: parse {text!r}: invalid URI for request")
    parts = urlsplit(text)
    if parts.port is not None and parts.port < 0:
        raise ValueError("invalid port")
    return marked("url", text=text)


def is_url(text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def scheme(value: Any) -> str:
    return urlsplit(_text(value)).scheme


def host(value: Any) -> str:
    return urlsplit(_text(value)).netloc.rpartition("@")[2]


def hostname(value: Any) -> str:
    return host(value).removeprefix("[").partition("]")[0] if host(value).startswith("[") else host(value).partition(":")[0]


def port(value: Any) -> str:
    found = urlsplit(_text(value)).port
    return "" if found is None else str(found)


def escaped_path(value: Any) -> str:
    return quote(unquote(urlsplit(_text(value)).path), safe="/:@!$&'()*+,;=~-._")


def query(value: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(_text(value)).query, keep_blank_values=True)


def _text(value: Any) -> str:
    return str(taken(value, "url")["text"])
