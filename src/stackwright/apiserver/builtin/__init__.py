"""The kinds that every Kubernetes API server has, from tables of data."""

from stackwright.apiserver.builtin.kinds import BuiltinKind, builtin_kinds

__all__ = ["BuiltinKind", "builtin_kinds"]
