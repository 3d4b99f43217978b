"""Failures between us and an API server that the server did not name itself."""

from stackwright.kernel.errors import StackwrightError


class ClusterUnreachable(StackwrightError):
    """No answer came: refused, timed out, or the connection broke."""

    code = "cluster-unreachable"


class UnknownKind(StackwrightError):
    """Discovery does not list the kind: its CRD is missing, or the name is misspelt."""

    code = "unknown-kind"
