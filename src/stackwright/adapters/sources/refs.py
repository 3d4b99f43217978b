"""Which commit a targetRevision names, given the references of a repository."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stackwright.adapters.sources import semver
from stackwright.adapters.sources.problems import RenderProblem

_SHA = re.compile(r"[0-9a-f]{40}\Z")
_SHORT = re.compile(r"[0-9a-f]{7,39}\Z")


@dataclass(frozen=True, slots=True)
class Refs:
    """Shape: `names` maps full reference names to commits (annotated tags peeled); `head` is empty in an empty repository."""

    head: str
    names: Mapping[str, str]

    def tags(self) -> list[str]:
        return [name.removeprefix("refs/tags/") for name in self.names if name.startswith("refs/tags/")]


def parse_ls_remote(text: str) -> Refs:
    """Reads the output of `git ls-remote`."""
    names: dict[str, str] = {}
    peeled: dict[str, str] = {}
    for line in text.splitlines():
        sha, _, name = line.partition("\t")
        if name.endswith("^{}"):
            peeled[name[:-3]] = sha
        elif _SHA.match(sha):
            names[name] = sha
    names.update(peeled)
    return Refs(names.pop("HEAD", ""), names)


def is_sha(revision: str) -> bool:
    return _SHA.match(revision) is not None


def is_short_sha(revision: str) -> bool:
    return _SHORT.match(revision) is not None


def choose(refs: Refs, revision: str, tag_prefix: str = "") -> str | None:
    """The commit; None when a shortened SHA must be looked up among the objects. Raises RenderProblem.

    Source: Argo CD's resolution order: a version constraint on tags, then branches, then tags.
    """
    if is_sha(revision):
        return revision
    if revision in ("", "HEAD"):
        if not refs.head:
            raise RenderProblem("failed to list refs: remote repository is empty" if not refs.names else unresolved("HEAD"))
        return refs.head
    if semver.is_constraint(revision):
        tag = semver.newest(revision, refs.tags(), tag_prefix)
        if tag is not None:
            return refs.names[f"refs/tags/{tag}"]
    for prefix in ("refs/heads/", "refs/tags/", "refs/", ""):
        if prefix + revision in refs.names:
            return refs.names[prefix + revision]
    if is_short_sha(revision):
        return None
    raise RenderProblem(unresolved(revision))


def unresolved(revision: str) -> str:
    return f"unable to resolve '{revision}' to a commit SHA"
