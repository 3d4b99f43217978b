"""Git hosts, asked for repositories and pull requests: Forgejo and Gitea, GitHub, GitLab."""

from stackwright.gitops.appset.hosts.choose import host_of
from stackwright.gitops.appset.hosts.types import Host, PullRequest, Repository

__all__ = ["Host", "PullRequest", "Repository", "host_of"]
