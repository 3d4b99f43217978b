"""The platform's own certificate authority and the certificates it signs."""

import datetime
import ipaddress
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
SERVER_DAYS = 825
RENEW_BEFORE_DAYS = 30
_CLOCK_SKEW = datetime.timedelta(minutes=5)


class CertificateAuthority:
    """Keeps `ca.crt` and `ca.key` in a folder of its own; made on first use, the same ever after."""

    def __init__(self, folder: Path, now: datetime.datetime) -> None:
        self._folder = folder
        self._now = now
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / "ca.crt").exists():
            self._create()
        self.certificate = (folder / "ca.crt").read_text()

    @property
    def certificate_file(self) -> Path:
        return self._folder / "ca.crt"

    def server_files(self, names: Sequence[str]) -> tuple[Path, Path]:
        """Certificate chain and key of a server with these host names and addresses; new ones when they change or end soon."""
        certificate, key = self._folder / "server.crt", self._folder / "server.key"
        if not (certificate.exists() and key.exists() and self._still_good(certificate, names)):
            self._issue(certificate, key, names)
        return certificate, key

    def _still_good(self, file: Path, names: Sequence[str]) -> bool:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        wanted = x509.SubjectAlternativeName(_general_names(names))
        fresh_until = self._now + datetime.timedelta(days=RENEW_BEFORE_DAYS)
        return alternatives == wanted and found.not_valid_after_utc > fresh_until and self._signed(found)

    def _signed(self, certificate: x509.Certificate) -> bool:
        authority = x509.load_pem_x509_certificate(self.certificate.encode())
        try:
            certificate.verify_directly_issued_by(authority)
        except Exception:  # any failure to verify means: not ours
            return False
        return True

    def _create(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Stackwright"), x509.NameAttribute(NameOID.COMMON_NAME, "Stackwright CA")]
        )
        certificate = (
            self._builder(name, name, key, AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        write_private(self._folder / "ca.key", _key_pem(key))
        (self._folder / "ca.crt").write_bytes(_pem(certificate))

    def _issue(self, file: Path, key_file: Path, names: Sequence[str]) -> None:
        loaded = serialization.load_pem_private_key((self._folder / "ca.key").read_bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        authority = x509.load_pem_x509_certificate(self.certificate.encode())
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = (
            self._builder(subject, authority.subject, key, SERVER_DAYS)
            .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(loaded.public_key()), critical=False)
            .sign(loaded, hashes.SHA256())
        )
        write_private(key_file, _key_pem(key))
        file.write_bytes(_pem(certificate) + self.certificate.encode())

    def _builder(self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _CLOCK_SKEW)
            .not_valid_after(self._now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


def write_private(path: Path, content: bytes) -> None:
    """A file that only its owner may read, from its first moment; replaced as a whole."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    return [_general_name(name) for name in names]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
