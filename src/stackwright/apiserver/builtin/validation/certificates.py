"""CertificateSigningRequests: what may be asked for, and who may say what of it.

Source: k8s.io/kubernetes pkg/apis/certificates/validation and pkg/apis/core/validation (ValidateSignerName).
"""

import base64
import binascii
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    required,
    too_long,
)

_USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only",
    "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement",
    "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
)  # fmt: skip
_LEGACY = "kubernetes.io/legacy-unknown"
_LONGEST_DOMAIN = 253
_DECIDED = ("Approved", "Denied")
_SHORTEST = 600


def new_request(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    if told := _unreadable(str(spec.get("request") or "")):
        yield invalid("spec.request", spec.get("request"), told)
    yield from _usages(items(spec, "usages"))
    if spec.get("signerName") == _LEGACY:
        yield invalid("spec.signerName", _LEGACY, "the legacy signerName is not allowed via this API version")
    else:
        yield from signer_name("spec.signerName", spec.get("signerName") or "")
    seconds = spec.get("expirationSeconds")
    if isinstance(seconds, int) and seconds < _SHORTEST:
        yield invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)")
    yield from _conditions(mapping(obj, "status"))


def _unreadable(text: str) -> str:
    """Empty for a request that is signed with its own key."""
    try:
        pem = base64.b64decode(text)
        if b"-----BEGIN CERTIFICATE REQUEST-----" not in pem:
            return "PEM block type must be CERTIFICATE REQUEST"
        return "" if x509.load_pem_x509_csr(pem).is_signature_valid else "crypto/rsa: verification error"
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        return f"asn1: structure error: {error}"


def _usages(found: list[Any]) -> Problems:
    if not found:
        yield required("spec.usages")
    for index, each in enumerate(found):
        if each not in _USAGES:
            yield not_supported(f"spec.usages[{index}]", each, _USAGES)
    for index, each in enumerate(found):
        if each in found[:index]:
            yield duplicate(f"spec.usages[{index}]", each)


def signer_name(path: str, name: str) -> Problems:
    """Of the form `example.com/name`."""
    if not name:
        yield required(path)
        return
    domain, slash, rest = name.partition("/")
    if not slash or "/" in rest:
        yield invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")
        return
    if len(domain) > _LONGEST_DOMAIN:
        yield too_long(path, _LONGEST_DOMAIN)
    yield from _labels(path, domain, names.label)
    if "." not in domain:
        yield invalid(path, domain, "should be a domain with at least two segments separated by dots")
    yield from _labels(path, rest, names.subdomain)


def _labels(path: str, text: str, naming: names.Naming) -> Problems:
    """The first label that will not do."""
    for label in text.split("."):
        if problems := naming(label):
            yield from (invalid(path, text, f'validating label "{label}": {each}') for each in problems)
            return


def _conditions(status: Any) -> Problems:
    seen: list[str] = []
    for path, each in indexed("status", status, "conditions"):
        kind, state = each.get("type") or "", each.get("status") or ""
        allowed = ("True",) if kind in (*_DECIDED, "Failed") else ("False", "True", "Unknown")
        if not kind:
            yield required(f"{path}.type")
        if not state:
            yield required(f"{path}.status")
        elif state not in allowed:
            yield not_supported(f"{path}.status", state, allowed)
        if kind in _DECIDED and set(_DECIDED) - {kind} <= set(seen):
            yield invalid(f"{path}.type", kind, "Approved and Denied conditions are mutually exclusive")
        if kind in seen:
            yield duplicate(f"{path}.type", kind)
        seen.append(kind)


def _of(obj: Object, kind: str) -> list[Any]:
    return [each for each in items(mapping(obj, "status"), "conditions") if each.get("type") == kind]


def approved_request(new: Object, old: Object) -> Problems:
    """Through `approval`: it is decided once, and no certificate comes with it."""
    yield from _conditions(mapping(new, "status"))
    yield from _not_removed(new, old)
    if mapping(new, "status").get("certificate") != mapping(old, "status").get("certificate"):
        yield forbidden("status.certificate", "updates may not set certificate content")


def request_status(new: Object, old: Object) -> Problems:
    """Through `status`: a certificate is given once, and nothing is decided."""
    yield from _conditions(mapping(new, "status"))
    yield from _not_removed(new, old)
    for kind in _DECIDED:
        if len(_of(new, kind)) > len(_of(old, kind)):
            yield forbidden("status.conditions", f'updates may not add a condition of type "{kind}"')
    given = mapping(old, "status").get("certificate")
    if given and mapping(new, "status").get("certificate") != given:
        yield forbidden("status.certificate", "updates may not modify existing certificate content")


def _not_removed(new: Object, old: Object) -> Problems:
    for kind in (*_DECIDED, "Failed"):
        if len(_of(new, kind)) < len(_of(old, kind)):
            yield forbidden("status.conditions", f'updates may not remove a condition of type "{kind}"')
