"""Which ApplicationSets have to look again after what a git host tells. Pure.

Source: Argo CD's applicationset/webhook.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from stackwright.api.meta import Object
from stackwright.gitops.webhook_events import PullRequestEvent, Push
from stackwright.gitops.webhooks import Told, follows, same_repository

_USUAL_API: Mapping[str, str] = {"github": "https://api.github.com/", "gitlab": "https://gitlab.com/"}
_OWNERS: Mapping[str, str] = {"azuredevops": "project", "bitbucketServer": "project"}


def generators_of(generators: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every generator, nested ones too, by kind."""
    for generator in generators or ():
        for kind, spec in generator.items():
            if isinstance(spec, Mapping) and kind != "selector":
                yield kind, spec
                if kind in ("matrix", "merge"):
                    yield from generators_of(spec.get("generators"))


def concerned(told: Told, appsets: Sequence[Object]) -> list[Object]:
    if not told.pushes and not told.pull_requests:
        return []
    return [appset for appset in appsets if any(_is_touched(kind, spec, told) for kind, spec in _written(appset))]


def _written(appset: Object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return generators_of((appset.get("spec") or {}).get("generators"))


def _is_touched(kind: str, spec: Mapping[str, Any], told: Told) -> bool:
    """A plugin may look at anything."""
    if kind == "git":
        return any(reads(spec, push) for push in told.pushes)
    if kind == "pullRequest":
        return any(_lists(spec, event) for event in told.pull_requests)
    return kind == "plugin"


def reads(spec: Mapping[str, Any], push: Push) -> bool:
    """Whether a git generator looks at what moved."""
    url, revision = str(spec.get("repoURL") or ""), str(spec.get("revision") or "")
    return any(same_repository(told, url) for told in push.urls) and follows(push, revision)


def _lists(spec: Mapping[str, Any], event: PullRequestEvent) -> bool:
    given = spec.get(event.host)
    if not isinstance(given, Mapping):
        return False
    owner = str(given.get(_OWNERS.get(event.host, "owner")) or "")
    name = str(given.get("project" if event.host == "gitlab" else "repo") or "")
    api = str(given.get("api") or _USUAL_API.get(event.host, ""))
    return (
        (event.host == "gitlab" or owner.casefold() == event.owner.casefold())
        and name.casefold() in {known.casefold() for known in event.repositories if known}
        and (not event.address or (urlsplit(api).hostname or "") == event.address)
    )
