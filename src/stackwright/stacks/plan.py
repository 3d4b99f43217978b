"""From packages to what will be made of them: names, repositories, rewritten objects. Pure.

Source: idpbuilder's naming (pkg/controllers/custompackage); where its names would collide, ours get a suffix.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from stackwright.api.meta import Object
from stackwright.kernel.digest import sha256
from stackwright.stacks import cnoe
from stackwright.stacks.types import CORE_PACKAGES, OWNER, Package, PackagePlan, Plan, Reading, RepositoryPlan

PACKAGE_NAME = "cnoe.io/package-name"
PACKAGE_TYPE = "cnoe.io/package-type"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.-]+")


def plan_packages(readings: Iterable[Reading], platform: str, git_url: str, is_folder: Callable[[PurePosixPath], bool]) -> Plan:
    """Of several packages with the same Application the one given last wins. `git_url` is the forge's, without a slash at its end."""
    listed = list(readings)
    warnings = [warning for reading in listed for warning in reading.warnings]
    winners: dict[tuple[str, str, str], Package] = {}
    for package in (package for reading in listed for package in reading.packages):
        key = (package.kind, package.namespace, package.app_name)
        loser = winners.get(key)
        if loser is not None:
            warnings.append(f"{_place(loser)}: {package.kind} {package.app_name} is given again by {_place(package)}, which wins")
        winners[key] = package
    names = _resource_names(list(winners.values()))
    plans = [_plan(package, names[index], platform, git_url, is_folder) for index, package in enumerate(winners.values())]
    problems = [problem for reading in listed for problem in reading.problems]
    problems += [problem for plan in plans for problem in plan.problems]
    return Plan(tuple(plans), tuple(problems), tuple(warnings))


def _place(package: Package) -> str:
    return str(package.folder / package.file)


def _resource_names(packages: Sequence[Package]) -> list[str]:
    wanted = [as_name(f"{package.file.partition('.')[0]}-{package.app_name}") for package in packages]
    return [name if wanted.count(name) == 1 else f"{name}-{_short(_place(package))}" for name, package in zip(wanted, packages)]


def _plan(package: Package, resource: str, platform: str, git_url: str, is_folder: Callable[[PurePosixPath], bool]) -> PackagePlan:
    repositories: dict[str, RepositoryPlan] = {}
    problems: list[str] = []
    for url in cnoe.urls_in(package.obj):
        path = cnoe.path_of(url, package.folder)
        if not is_folder(path):
            problems.append(f"{_place(package)}: {package.app_name}: {url}: there is no folder {path}")
            continue
        repositories[url] = _repository(package, path, platform, repositories.values())
    urls = {url: f"{git_url}/{OWNER}/{plan.name}.git" for url, plan in repositories.items()}
    distinct = tuple({plan.name: plan for plan in repositories.values()}.values())
    return PackagePlan(package, resource, distinct, labelled(cnoe.rewritten(package.obj, urls), package.app_name), tuple(problems))


def _repository(package: Package, path: PurePosixPath, platform: str, taken: Iterable[RepositoryPlan]) -> RepositoryPlan:
    resource = as_name(f"{package.app_name}-{path.name}")
    if any(other.resource == resource and other.path != path for other in taken):
        resource = f"{resource}-{_short(str(path))}"
    return RepositoryPlan(f"idpbuilder-{platform}-{resource}", resource, path)


def labelled(obj: Object, name: str) -> Object:
    """With the labels that tell packages apart, in the namespace that Applications live in by default."""
    metadata = dict(obj.get("metadata") or {})
    kind = "core" if name in CORE_PACKAGES else "custom"
    metadata["labels"] = {**(metadata.get("labels") or {}), PACKAGE_NAME: name, PACKAGE_TYPE: kind}
    metadata.setdefault("namespace", "argocd")
    return {**obj, "metadata": metadata}


def as_name(text: str) -> str:
    """A DNS subdomain out of any text."""
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-.")[:200] or "package"


def _short(text: str) -> str:
    return sha256(text.encode())[:6]
