"""The issuer's public documents, by which others check ServiceAccount tokens.

Source: OpenID Connect Discovery 1.0, as k8s.io/kubernetes pkg/serviceaccount/openidmetadata.go serves it.
"""

from typing import Any

from stackwright.apiserver.auth.serviceaccounts import ServiceAccountTokens

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
