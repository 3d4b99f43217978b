"""What a platform has before anybody asks: definitions, namespaces, accounts, secrets, its own repository and root Application.

Everything is made when it is missing and left alone when it is there: safe to run at every start.
"""

import asyncio
import base64
import logging
from collections.abc import Mapping
from pathlib import Path

from stackwright.api.crds import definitions
from stackwright.api.meta import Object, Resource, name_of
from stackwright.api.status import StatusError
from stackwright.app.forge_host import ForgeHost
from stackwright.app.settings import PlatformSettings
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS, CONFIG_MAPS, CRDS, NAMESPACES, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.forge.errors import NotFound
from stackwright.forge.forge import Forge
from stackwright.kernel import yaml
from stackwright.kernel.passwords import new_password
from stackwright.runtime.conditions import is_true
from stackwright.stacks.core import REPOSITORY, CoreValues, core_tree, root_application
from stackwright.stacks.types import OWNER

logger = logging.getLogger(__name__)

NAMESPACE_NAMES = ("default", "argocd", "gitea", "ingress-nginx")
DEVELOPER_PASSWORD = "developer"  # noqa: S105 what --dev-password is documented to set
_TOKEN = "admin"  # noqa: S105 a name
_WAIT_SECONDS = 10.0


def core_values(settings: PlatformSettings) -> CoreValues:
    gitea, argocd = settings.service_url("gitea"), settings.service_url("argocd")
    return CoreValues(settings.host, settings.port, settings.protocol, argocd, gitea)


class Bootstrap:
    """Shape: `certificate` and `key` are the files of the front's certificate, `authority` is PEM."""

    def __init__(self, client: KubeClient, forge: Forge, settings: PlatformSettings, authority: str, certificate: Path, key: Path) -> None:
        self._client = client
        self._forge = forge
        self._settings = settings
        self._authority = authority
        self._certificate = certificate
        self._key = key

    async def define(self) -> None:
        """The custom kinds; returns when all are served."""
        found = definitions()
        for definition in found:
            await self._client.apply(definition, resource=CRDS)
        async with asyncio.timeout(_WAIT_SECONDS):
            for definition in found:
                while not await self._is_served(name_of(definition)):  # noqa: ASYNC110 the answer comes over the API
                    await asyncio.sleep(0.01)

    async def _is_served(self, name: str) -> bool:
        definition = await self._client.get(CRDS, name)
        return is_true((definition.get("status") or {}).get("conditions"), "Established")

    async def run(self) -> None:
        for name in NAMESPACE_NAMES:
            await self._ensure(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        await self._secrets()
        await self._forge_account()
        values = core_values(self._settings)
        await self._ensure_project(values)
        await self._platform_repository(values)
        await self._ensure(APPLICATIONS, root_application(values))

    async def _secrets(self) -> None:
        labels = {"cnoe.io/cli-secret": "true", "cnoe.io/package-name": "argocd"}
        password = DEVELOPER_PASSWORD if self._settings.static_password else new_password(24)
        await self._ensure(SECRETS, _secret("argocd", "argocd-initial-admin-secret", {"password": password}, labels))
        await self._ensure(SECRETS, _secret("argocd", "argocd-secret", {"server.secretkey": new_password(43)}))
        await self._ensure(SECRETS, _secret("default", "idpbuilder-cert", {"ca.crt": self._authority}))
        files = {"tls.crt": self._certificate.read_text(), "tls.key": self._key.read_text()}
        for namespace, name in (("ingress-nginx", "idpbuilder-cert"), ("argocd", "argocd-server-tls")):
            await self._ensure(SECRETS, {**_secret(namespace, name, files), "type": "kubernetes.io/tls"})
        certificates = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-tls-certs-cm", "namespace": "argocd"}}
        await self._ensure(CONFIG_MAPS, {**certificates, "data": {self._settings.host: self._authority}})

    async def _forge_account(self) -> None:
        """The forge's administrator is who the Secret says it is."""
        live = await self._client.find(SECRETS, "gitea-credential", "gitea")
        if live is None:
            password = DEVELOPER_PASSWORD if self._settings.static_password else new_password()
            account = self._forge.ensure_account(OWNER, password, admin=True)
            if any(token.name == _TOKEN for token in self._forge.records.tokens_of(account.id)):
                self._forge.delete_token(account, _TOKEN)
            _, token = self._forge.create_token(account, _TOKEN)
            labels = {"cnoe.io/cli-secret": "true", "cnoe.io/package-name": "gitea"}
            data = {"username": OWNER, "password": password, "token": token}
            await self._ensure(SECRETS, _secret("gitea", "gitea-credential", data, labels))
        elif self._forge.records.account(OWNER) is None:
            self._forge.ensure_account(OWNER, _datum(live, "password"), admin=True)

    async def _ensure_project(self, values: CoreValues) -> None:
        """The settings that the engine starts with are those of the repository."""
        for file in ("argocd/config.yaml",):
            for document in yaml.load_all(core_tree(values)[file].content):
                resource = APP_PROJECTS if document["kind"] == "AppProject" else CONFIG_MAPS
                await self._ensure(resource, {**document, "metadata": {**document["metadata"], "namespace": "argocd"}})

    async def _platform_repository(self, values: CoreValues) -> None:
        """Made once: afterwards it is its users'."""
        try:
            self._forge.repository(OWNER, REPOSITORY, trusted=True)
        except NotFound:
            host = ForgeHost(self._forge, values.gitea_url)
            await host.publish(REPOSITORY, "The platform's own configuration", core_tree(values), "Bootstrap the platform")

    async def _ensure(self, resource: Resource, obj: Object) -> None:
        try:
            await self._client.create(obj, resource=resource)
        except StatusError as error:
            if not error.already_exists:
                raise


def _secret(namespace: str, name: str, data: Mapping[str, str], labels: Mapping[str, str] | None = None) -> dict[str, object]:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    metadata = {"name": name, "namespace": namespace, "labels": dict(labels or {})}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": encoded}


def _datum(secret: Object, key: str) -> str:
    return base64.b64decode((secret.get("data") or {}).get(key, "")).decode()
