"""The flags that say how a repository lets us in, under argocd's names, as the fields of the Secret that keeps them."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.kernel.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TEXTS: Mapping[str, tuple[str, str]] = {
    "--username": ("username", "User for HTTPS."),
    "--github-app-enterprise-base-url": ("githubAppEnterpriseBaseUrl", "GitHub App: URL of the API, where it is not github.com."),
}
_NUMBERS: Mapping[str, tuple[str, str]] = {
    "--github-app-id": ("githubAppID", "GitHub App: its number."),
    "--github-app-installation-id": ("githubAppInstallationID", "GitHub App: number of its installation."),
}
_FILES: Mapping[str, tuple[str, str]] = {
    "--ssh-private-key-path": ("sshPrivateKey", "Key for SSH."),
    "--tls-client-cert-path": ("tlsClientCertData", "Certificate that we show the server."),
    "--tls-client-cert-key-path": ("tlsClientCertKey", "Key of that certificate."),
    "--github-app-private-key-path": ("githubAppPrivateKey", "GitHub App: its key."),
}
_SWITCHES: Mapping[str, tuple[str, str]] = {
    "--insecure-skip-server-verification": ("insecure", "Do not check the server's certificate or key."),
    "--enable-oci": ("enableOCI", "Charts lie in an OCI registry."),
    "--insecure-oci-force-http": ("insecureOCIForceHttp", "The OCI registry speaks plain HTTP."),
    "--enable-lfs": ("enableLfs", "Fetch large files (LFS) too."),
    "--force-http-basic-auth": ("forceHttpBasicAuth", "Always send user and password."),
}
_SECRETS: Mapping[str, tuple[str, str, str]] = {
    "--password": ("password", "Password or token for HTTPS", "STACKWRIGHT_REPO_PASSWORD"),
    "--bearer-token": ("bearerToken", "Token for a Bitbucket data center", "STACKWRIGHT_REPO_BEARER_TOKEN"),
}
_FIELDS = {
    flag[2:].replace("-", "_"): entry[0] for table in (_TEXTS, _NUMBERS, _FILES, _SWITCHES, _SECRETS) for flag, entry in table.items()
}


def credential_flags(command: F) -> F:
    options = [click.option("--type", "kind", type=click.Choice(["git", "helm", "oci"]), default="git", show_default=True)]
    options += [click.option(flag, help=words) for flag, (_, words) in _TEXTS.items()]
    options += [
        click.option(flag, envvar=variable, help=f"{words}; better given by {variable}.") for flag, (_, words, variable) in _SECRETS.items()
    ]
    options += [click.option(flag, type=_FILE, help=f"{words} (a file)") for flag, (_, words) in _FILES.items()]
    options += [click.option(flag, type=click.IntRange(min=1), help=words) for flag, (_, words) in _NUMBERS.items()]
    options += [click.option(flag, is_flag=True, help=words) for flag, (_, words) in _SWITCHES.items()]
    for option in reversed(options):
        command = option(command)
    return command


def secret_fields(given: Mapping[str, Any]) -> dict[str, str]:
    """The Secret's fields. Shape: empty ones are left out. Raises BadInput for half of a pair, or two ways in."""
    found = {"type": str(given["kind"])}
    for name, field in _FIELDS.items():
        value = given.get(name)
        if isinstance(value, Path):
            found[field] = _read(value)
        elif value:
            found[field] = "true" if value is True else str(value)
    _check(found)
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{os.fspath(path)}: cannot be read as text") from error


def _check(fields: Mapping[str, str]) -> None:
    for one, other, flag in (
        ("tlsClientCertData", "tlsClientCertKey", "--tls-client-cert-key-path"),
        ("tlsClientCertKey", "tlsClientCertData", "--tls-client-cert-path"),
        ("githubAppPrivateKey", "githubAppID", "--github-app-id"),
        ("githubAppID", "githubAppPrivateKey", "--github-app-private-key-path"),
    ):
        if fields.get(one) and not fields.get(other):
            raise BadInput(f"also give {flag}")
    ways = [field for field in ("password", "bearerToken", "sshPrivateKey", "githubAppPrivateKey") if fields.get(field)]
    if len(ways) > 1:
        raise BadInput(f"one way in is enough, found {', '.join(ways)}")
