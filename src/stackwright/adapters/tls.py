"""TLS contexts from PEM texts."""

import ssl
import tempfile


def client_context(*, authorities: tuple[str, ...] = (), certificate: str = "", key: str = "", insecure: bool = False) -> ssl.SSLContext:
    """Trusts the machine's authorities and the given ones. Raises ssl.SSLError when a text is no certificate or key."""
    context = ssl.create_default_context()
    for authority in authorities:
        context.load_verify_locations(cadata=authority)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        _load(context, certificate, key)
    return context


def _load(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Python reads client certificates from files only: one that nobody else can read, gone at once."""
    with tempfile.NamedTemporaryFile("w", prefix="stackwright-tls-", suffix=".pem") as file:
        file.write(f"{certificate.strip()}\n{key.strip()}\n")
        file.flush()
        context.load_cert_chain(file.name)
