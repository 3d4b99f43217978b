"""Repository URLs: what they name, and when two of them name the same."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_SCP = re.compile(r"(?:(?P<user>[^@/\s]+)@)?(?P<host>[^:/\s]+):(?P<path>(?!//).*)\Z")
_PORTS = {"http": 80, "https": 443, "ssh": 22, "oci": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Shape: `secret` is the user information of the URL, which belongs neither on a command line nor in a log."""

    scheme: str
    host: str
    port: int
    url: str
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Place({self.url!r})"


def parse(url: str) -> Place | None:
    """None when the URL cannot be fetched from. The `url` within has no password, and no user unless SSH needs it."""
    scp = None if "://" in url else _SCP.match(url)
    if scp is not None and not url.startswith(("-", "/", ".")):
        return Place("ssh", scp["host"], 22, url, scp["user"] or "")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or parts.hostname.startswith("-"):
        return None
    netloc = parts.netloc.rpartition("@")[2]
    if parts.scheme == "ssh" and parts.username:
        netloc = f"{parts.username}@{netloc}"
    return Place(parts.scheme, parts.hostname, port, parts._replace(netloc=netloc).geturl(), parts.username or "", parts.password or "")


def normalise(url: str) -> str:
    """Equal for URLs that name the same repository: case, `.git`, `git@host:path` and `ssh://git@host/path` make no difference.

    Source: Argo CD's NormalizeGitURL.
    """
    text = url.strip().lower()
    scp = None if "://" in text else _SCP.match(text)
    if scp is not None:
        text = f"ssh://{scp['user'] + '@' if scp['user'] else ''}{scp['host']}/{scp['path'].lstrip('/')}"
    text = text.rstrip("/").removesuffix(".git")
    return text.removeprefix("ssh://") if text.startswith("ssh://") else text


def normalise_oci(url: str) -> str:
    """Registry addresses are written with and without their scheme."""
    return url.strip().lower().removeprefix("oci://").rstrip("/")
