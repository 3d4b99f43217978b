"""Failures in the words of Argo CD's ComparisonError."""

from stackwright.gitops.ports import SourceError

NOT_FOUND = "repository not found"
TIMED_OUT = "context deadline exceeded"


class RenderProblem(SourceError):
    """One source's failure, before it is known which source of how many it was. Shape: `rpc` is the gRPC code's name."""

    def __init__(self, message: str, *, rpc: str = "Unknown", transient: bool = False, hint: str | None = None) -> None:
        super().__init__(message, transient=transient, hint=hint)
        self.rpc = rpc


def bad_manifest(message: str, *, hint: str | None = None) -> RenderProblem:
    """What was fetched breaks a rule: another commit is needed."""
    return RenderProblem(message, rpc="FailedPrecondition", hint=hint)


def of_source(problem: RenderProblem, position: int, count: int) -> SourceError:
    """Shape: `position` counts from 1."""
    message = (
        f"Failed to load target state: failed to generate manifest for source {position} of {count}: "
        f"rpc error: code = {problem.rpc} desc = {problem.message}"
    )
    return SourceError(message, transient=problem.transient, hint=problem.hint, source=position)
