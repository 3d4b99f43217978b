"""The platform's own stack: what the repository `platform-config` holds when it is made. Pure but for reading package data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template

from stackwright.kernel import yaml
from stackwright.stacks.localbuild import application
from stackwright.stacks.types import OWNER, TreeFile

REPOSITORY = "platform-config"
ROOT_APPLICATION = "platform"
APPLICATIONS: Mapping[str, str] = {"argocd": "argocd", "gitea": "gitea", "nginx": "ingress-nginx"}
"""Each Application, and the namespace that its folder is deployed to."""
_README = """# platform-config

This repository is the platform's own configuration. Every folder is deployed by an Application of the folder `applications`.
A commit here is live at once: try changing `argocd/config.yaml`.
"""


@dataclass(frozen=True, slots=True)
class CoreValues:
    """What the manifests need to know of the platform."""

    host: str
    port: int
    protocol: str
    argocd_url: str
    gitea_url: str

    @property
    def repository_url(self) -> str:
        return f"{self.gitea_url}/{OWNER}/{REPOSITORY}.git"


def core_tree(values: CoreValues) -> Mapping[str, TreeFile]:
    """Every file of the repository."""
    found = {path: TreeFile(content.encode()) for path, content in _manifests(values)}
    for name, namespace in APPLICATIONS.items():
        manifest = yaml.dump(application(name, namespace, values.repository_url, namespace))
        found[f"applications/{name}.yaml"] = TreeFile(manifest.encode())
    return {"README.md": TreeFile(_README.encode()), **dict(sorted(found.items()))}


def root_application(values: CoreValues) -> Mapping[str, object]:
    """The Application that deploys the others."""
    return application(ROOT_APPLICATION, "applications", values.repository_url, "argocd")


def _manifests(values: CoreValues) -> Iterator[tuple[str, str]]:
    known = {
        "host": values.host,
        "port": str(values.port),
        "protocol": values.protocol,
        "argocd_url": values.argocd_url,
        "gitea_url": values.gitea_url,
    }
    root = resources.files(__package__)
    for folder in sorted(set(APPLICATIONS.values())):
        for file in sorted((root / folder).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".yaml"):
                yield f"{folder}/{file.name}", Template(file.read_text()).substitute(known)
