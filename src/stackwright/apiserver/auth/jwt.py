"""JSON web tokens signed by the cluster's own key (ES256).

Source: RFC 7515, RFC 7517, RFC 7518.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

_SIZE = 32
_LONGEST = 16 * 1024


class BadToken(BadInput):
    """The token was not issued here, or was changed since."""

    code = "bad-token"


class SigningKey:
    """The private key that signs and the identity under which its public half is published."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self._public = private.public_key()
        spki = self._public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key_id = _encoded(sha256(spki).digest())
        self._head = _encoded(json.dumps({"alg": "ES256", "kid": self.key_id}))

    @staticmethod
    def generate() -> "SigningKey":
        return SigningKey(ec.generate_private_key(ec.SECP256R1()))

    @staticmethod
    def load(pem: bytes) -> "SigningKey":
        """Raises BadInput when it is no P-256 key."""
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise BadInput("the service account key is no P-256 private key", hint="delete the file to have a new key made")
        return SigningKey(key)

    def dump(self) -> bytes:
        form = serialization.PrivateFormat.PKCS8
        return self._private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())

    def sign(self, claims: Mapping[str, Any]) -> str:
        signed = f"{self._head}.{_encoded(json.dumps(claims))}"
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_encoded(r.to_bytes(_SIZE, 'big') + s.to_bytes(_SIZE, 'big'))}"

    def verify(self, token: str) -> Mapping[str, Any]:
        """The claims. Raises BadToken; says nothing of times and audiences."""
        head, _, rest = token.partition(".")
        body, _, signature = rest.partition(".")
        if len(token) > _LONGEST or head != self._head:
            raise BadToken("the token was not signed by this cluster")
        try:
            raw = _decoded(signature)
            r, s = int.from_bytes(raw[:_SIZE], "big"), int.from_bytes(raw[_SIZE:], "big")
            self._public.verify(encode_dss_signature(r, s), f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
            claims = json.loads(_decoded(body))
        except (InvalidSignature, ValueError) as error:
            raise BadToken("the token's signature is not valid") from error
        if len(raw) != 2 * _SIZE or not isinstance(claims, Mapping):
            raise BadToken("the token's signature is not valid")
        return claims

    def jwk(self) -> dict[str, str]:
        """The public key, as /openid/v1/jwks lists it."""
        numbers = self._public.public_numbers()
        x, y = (_encoded(number.to_bytes(_SIZE, "big")) for number in (numbers.x, numbers.y))
        return {"use": "sig", "kty": "EC", "kid": self.key_id, "crv": "P-256", "alg": "ES256", "x": x, "y": y}


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
