"""Secrets and certificates that a generator refers to."""

import base64
from collections.abc import Mapping
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.ports import Objects

STRICT = "applicationsetcontroller.enable.tokenref.strict.mode"
_SCM_CREDENTIALS = "scm-creds"


async def referred(
    reference: Mapping[str, Any] | None, objects: Objects, namespace: str, settings: Mapping[str, str], what: str = "Secret token"
) -> str:
    """The value of a `tokenRef`; empty without one. Raises GeneratorError."""
    if not reference:
        return ""
    name, key = str(reference.get("secretName") or ""), str(reference.get("key") or "")
    secret = await objects.secret(namespace, name)
    if secret is None:
        raise GeneratorError(f"error fetching {what}: error fetching secret {namespace}/{name}: secrets {name!r} not found")
    if settings.get(STRICT) == "true" and await objects.secret_type(namespace, name) != _SCM_CREDENTIALS:
        raise GeneratorError(f"error fetching {what}: secret {namespace}/{name} is not a valid SCM creds secret")
    if key not in secret:
        raise GeneratorError(f"error fetching {what}: key {key!r} in secret {namespace}/{name} not found")
    return secret[key].strip()


async def authorities(reference: Mapping[str, Any] | None, objects: Objects, namespace: str) -> str:
    """The certificates of a `caRef`. Raises GeneratorError."""
    if not reference:
        return ""
    name, key = str(reference.get("configMapName") or ""), str(reference.get("key") or "")
    config = await objects.config(namespace, name)
    if config is None:
        raise GeneratorError(f'error fetching CA certificates from ConfigMap: configmaps "{name}" not found')
    if key not in config:
        raise GeneratorError(f"error fetching CA certificates from ConfigMap: key {key!r} in ConfigMap {namespace}/{name} not found")
    return config[key]


async def login(spec: Mapping[str, Any], objects: Objects, namespace: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The header of Bitbucket's `bearerToken` or `basicAuth`; nothing without either. Raises GeneratorError."""
    bearer, basic = spec.get("bearerToken"), spec.get("basicAuth")
    if bearer is not None:
        token = await referred(bearer.get("tokenRef"), objects, namespace, settings, "Secret Bearer token")
        return {"authorization": f"Bearer {token}"}
    if basic is not None:
        password = await referred(basic.get("passwordRef"), objects, namespace, settings)
        return basic_auth(str(basic.get("username") or ""), password)
    return {}


def basic_auth(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
