"""One embedded cluster, joined: store, API server and the cluster's own programs, in this process."""

import asyncio
import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from stackwright.adapters.audit import AuditFile
from stackwright.adapters.certificates import write_private
from stackwright.adapters.metrics import Metrics
from stackwright.adapters.sqlite import SqliteJournal
from stackwright.adapters.webhook_calls import WebhookCalls
from stackwright.api.meta import Object
from stackwright.api.user import AUTHENTICATED, MASTERS, User, component
from stackwright.apiserver.admission.builtin import Surroundings, builtin_chain
from stackwright.apiserver.auth import assembly
from stackwright.apiserver.auth.jwt import SigningKey
from stackwright.apiserver.auth.token_secrets import TokenSecrets
from stackwright.apiserver.auth.tokens import digest
from stackwright.apiserver.auth.upkeep import RoleAggregation, ensure_defaults
from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.custom.definitions import CustomDefinitions
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.patching import KindPatches
from stackwright.apiserver.registry import Registry
from stackwright.apiserver.server import ApiServer
from stackwright.apiserver.transport import InProcess
from stackwright.app.kinds import RegistryKinds
from stackwright.app.places import Places
from stackwright.app.usage import KINDS, computed
from stackwright.client.informer import InformerSet
from stackwright.client.kube import KubeClient
from stackwright.cluster.bootstrap import Endpoint
from stackwright.cluster.cluster import Cluster, ClusterOptions
from stackwright.cluster.node.drivers import Drivers
from stackwright.cluster.node.logs import NodeLogs
from stackwright.cluster.node.service_logs import ServiceLogs
from stackwright.kernel import json
from stackwright.kernel.clock import Clock
from stackwright.store.objects import ObjectStore

SELDOM_READ = frozenset(("events",))
"""Thousands of objects that are listed now and then, and otherwise only expire."""

ADMIN = User("kubernetes-admin", (MASTERS, AUTHENTICATED))


@dataclass(frozen=True, slots=True)
class EmbeddedOptions:
    """Shape: `services` are those of our own that stand in for pods' images; `load_balancers` is the address of such Services."""

    controllers: bool = True
    node: bool = True
    endpoint: Endpoint = field(default_factory=Endpoint)
    services: frozenset[str] = frozenset()
    load_balancers: str = ""
    operators: bool = False


class EmbeddedCluster:
    """Opened from its folder: every object is there as it was. Close it after the last request."""

    def __init__(self, places: Places, clock: Clock, options: EmbeddedOptions, root_certificate: Callable[[], str] = lambda: "") -> None:
        self._clock = clock
        self._options = options
        self._root_certificate = root_certificate
        self._journal = SqliteJournal(places.database)
        self.store = ObjectStore(self._journal, seldom_read=SELDOM_READ)
        self.service_logs = ServiceLogs()
        self._audit = AuditFile(places.audit_log)
        self.metrics = Metrics()
        self.server = ApiServer(self._parts(places))

    def _parts(self, places: Places) -> Parts:
        registry = Registry()
        self.kinds = RegistryKinds(registry)
        for kind in builtin_kinds():
            registry.add(kind)
        for measured in KINDS if self._options.operators else ():
            registry.add(measured)
        self._definitions = CustomDefinitions(self.store, registry, self._clock, WebhookCalls())
        self._definitions.load()
        auth = assembly.assemble(self.store, read_tokens(places), signing_key(places), self._clock)
        self._accounts = auth.accounts
        return Parts(
            self.store,
            registry,
            auth.authenticator,
            auth.authorizer,
            self._clock,
            chain=builtin_chain(self.store, Surroundings(registry, auth.authorizer, auth.escalation, self._clock, WebhookCalls())),
            patches=KindPatches(),
            impersonation=auth.impersonation,
            questions=auth.questions,
            computed=computed(self.store, self._clock) if self._options.operators else {},
            logs=NodeLogs(self._pod, self._clock, self.service_logs, Drivers(self._options.services)),
            documents=lambda request: self.metrics.document(request) or auth.documents(request),
            audit=self._audit,
            measures=self.metrics.apiserver,
        )

    def _pod(self, namespace: str, name: str) -> Object | None:
        return self.store.get("pods", namespace, name)

    def client(self, name: str) -> KubeClient:
        """A client with full rights that writes under the name of one of our programs."""
        return KubeClient(InProcess(self.server, component(name)), field_manager=name)

    async def run(self) -> None:
        """The cluster's own programs. Ends only by cancellation."""
        options = ClusterOptions(
            controllers=self._options.controllers,
            node=self._options.node,
            endpoint=self._options.endpoint,
            services=self._options.services,
            root_certificate=self._root_certificate,
            load_balancers=self._options.load_balancers,
            operators=self._options.operators,
        )
        await ensure_defaults(self.client("kube-apiserver"))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._definitions.run(), name="custom definitions")
            client = self.client("cluster")
            informers = InformerSet(client, tasks, slim=True)
            if self._options.controllers:
                aggregation = RoleAggregation(client.named("clusterrole-aggregation-controller"), informers)
                token_secrets = TokenSecrets(client.named("kube-controller-manager"), informers, self._accounts, self._root_certificate)
                tasks.create_task(aggregation.run(), name="cluster role aggregation")
                tasks.create_task(token_secrets.run(), name="token secrets")
            await Cluster(client, informers, self._clock, options).run()

    def close(self) -> None:
        self._journal.close()
        self._audit.close()


def signing_key(places: Places) -> SigningKey:
    """The key of ServiceAccount tokens; made on first use."""
    if places.account_key.exists():
        return SigningKey.load(places.account_key.read_bytes())
    key = SigningKey.generate()
    places.account_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(places.account_key, key.dump())
    return key


def read_tokens(places: Places) -> dict[str, User]:
    if not places.tokens.exists():
        return {}
    listed = json.loads(places.tokens.read_bytes())
    return {hashed: User(user["name"], tuple(user["groups"])) for hashed, user in listed.items()}


def ensure_admin_kubeconfig(places: Places, server: str, authority: str, context: str) -> None:
    """Writes a kubeconfig with a token of the cluster's administrator; the token is new when there was none."""
    token = _token_in(places) or secrets.token_urlsafe(32)
    write_private(places.tokens, json.dumps({digest(token): {"name": ADMIN.name, "groups": list(ADMIN.groups)}}))
    write_private(places.kubeconfig, json.dumps(kubeconfig(server, authority, token, context)) + b"\n")


def _token_in(places: Places) -> str:
    if not places.kubeconfig.exists():
        return ""
    token: str = json.loads(places.kubeconfig.read_bytes())["users"][0]["user"]["token"]
    return token


def kubeconfig(server: str, authority: str, token: str, context: str) -> dict[str, object]:
    """Shape: one cluster, user and context, all of the same name; JSON is YAML."""
    data = base64.b64encode(authority.encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": {"server": server, "certificate-authority-data": data}}],
        "users": [{"name": context, "user": {"token": token}}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    }
