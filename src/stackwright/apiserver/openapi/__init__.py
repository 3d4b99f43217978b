"""The schemas of what is served, as OpenAPI documents: one a group version, and one old one of everything."""

from stackwright.apiserver.openapi.serving import OpenApi

__all__ = ["OpenApi"]
