"""Which settings count for an Application: the control plane's, and, where that is allowed, those of its own namespace.

Source: Argo CD's docs/operator-manual/notifications/index.md (namespace based configuration); notifications-engine pkg/api/factory.go.
"""

import base64
import binascii
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.client.informer import Informer
from stackwright.gitops.notifications.settings import parse_settings
from stackwright.gitops.notifications.types import Settings
from stackwright.gitops.project.rules import app_namespace_permitted
from stackwright.gitops.setting_values import Values, names_namespace

logger = logging.getLogger(__name__)

CONFIG, SECRET, PARAMETERS = "argocd-notifications-cm", "argocd-notifications-secret", "argocd-cmd-params-cm"
SELF_SERVICE = "notificationscontroller.selfservice.enabled"
_FOLLOWED = "application.namespaces"


class Configurations:
    """Read when they are asked for, and kept until they change."""

    def __init__(self, configs: Informer, secrets: Informer, namespace: str, context: Mapping[str, Any]) -> None:
        self._configs = configs
        self._secrets = secrets
        self._namespace = namespace
        self._context = context
        self._read: dict[str, Settings] = {}

    def of(self, namespace: str) -> tuple[Settings, ...]:
        """For Applications of a namespace, the control plane's last."""
        own = namespace not in ("", self._namespace) and self._is_self_service() and self._configs.get(CONFIG, namespace) is not None
        return tuple(self._settings(each) for each in ((namespace, self._namespace) if own else (self._namespace,)))

    def counts(self, app: Object, project: Object | None) -> bool:
        """Whether an Application is the engine's: elsewhere it could have the control plane's services tell what it wants."""
        namespace = namespace_of(app)
        if namespace in ("", self._namespace):
            return True
        parameters = Values(self._data(PARAMETERS, self._namespace))
        followed = _FOLLOWED not in self._data(PARAMETERS, self._namespace) or names_namespace(parameters.names(_FOLLOWED), namespace)
        return followed and project is not None and app_namespace_permitted(project.get("spec") or {}, namespace, self._namespace)

    def changed(self, obj: Object) -> str | None:
        """The namespace whose Applications this ConfigMap or Secret is about: empty for all, None when it is about none."""
        namespace = namespace_of(obj)
        if name_of(obj) == PARAMETERS and namespace == self._namespace:
            return ""
        if name_of(obj) not in (CONFIG, SECRET):
            return None
        self._read.pop(namespace, None)
        return "" if namespace == self._namespace else namespace

    def _is_self_service(self) -> bool:
        return Values(self._data(PARAMETERS, self._namespace)).flag(SELF_SERVICE, default=False)

    def _data(self, name: str, namespace: str) -> Mapping[str, str]:
        return (self._configs.get(name, namespace) or {}).get("data") or {}

    def _settings(self, namespace: str) -> Settings:
        if namespace not in self._read:
            secret = (self._secrets.get(SECRET, namespace) or {}).get("data") or {}
            read = parse_settings(self._data(CONFIG, namespace), decoded(secret))
            own = "" if namespace == self._namespace else namespace
            self._read[namespace] = replace(read, context={**self._context, **read.context}, namespace=own)
            for problem in read.problems:
                logger.warning("%s/%s: %s", namespace, CONFIG, problem)
        return self._read[namespace]


def decoded(data: Mapping[str, str]) -> dict[str, str]:
    """A Secret's values; what is no text is left out."""
    found = {}
    for key, value in data.items():
        try:
            found[key] = base64.b64decode(value).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found
