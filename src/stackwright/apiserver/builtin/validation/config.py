"""ConfigMaps, Secrets and ServiceAccounts.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateConfigMap, ValidateSecret).
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.metadata import core_finalizers
from stackwright.apiserver.builtin.validation.rules import IMMUTABLE, Problems, forbidden, invalid, mapping, required, too_long, words
from stackwright.kernel import json

_MOST = 1024 * 1024
_KEPT = "field is immutable when `immutable` is set"
_ACCOUNT = "kubernetes.io/service-account.name"
_REQUIRED_KEYS: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_DOCKER_KEYS = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}


def config_map(obj: Object) -> Problems:
    data, binary = mapping(obj, "data"), mapping(obj, "binaryData")
    yield from core_finalizers(obj)
    for field, found in (("data", data), ("binaryData", binary)):
        for key in sorted(found):
            yield from words(f"{field}[{key}]", key, names.config_key(key))
            if field == "data" and key in binary:
                yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    size = sum(len(str(value).encode()) for value in data.values()) + sum(len(decoded(value)) for value in binary.values())
    if size > _MOST:
        yield too_long("", _MOST)


def decoded(value: Any) -> bytes:
    """The bytes of a base64 text; none when it is not."""
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        return b""


def changed_config(new: Object, old: Object) -> Problems:
    """Of a ConfigMap or a Secret that has been declared immutable."""
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden("immutable", _KEPT)
    for field in ("data", "binaryData"):
        if mapping(new, field) != mapping(old, field):
            yield forbidden(field, _KEPT)


def secret(obj: Object) -> Problems:
    data, kind = mapping(obj, "data"), obj.get("type") or ""
    yield from core_finalizers(obj)
    for key in sorted(data):
        yield from words(f"data[{key}]", key, names.config_key(key))
    if sum(len(decoded(value)) for value in data.values()) > _MOST:
        yield too_long("data", _MOST)
    if kind == "kubernetes.io/service-account-token" and not annotations_of(obj).get(_ACCOUNT):
        yield required(f"metadata.annotations[{_ACCOUNT}]")
    if kind in _DOCKER_KEYS:
        yield from _docker(data, _DOCKER_KEYS[kind])
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & set(data):
        yield required("data[username]")
        yield required("data[password]")
    for key in _REQUIRED_KEYS.get(kind, ()):
        if key not in data or (kind.endswith("ssh-auth") and not data[key]):
            yield required(f"data[{key}]")


def _docker(data: Mapping[str, Any], key: str) -> Problems:
    if key not in data:
        yield required(f"data[{key}]")
        return
    try:
        json.loads(decoded(data[key]))
    except ValueError:
        yield invalid(f"data[{key}]", "<secret contents redacted>", _json_problem(decoded(data[key])))


def _json_problem(text: bytes) -> str:
    """In the words of Go's decoder, of which the first character is what mostly matters."""
    shown = text.lstrip()[:1].decode(errors="replace")
    return f"invalid character '{shown}' looking for beginning of value" if shown else "unexpected end of JSON input"


def changed_secret(new: Object, old: Object) -> Problems:
    if new.get("type") != old.get("type"):
        yield invalid("type", new.get("type"), IMMUTABLE)
    yield from changed_config(new, old)
