"""Keys and certificates.

Source: sprig's crypto.go.
"""

import base64
import ipaddress
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stackwright.kernel.goobject import GoObject, UnknownMember
from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.sprig.encoding import wrong_base64_byte
from stackwright.kernel.gotemplate.values import formatted

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s.*?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate(GoObject):
    """Shape: both in PEM form."""

    type_name: ClassVar[str] = "sprig.certificate"
    cert: str
    key: str

    def __str__(self) -> str:
        return f"{{{self.cert} {self.key}}}"

    def plain(self) -> Any:
        return {"Cert": self.cert, "Key": self.key}

    def member(self, name: str) -> Any:
        found = {"Cert": self.cert, "Key": self.key}
        if name not in found:
            raise UnknownMember(name)
        return found[name]


# -- keys --------------------------------------------------------------------------------------------------------------


def _new_key(kind: str) -> str:
    match kind:
        case "" | "rsa":
            return _pem_of(rsa.generate_private_key(public_exponent=65537, key_size=4096))
        case "dsa":
            return _pem_of(dsa.generate_private_key(2048))
        case "ecdsa":
            return _pem_of(ec.generate_private_key(ec.SECP256R1()))
        case "ed25519":
            return _pem_of(ed25519.Ed25519PrivateKey.generate())
    return f"Unknown type {kind}"


def _pem_of(key: Any) -> str:
    old = not isinstance(key, ed25519.Ed25519PrivateKey)
    form = serialization.PrivateFormat.TraditionalOpenSSL if old else serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode())


def _read_key(pem: str, doing: str) -> Any:
    match = _PEM.search(pem)
    if match is None:
        raise CallError(f"{doing}: no PEM data in input")
    kind = match[1]
    if kind != "PRIVATE KEY" and not kind.endswith(" PRIVATE KEY"):
        raise CallError(f"{doing}: no private key data in PEM block of type {kind}")
    if kind not in ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"):
        raise CallError(f"{doing}: invalid private key type {kind}")
    try:
        return serialization.load_pem_private_key(match[0].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        told = "decoding PEM as PKCS#8" if kind == "PRIVATE KEY" else f"parsing {kind[:-12]} private key from PEM"
        raise CallError(f"{doing}: {told}: {error}") from error


# -- certificates ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    days: int
    addresses: tuple[x509.GeneralName, ...] = ()
    is_authority: bool = False


def _wanted(name: str, addresses: Sequence[Any], names: Sequence[Any], days: int) -> _Wanted:
    found: list[x509.GeneralName] = []
    for each in names or ():
        if not isinstance(each, str):
            raise CallError(f"error processing alternate dns name: {formatted(each)} is not a string")
        found.append(x509.DNSName(each))
    for each in addresses or ():
        if not isinstance(each, str):
            raise CallError(f"error parsing ip: {formatted(each)} is not a string")
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(each)))
        except ValueError as error:
            raise CallError(f"error parsing ip: {each}") from error
    return _Wanted(name, days, tuple(found))


def _made(wanted: _Wanted, key: Any, issuer: x509.Certificate | None = None, issuer_key: Any = None) -> Certificate:
    """Signed by its own key without an issuer."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted.name)] if wanted.name else [])
    now = datetime.now(UTC)
    try:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer.subject)
            .public_key(key.public_key())
            .serial_number(secrets.randbits(127) | 1)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=wanted.days))
            .add_extension(_usage(wanted), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.BasicConstraints(ca=wanted.is_authority, path_length=None), critical=True)
        )
        if wanted.is_authority:
            builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        if wanted.addresses:
            builder = builder.add_extension(x509.SubjectAlternativeName(wanted.addresses), critical=not wanted.name)
        signer = key if issuer is None else issuer_key
        algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        certificate = builder.sign(signer, algorithm)
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm) as error:
        raise CallError(f"error creating certificate: {error}") from error
    return Certificate(certificate.public_bytes(serialization.Encoding.PEM).decode(), _pem_of(key))


def _usage(wanted: _Wanted) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_encipherment=True, key_cert_sign=wanted.is_authority, content_commitment=False,
        data_encipherment=False, key_agreement=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _authority(name: str, days: int, key: Any) -> Certificate:
    return _made(_Wanted(name, days, is_authority=True), key)


def _signed(name: str, addresses: Sequence[Any], names: Sequence[Any], days: int, authority: Certificate, key: Any) -> Certificate:
    issuer = _read_certificate(authority.cert)
    issuer_key = _read_key(authority.key, "error parsing private key")
    return _made(_wanted(name, addresses, names, days), key, issuer, issuer_key)


def _read_certificate(pem: str) -> x509.Certificate:
    match = _PEM.search(pem)
    if match is None:
        raise CallError("unable to decode certificate")
    try:
        return x509.load_pem_x509_certificate(match[0].encode())
    except ValueError as error:
        raise CallError(f"error parsing certificate: decodedCert.Bytes: {error}") from error


def _built(certificate: str, key: str) -> Certificate:
    found = Certificate(_base64(certificate, "certificate"), _base64(key, "private key"))
    _read_certificate(found.cert)
    _read_key(found.key, "error parsing private key")
    return found


def _base64(text: str, what: str) -> str:
    if wrong_base64_byte(text.encode()) is not None:
        raise CallError(f"unable to decode base64 {what}")
    return base64.b64decode(text).decode(errors="replace")


def _own_key() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _given_key(pem: str) -> Any:
    return _read_key(pem, "parsing private key")


_Make = Callable[..., Certificate]
_self_signed: _Make = lambda name, addresses, names, days: _made(_wanted(name, addresses, names, days), _own_key())  # noqa: E731
CERTIFICATES: Mapping[str, Callee] = {
    "buildCustomCert": Callee("ss", _built),
    "genCA": Callee("si", lambda name, days: _authority(name, days, _own_key()), costs=True),
    "genCAWithKey": Callee("sis", lambda name, days, key: _authority(name, days, _given_key(key)), costs=True),
    "genPrivateKey": Callee("s", _new_key, costs=True),
    "genSelfSignedCert": Callee("slli", _self_signed, costs=True),
    "genSelfSignedCertWithKey": Callee(
        "sllis", lambda name, addresses, names, days, key: _made(_wanted(name, addresses, names, days), _given_key(key)), costs=True
    ),
    "genSignedCert": Callee(
        "sllic", lambda name, addresses, names, days, ca: _signed(name, addresses, names, days, ca, _own_key()), costs=True
    ),
    "genSignedCertWithKey": Callee(
        "sllics", lambda name, addresses, names, days, ca, key: _signed(name, addresses, names, days, ca, _given_key(key)), costs=True
    ),
}
