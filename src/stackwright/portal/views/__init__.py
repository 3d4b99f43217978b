"""What answers a visit: each view gets what its page shows, and does what its form asks for."""

from stackwright.portal.views import (
    acting,
    application,
    applications,
    appsets,
    clusters,
    editing,
    live,
    logs,
    objects,
    platform,
    projects,
    repositories,
    resources,
    timeline,
)

__all__ = [
    "acting",
    "application",
    "applications",
    "appsets",
    "clusters",
    "editing",
    "live",
    "logs",
    "objects",
    "platform",
    "projects",
    "repositories",
    "resources",
    "timeline",
]
