"""Forgejo's REST API (`/api/v1`), as far as git clients, idpbuilder's stacks and SDKs need it; one module a noun."""

from stackwright.forge.rest import accounts, contents, repositories, statuses
from stackwright.forge.rest.frame import RestApi

__all__ = ["RestApi", "accounts", "contents", "repositories", "statuses"]
