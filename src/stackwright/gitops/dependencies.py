"""Applications that others must come before: `stackwright.dev/depends-on` names them, automation waits for them. Pure.

Shape: the annotation is a comma-separated list of names, or of `namespace/name` for Applications elsewhere; or a YAML list of such names
and of maps `{name, namespace, readyExpr}`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stackwright.api.meta import Object, annotations_of, name_of, namespace_of
from stackwright.gitops.readiness import expression_problem, reason_to_wait
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput

DEPENDS_ON = "stackwright.dev/depends-on"
_FIELDS = frozenset(("name", "namespace", "readyExpr"))
Key = tuple[str, str]
Find = Callable[[Key], Object | None]


@dataclass(frozen=True, slots=True)
class Dependency:
    """Shape: `ready` is a CEL expression over `dep` and `self`, empty for synced and healthy."""

    namespace: str
    name: str
    ready: str = ""

    @property
    def key(self) -> Key:
        return self.namespace, self.name


@dataclass(frozen=True, slots=True)
class Hold:
    """Why automation holds back. Shape: `kind` is the type of the condition: an error is one that waiting will not cure."""

    kind: Literal["DependencyWarning", "DependencyError"]
    message: str


def dependencies_of(app: Object) -> tuple[Dependency, ...]:
    """In the order of the annotation, each once. Raises BadInput."""
    text = str(annotations_of(app).get(DEPENDS_ON) or "").strip()
    found: dict[Key, Dependency] = {}
    for item in _items(text):
        dependency = _parsed(item, namespace_of(app))
        found.setdefault(dependency.key, dependency)
    return tuple(found.values())


def _items(text: str) -> list[Any]:
    if not text.startswith(("-", "[")):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        found = yaml.load(text)
    except yaml.YamlError as error:
        raise BadInput(f"{DEPENDS_ON}: {error}") from error
    if not isinstance(found, list):
        raise BadInput(f"{DEPENDS_ON}: expected a list")
    return found


def _parsed(item: Any, here: str) -> Dependency:
    match item:
        case str():
            namespace, separator, name = item.strip().rpartition("/")
            return _checked(Dependency(namespace if separator else here, name), item)
        case {"name": str()} if set(item) <= _FIELDS and all(isinstance(value, str) for value in item.values()):
            said = {key: str(value).strip() for key, value in item.items()}
            return _checked(Dependency(said.get("namespace") or here, said["name"], said.get("readyExpr", "")), item)
        case _:
            raise BadInput(f"{DEPENDS_ON}: {item!r}: expected a name or a map of {', '.join(sorted(_FIELDS))}")


def _checked(dependency: Dependency, item: Any) -> Dependency:
    if not dependency.name or not dependency.namespace or "/" in dependency.namespace:
        raise BadInput(f"{DEPENDS_ON}: {item!r}: expected NAME or NAMESPACE/NAME")
    return dependency


def indexed(app: Object) -> tuple[str, ...]:
    """The dependencies as the values of an index; none of an annotation that cannot be read."""
    try:
        return tuple(f"{dependency.namespace}/{dependency.name}" for dependency in dependencies_of(app))
    except BadInput:
        return ()


def held_by(app: Object, find: Find, control_namespace: str = "argocd") -> Hold | None:
    """Why the Application has to wait; None when all that it depends on is there and ready."""
    try:
        wanted = dependencies_of(app)
    except BadInput as error:
        return Hold("DependencyError", error.message)
    if not wanted:
        return None
    if problems := [problem for dependency in wanted if (problem := _problem(dependency))]:
        return Hold("DependencyError", "; ".join(problems))
    if circle := _circle(app, find):
        return Hold("DependencyError", f"The dependencies are a circle: {' -> '.join(circle)}")
    found = [(dependency, find(dependency.key)) for dependency in wanted]
    reasons = [reason for dependency, other in found if (reason := _reason(app, dependency, other, control_namespace))]
    return Hold("DependencyWarning", f"Waiting for {'; '.join(reasons)}") if reasons else None


def _problem(dependency: Dependency) -> str:
    problem = expression_problem(dependency.ready) if dependency.ready else ""
    return f"{DEPENDS_ON}: readyExpr of {dependency.namespace}/{dependency.name}: {problem}" if problem else ""


def _reason(app: Object, dependency: Dependency, other: Object | None, control_namespace: str) -> str:
    title = f"{dependency.namespace}/{dependency.name}"
    if dependency.ready and not _may_look(app, dependency, other, control_namespace):
        return f"{title}, of which nothing but its state may be asked from here: it is of another namespace and project"
    if other is None:
        return f"{title}, which does not exist"
    reason = reason_to_wait(app, other, dependency.ready)
    return f"{title}, {reason}" if reason else ""


def _may_look(app: Object, dependency: Dependency, other: Object | None, control_namespace: str) -> bool:
    """An expression tells of everything that another Application holds: only among those who share a project or a namespace."""
    if namespace_of(app) in (control_namespace, dependency.namespace):
        return True
    return other is not None and _project(app) == _project(other)


def _project(app: Object) -> str:
    spec: Mapping[str, Any] = app.get("spec") or {}
    return str(spec.get("project") or "default")


def _circle(app: Object, find: Find) -> list[str]:
    """The way from an Application back to itself; empty when there is none."""
    start = (namespace_of(app), name_of(app))
    seen: set[Key] = set()
    stack: list[tuple[Key, Iterator[Key]]] = [(start, iter(_keys(app)))]
    while stack:
        following = next(stack[-1][1], None)
        if following is None:
            stack.pop()
        elif following == start:
            return [f"{namespace}/{name}" for namespace, name in (*(key for key, _ in stack), start)]
        elif following not in seen:
            seen.add(following)
            found = find(following)
            stack.append((following, iter(_keys(found) if found is not None else ())))
    return []


def _keys(app: Object) -> list[Key]:
    try:
        return [dependency.key for dependency in dependencies_of(app)]
    except BadInput:
        return []
