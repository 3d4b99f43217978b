"""Keys, certificates and passwords that templates make: random, so it is looked at what they are good for."""

import base64
import json
from datetime import timedelta

import bcrypt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stackwright.kernel.gotemplate import TemplateError, parse

CHAIN = """{{- $ca := genCA "our-ca" 365 -}}
{{- $cert := genSignedCert "web.example.com" (list "10.0.0.1") (list "web" "web.example.com") 10 $ca -}}
{{- dict "ca" $ca "cert" $cert | toJson -}}"""


@pytest.mark.parametrize(
    ("kind", "wanted", "bits"),
    [("rsa", rsa.RSAPrivateKey, 4096), ("ecdsa", ec.EllipticCurvePrivateKey, 256), ("ed25519", ed25519.Ed25519PrivateKey, None)],
)
def test_private_keys(kind: str, wanted: type, bits: int | None) -> None:
    key = serialization.load_pem_private_key(parse(f'{{{{ genPrivateKey "{kind}" }}}}').render({}).encode(), None)
    assert isinstance(key, wanted)
    assert bits is None or key.key_size == bits  # type: ignore[union-attr]


@pytest.mark.slow
def test_a_private_key_of_dsa() -> None:
    text = parse('{{ genPrivateKey "dsa" }}').render({})
    assert text.startswith("-----BEGIN DSA PRIVATE KEY-----")
    assert isinstance(serialization.load_pem_private_key(text.encode(), None), dsa.DSAPrivateKey)


def test_a_certificate_is_signed_by_the_authority_and_says_what_it_is_for() -> None:
    found = json.loads(parse(CHAIN).render({}))
    ca, cert = (x509.load_pem_x509_certificate(found[name]["Cert"].encode()) for name in ("ca", "cert"))
    cert.verify_directly_issued_by(ca)
    ca.verify_directly_issued_by(ca)
    assert cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "web.example.com"
    assert cert.not_valid_after_utc - cert.not_valid_before_utc == timedelta(days=10)
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["web", "web.example.com"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1"]
    assert list(cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    ]
    constraints = [one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca for one in (ca, cert)]
    assert constraints == [True, False]
    assert ca.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign is True
    key = serialization.load_pem_private_key(found["cert"]["Key"].encode(), None)
    assert key.public_key() == cert.public_key()


def test_a_certificate_of_a_key_that_is_given() -> None:
    source = '{{ $k := genPrivateKey "ed25519" }}{{ (genSelfSignedCertWithKey "a" nil nil 1 $k).Key | eq $k }}'
    assert parse(source).render({}) == "true"


def test_passwords_are_hashed_as_htpasswd_does() -> None:
    user, _, hashed = parse('{{ htpasswd "me" "secret" }}').render({}).partition(":")
    assert user == "me" and bcrypt.checkpw(b"secret", hashed.encode())
    assert "exceeds 72 bytes" in parse('{{ bcrypt (repeat 73 "x") }}').render({})


def test_what_is_encrypted_is_decrypted_again_and_never_the_same() -> None:
    first, second = parse('{{ encryptAES "k" "text" }} {{ encryptAES "k" "text" }}').render({}).split()
    assert first != second and len(base64.b64decode(first)) == 32
    assert parse(f'{{{{ decryptAES "k" "{first}" }}}}').render({}) == "text"
    with pytest.raises(TemplateError, match="not full blocks"):
        parse('{{ decryptAES "k" "YQ==" }}').render({})


def test_a_template_makes_only_so_many_keys() -> None:
    with pytest.raises(TemplateError, match="more than 8 calls"):
        parse('{{ range until 9 }}{{ $_ := bcrypt "x" }}{{ end }}').render({})


def test_a_set_on_a_null_map_makes_one() -> None:
    """Go fails here; a missing map is more useful as an empty one."""
    assert parse('{{ set nil "a" 1 }}').render({}) == "map[a:1]"


@pytest.mark.parametrize("name", ["env", "expandenv", "getHostByName"])
def test_nothing_reaches_out_of_the_template(name: str) -> None:
    with pytest.raises(TemplateError, match=f'function "{name}" not defined'):
        parse(f'{{{{ {name} "HOME" }}}}')
