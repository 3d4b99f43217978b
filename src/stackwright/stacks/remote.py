"""Package URLs as kustomize writes them: `https://host/org/repo//path?ref=main`. Pure.

Source: idpbuilder's `NewKustomizeRemote` and kustomize's remote targets.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from stackwright.kernel import duration
from stackwright.kernel.errors import BadInput

DEFAULT_TIMEOUT_SECONDS = 27.0


@dataclass(frozen=True, slots=True)
class Remote:
    """Shape: `url` is what git clones, `path` the folder in it, `ref` empty for the default branch."""

    url: str
    path: str
    ref: str = ""
    submodules: bool = True
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS


def parse_remote(text: str) -> Remote | None:
    """None when the text is no remote package. Raises BadInput for one with bad parameters."""
    address, _, query = text.partition("?")
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "", address
        host = address.partition("/")[0]
        if "@" not in host:
            if "." not in host.strip("."):
                return None
            scheme = "https"
    host, _, path = rest.partition("/")
    repository, found, inner = path.partition("//")
    if not found or not host or " " in host:
        return None
    base = f"{scheme}://{host}/{repository}" if scheme else f"{host}/{repository}"
    if scheme and not urlsplit(base).hostname:
        return None
    return _with_parameters(base, inner.strip("/"), query, text)


def _with_parameters(url: str, path: str, query: str, text: str) -> Remote:
    values = {key: found[-1] for key, found in parse_qs(query, keep_blank_values=True).items()}
    submodules = values.get("submodules", "true")
    if submodules not in ("true", "false"):
        raise BadInput(f"--package {text}: submodules={submodules}: expected true or false")
    return Remote(url, path, values.get("ref") or values.get("version") or "", submodules == "true", _timeout(values.get("timeout"), text))


def _timeout(value: str | None, text: str) -> float:
    if not value:
        return DEFAULT_TIMEOUT_SECONDS
    try:
        return float(value) if value.isdigit() else duration.parse(value)
    except BadInput as error:
        raise BadInput(f"--package {text}: timeout={value}: {error}") from error
