"""ApplicationSets: Applications made of a template and generators."""

from stackwright.gitops.appset.controller import ApplicationSetController

__all__ = ["ApplicationSetController"]
