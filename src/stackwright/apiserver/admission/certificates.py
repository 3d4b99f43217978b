"""Who approves or signs certificates for a signer must be allowed to; nobody becomes a master by certificate.

Source: k8s.io/kubernetes plugin/pkg/admission/certificates.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from stackwright.api.meta import Object
from stackwright.api.user import MASTERS, User
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.ports import Access, Authorizer

_GROUP = "certificates.k8s.io"
_REQUESTS = f"certificatesigningrequests.{_GROUP}"
_CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client"


@dataclass(frozen=True, slots=True)
class CertificateRequests:
    """A Validator: approval, signing and the subject restriction."""

    authorizer: Authorizer

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 403."""
        if attributes.resource.qualified != _REQUESTS or attributes.object is None:
            return ()
        spec = attributes.object.get("spec") or {}
        signer = str(spec.get("signerName") or "")
        match attributes.operation, attributes.subresource:
            case "UPDATE", "approval":
                self._check(attributes, "approve", signer)
            case "UPDATE", "status" if _signed(attributes.object) != _signed(attributes.old or {}):
                self._check(attributes, "sign", signer)
            case "CREATE", "" if signer == _CLIENT_SIGNER and MASTERS in organizations(str(spec.get("request") or "")):
                raise attributes.refused(f"use of {signer} signer with {MASTERS} group is not allowed")
        return ()

    def _check(self, attributes: Attributes, verb: str, signer: str) -> None:
        if not self._may(attributes.user, verb, signer):
            raise attributes.refused(f'user not permitted to {verb} requests with signerName "{signer}"')

    def _may(self, user: User, verb: str, signer: str) -> bool:
        names = (signer, signer.partition("/")[0] + "/*")
        return any(self.authorizer.authorize(user, Access(verb, _GROUP, "*", "signers", name=name)).allowed for name in names)


def _signed(request: Object) -> object:
    status = request.get("status") or {}
    return status.get("certificate"), status.get("conditions") or []


def organizations(request: str) -> list[str]:
    """Of the subject of a PEM request in base64; none when it cannot be read."""
    try:
        subject = x509.load_pem_x509_csr(base64.b64decode(request)).subject
    except (ValueError, binascii.Error):
        return []
    return [str(attribute.value) for attribute in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
