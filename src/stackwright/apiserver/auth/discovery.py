"""The issuer's public documents, by which others check ServiceAccount tokens.

Source: OpenID Connect Discovery 1.0, as k8s.io/kubernetes pkg/serviceaccount/openidmetadata.go serves it.
"""

from collections.abc import Callable
from typing import Any

from stackwright.apiserver.auth.serviceaccounts import ServiceAccountTokens
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response

CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/openid/v1/jwks"


def document(path: str, tokens: ServiceAccountTokens, base_url: str) -> tuple[Any, str] | None:
    """The document of a path and its media type; None for any other path. Shape: `base_url` without a slash at the end."""
    if path == CONFIGURATION:
        found = {
            "issuer": tokens.issuer,
            "jwks_uri": base_url + KEYS,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }
        return found, "application/json"
    return ({"keys": [tokens.key.jwk()]}, "application/jwk-set+json") if path == KEYS else None


def issuer_documents(tokens: ServiceAccountTokens) -> Callable[[Request], Response | None]:
    """Answers GETs of both documents; None for any other request."""

    def answer(request: Request) -> Response | None:
        found = document(request.path, tokens, f"https://{request.headers.get('host', 'kubernetes.default.svc')}")
        if found is None or request.method != "GET":
            return None
        return Response(200, json.dumps(found[0]), {"content-type": found[1], "cache-control": "public, max-age=3600"})

    return answer
