"""Argo CD's REST API (`/api/v1`), as far as clients, plug-ins and idpbuilder's stacks need it.

Source: Argo CD's assets/swagger.json; errors have the shape of grpc-gateway.
"""

from stackwright.portal.rest import (
    accounts,
    applications,
    clusters,
    credentials,
    extras,
    links,
    logs,
    projects,
    repositories,
    resources,
    revisions,
    serverdiff,
    sets,
    streams,
)
from stackwright.portal.rest.api import VERSION, RestApi
from stackwright.portal.rest.description import describe

__all__ = [
    "VERSION",
    "RestApi",
    "accounts",
    "applications",
    "clusters",
    "credentials",
    "describe",
    "extras",
    "links",
    "logs",
    "projects",
    "repositories",
    "resources",
    "revisions",
    "serverdiff",
    "sets",
    "streams",
]
