"""What the session of a request may do, by the roles of the control plane and of projects."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops.application import project_of
from stackwright.gitops.rbac import Permission, Policy
from stackwright.kernel.errors import StackwrightError
from stackwright.portal.sessions import Session


class Forbidden(StackwrightError):
    """The session's roles do not allow it."""

    code = "forbidden"


class Access:
    """Shape: `policy` is the control plane's as it stands now, `project` finds an AppProject; `namespace` is the control plane's."""

    def __init__(self, policy: Callable[[], Policy], project: Callable[[str], Object | None], namespace: str) -> None:
        self._policy = policy
        self._project = project
        self._namespace = namespace

    def may(self, session: Session | None, resource: str, action: str, obj: str) -> bool:
        return session is not None and self._permission(session, resource, action, obj.partition("/")[0]).covers(obj)

    def require(self, session: Session | None, resource: str, action: str, obj: str) -> None:
        """Raises Forbidden, in Argo CD's words."""
        if self.may(session, resource, action, obj):
            return
        told = ", ".join(word for word in (resource, action, obj) if word)
        who = f", sub: {session.username}, iat: {_time(session.issued)}" if session is not None else ""
        raise Forbidden(f"permission denied: {told}{who}")

    def app_object(self, app: Object) -> str:
        """How rules name an Application or an ApplicationSet."""
        return self.object_name(project_of(app), namespace_of(app), name_of(app))

    def object_name(self, project: str, namespace: str, name: str) -> str:
        return f"{project}/{name}" if namespace in ("", self._namespace) else f"{project}/{namespace}/{name}"

    def may_app(self, session: Session | None, action: str, app: Object) -> bool:
        return self.may(session, "applications", action, self.app_object(app))

    def require_app(self, session: Session | None, action: str, app: Object) -> None:
        """Raises Forbidden."""
        self.require(session, "applications", action, self.app_object(app))

    def visible(self, session: Session, apps: Sequence[Object], resource: str = "applications") -> list[Object]:
        """Those that the session may see."""
        permissions: dict[str, Permission] = {}
        found: list[Object] = []
        for app in apps:
            project = project_of(app)
            if project not in permissions:
                permissions[project] = self._permission(session, resource, "get", project)
            if permissions[project].covers(self.app_object(app)):
                found.append(app)
        return found

    def _permission(self, session: Session, resource: str, action: str, project: str) -> Permission:
        policy = self._policy()
        found = self._project(project)
        if found is not None and (found.get("spec") or {}).get("roles"):
            policy = policy.with_project(found)
        return policy.permission(session.subjects, resource, action)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
