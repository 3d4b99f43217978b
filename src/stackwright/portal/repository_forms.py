"""Repositories, credential templates and clusters as fields of forms. Pure; secrets are never shown again, empty ones stay as they are."""

import base64
from collections.abc import Mapping
from typing import Any

from stackwright.gitops.repositories import CREDENTIALS, REPOSITORY, cluster_secret, repository_secret
from stackwright.portal.forms import Problems

TYPES = ("git", "helm", "oci")
TEXTS = ("url", "name", "project", "username")
SECRETS = ("password", "bearerToken", "sshPrivateKey", "tlsClientCertData", "tlsClientCertKey")
FLAGS = ("insecure", "enableLfs", "enableOCI")
CLUSTER_TEXTS = ("name", "server", "project", "namespaces")
_SCHEMES = ("https://", "http://", "ssh://", "git@", "oci://", "file://")


def shown(known: Mapping[str, str]) -> dict[str, str]:
    """What a form shows of a repository that is there: nothing that lets anybody in."""
    return {name: known.get(name, "") for name in ("type", *TEXTS, *FLAGS)}


def repository_from(form: Mapping[str, str], known: Mapping[str, str], namespace: str) -> tuple[dict[str, Any], Problems]:
    """The Secret that a form asks for. Shape: `known` is what the Secret holds already, decoded."""
    text = {name: form.get(name, "").strip() for name in TEXTS}
    kind = form.get("kind") if form.get("kind") in (REPOSITORY, CREDENTIALS) else REPOSITORY
    fields = {name: text[name] for name in TEXTS if text[name] and name != "url"}
    fields["type"] = form.get("type", "git")
    fields |= {name: form.get(name, "").strip() or known.get(name, "") for name in SECRETS}
    fields["sshPrivateKey"] = fields["sshPrivateKey"] + "\n" if fields["sshPrivateKey"] else ""
    fields |= {name: "true" for name in FLAGS if form.get(name) == "true"}
    kept = {name: value for name, value in known.items() if name not in {*TEXTS, *SECRETS, *FLAGS, "type"}}
    return repository_secret(
        text["url"], str(kind), {**kept, **{key: value for key, value in fields.items() if value}}, namespace
    ), _problems(text, form)


def _problems(text: Mapping[str, str], form: Mapping[str, str]) -> Problems:
    found: Problems = {}
    helm_registry = form.get("type") == "helm" and form.get("enableOCI") == "true"
    if not text["url"]:
        found["url"] = "the URL of a git repository, a chart repository or a registry is needed"
    elif not text["url"].startswith(_SCHEMES) and not helm_registry:
        found["url"] = f"expected a URL that begins with one of {', '.join(_SCHEMES[:-1])}"
    if form.get("type", "git") not in TYPES:
        found["type"] = f"expected one of {', '.join(TYPES)}"
    key = form.get("sshPrivateKey", "").strip()
    if key and "PRIVATE KEY-----" not in key:
        found["sshPrivateKey"] = "expected a private key in PEM or OpenSSH form"
    return found


def cluster_from(form: Mapping[str, str], namespace: str) -> tuple[dict[str, Any], Problems]:
    """The Secret of a cluster."""
    text = {name: form.get(name, "").strip() for name in (*CLUSTER_TEXTS, "bearerToken", "caData")}
    found: Problems = {} if text["name"] else {"name": "a name for people is needed"}
    if not text["server"].startswith("https://"):
        found["server"] = "expected a URL that begins with https://"
    if text["caData"] and "BEGIN CERTIFICATE" not in text["caData"]:
        found["caData"] = "expected a certificate in PEM form"
    made = cluster_secret(text["name"], text["server"], _config(text, form), {}, namespace)
    return _with_more(made, {name: text[name] for name in ("project", "namespaces") if text[name]}), found


def _config(text: Mapping[str, str], form: Mapping[str, str]) -> dict[str, Any]:
    tls: dict[str, Any] = {"insecure": form.get("insecure") == "true"}
    tls |= {"caData": base64.b64encode(text["caData"].encode()).decode()} if text["caData"] and not tls["insecure"] else {}
    return {"tlsClientConfig": tls} | ({"bearerToken": text["bearerToken"]} if text["bearerToken"] else {})


def _with_more(secret: dict[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    more = {key: base64.b64encode(value.encode()).decode() for key, value in fields.items()}
    return {**secret, "data": {**secret["data"], **more}}
