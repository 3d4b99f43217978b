"""Versions on their way out: every answer about them says so.

Source: the lifecycle methods of k8s.io/api and apiextensions' deprecationWarning.
"""

from collections.abc import Mapping
from dataclasses import replace

from stackwright.apiserver.answers import warning_header
from stackwright.apiserver.kind import Kind
from stackwright.kernel.http import Response

_BUILTIN: Mapping[str, str] = {
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
}


def deprecation_of(kind: Kind) -> str:
    """Empty for what is here to stay."""
    return str(getattr(kind, "deprecation", "") or _BUILTIN.get(kind.resource.qualified, ""))


def warned(response: Response, kind: Kind) -> Response:
    """With the word of caution before all others."""
    text = deprecation_of(kind)
    if not text:
        return response
    others = response.headers.get("warning")
    first = warning_header([text])["warning"]
    return replace(response, headers={**response.headers, "warning": f"{first}\n{others}" if others else first})
